"""Compiled samples as steps of the emulator: what instruments play, put back on the device."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform, clock_edges
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz, ghz_from_mhz, mhz_from_angular
from protocols.faults.drive_line import Line
from protocols.sequence.channels import Played
from protocols.sequence.samples import Samples, carrier_phase
from protocols.sequence.sequence import Sequence
from protocols.sequence.step import Step
from protocols.stages.tomography import arriving_sequence

_CLOSE = 1e-7  # ns: closer times are one


@dataclass(frozen=True)
class Replay:
    """One setting's samples, and the sequence whose steps they fill.

    Args:
        sequence: as the programme was made from it.
        samples: read back, by channel, in the channel's unit; times count from the charging's
            beginning.
    """

    sequence: Sequence
    samples: Mapping[str, Samples]

    def waveform(self, faulty: Sequence, line: Line) -> Waveform:
        """Return coupling and drive at the device, in rad/ns.

        Between two samples the instrument holds the envelope of a step's carrier. What the line's
        faults make of a tuned pulse is added to what was compiled.

        Args:
            faulty: the same repetition with pulses that have the line's errors of calibration.
            line: the drive line that everything passes.
        """
        period = 1 / self.sequence.experiment.drive.clock_GHz
        steps, start = [], 0.0
        for step, wrong in zip(self.sequence.measured, faulty.measured, strict=True):
            steps.append(self._filled(step, wrong, start))
            start += step.duration
        if not steps or not steps[0].charges:
            return arriving_sequence(self.sequence.experiment, steps, line, 0j)
        charging, rest = steps[0], steps[1:]
        end = np.array([charging.duration])
        held = complex(line.ringing(charging.arriving(), end)[0])
        after = arriving_sequence(self.sequence.experiment, rest, line, held)
        return charging.arriving(line, period).then(after)

    def _filled(self, step: Step, wrong: Step, start: float) -> Step:
        """Return a step whose controls are those of the samples at its time."""
        played = Played(
            channel="drive",
            start_ns=start,
            lengths_ns=np.zeros(0),
            values=np.zeros(0, dtype=complex),
            carrier_GHz=ghz_from_mhz(mhz_from_angular(step.carrier)),
            phase_rad=-(step.carrier - step.frame) * step.delay,
        )
        edges = self._edges(step, wrong, start)
        middles = (edges[1:] + edges[:-1]) / 2
        segments = []
        for length, middle in zip(np.diff(edges).tolist(), middles.tolist(), strict=True):
            controls = self._controls(step, played, start + middle)
            if wrong.controls != step.controls:
                before, after = (each.controls.controls_at(middle) for each in (step, wrong))
                controls = controls.driven(controls.eps + after.eps - before.eps)
            segments.append(Segment(length, controls))
        return replace(step, controls=Waveform(tuple(segments)))

    def _edges(self, step: Step, wrong: Step, start: float) -> FloatArray:
        """Return where a step's pieces begin, and its end, in ns from its beginning."""
        length, found = step.duration, [np.array([0.0, step.duration])]
        for rate in {each.rate_GHz for each in self.samples.values()}:
            numbers = np.arange(floor(start * rate), floor((start + length) * rate) + 1)
            found.append(numbers / rate - start)
        if step.carrier != step.frame or wrong.controls != step.controls:
            period = 1 / self.sequence.experiment.drive.clock_GHz
            found.append(clock_edges(length, period))
        edges = np.unique(np.clip(np.concatenate(found), 0.0, length))
        return edges[np.append(True, np.diff(edges) > _CLOSE)]

    def _controls(self, step: Step, played: Played, time: float) -> Controls:
        """Return what is held at a time from the charging's beginning, in the step's frame."""
        drive, pump = (self._driven(name, played, time) for name in ("drive", "resonator drive"))
        shift = step.shift or 0.0
        return Controls(
            g=self._held("coupler", time),
            eps=drive,
            transmon=self._held("transmon flux", time) - shift,
            resonator=self._held("resonator flux", time) - shift,
            pump=pump,
        )

    def _held(self, channel: str, time: float) -> float:
        samples = self.samples.get(channel)
        return 0.0 if samples is None else angular_from_mhz(_at(samples, time)[0].real)

    def _driven(self, channel: str, played: Played, time: float) -> complex:
        """Return the envelope on the step's own carrier, in rad/ns."""
        samples = self.samples.get(channel)
        if samples is None:
            return 0j
        value, middle = _at(samples, time)
        if not value:
            return 0j
        turned = value * np.exp(-1j * carrier_phase(self.sequence, played, np.array([middle])))[0]
        return complex(angular_from_mhz(turned.real), angular_from_mhz(turned.imag))


def _at(samples: Samples, time: float) -> tuple[complex, float]:
    """Return the sample that is held at a time in ns, and the middle of its period."""
    number = floor((time - samples.start_ns) * samples.rate_GHz)
    inside = 0 <= number < len(samples.values)
    value = complex(samples.values[number]) if inside else 0j
    return value, samples.start_ns + (number + 0.5) / samples.rate_GHz
