"""A step of a repetition: what every channel plays, and what of it reaches the device."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from math import inf

from cqed_battery.dynamics.waveforms import Waveform, mixed
from protocols.faults.drive_line import IDEAL, Line, compressed


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is played from one moment of the repetition to another.

    Args:
        name: what is done, in a few words.
        controls: coupling, moves of the frequencies and envelopes of the drives in rad/ns; the
            envelopes as the generator plays them, before line and mixer. Its duration is the
            step's; the last segment may be endless.
        carrier: angular frequency of the drive's carrier, in rad/ns.
        frame: that of the frame in which the emulator evolves the step, in rad/ns.
        delay: from the moment at which the carrier's phase is 0 to the step's beginning, in ns.
        swept: whether it is the step whose length the settings sweep.
        charges: whether it is the charging drive, whose amplitude the line has on its own.
        saturation: of the device's own line for the charging drive, in rad/ns.
        shift: by which the frame is beyond the carrier of the catalysed arm's drive, in rad/ns, to
            be added to the moves of the frequencies; None where the controls hold none.
        beside: what other channels hold during the whole step, by channel, in its unit
            (`protocols.sequence.channels.CHANNELS`).
    """

    name: str
    controls: Waveform
    carrier: float
    frame: float
    delay: float = 0.0
    swept: bool = False
    charges: bool = False
    saturation: float = inf
    shift: float | None = 0.0
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        """How long the step lasts, in ns."""
        return self.controls.duration

    @property
    def drives(self) -> bool:
        """Whether the drive plays anything."""
        return any(part.controls.drives for part in self.controls.segments)

    def arriving(self, line: Line = IDEAL, period: float = 1.0) -> Waveform:
        """Return coupling and drive at the device in the emulator's frame, in rad/ns.

        The line acts on the envelope, then the mixer turns it onto its carrier.

        Args:
            line: the drive line that the envelope passes; ideal by default.
            period: of the waveform generator's clock, in ns, for the line's filter.
        """
        if not (self.drives or self.charges):
            return self.controls  # a drive of 0 has a drive's pieces: a fit differentiates by it
        passes = line.charging if self.charges else line.filtered
        passed = passes(compressed(self.controls, self.saturation), period)
        return mixed(passed, self.carrier - self.frame, self.delay)


def arriving(steps: Iterable[Step], line: Line, period: float) -> Waveform:
    """Return what arrives at the device of steps one after the other, in rad/ns.

    Args:
        steps: in their order.
        line: the drive line.
        period: of the waveform generator's clock, in ns.
    """
    parts = (step.arriving(line, period) for step in steps)
    return reduce(Waveform.then, parts, Waveform(()))
