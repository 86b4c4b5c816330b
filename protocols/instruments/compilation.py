"""Every programme of an experiment compiled, read back, and compared with its sequence."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cqed_battery.operators import IntArray
from cqed_battery.progress import Progress
from protocols.instruments.layout import Layout
from protocols.instruments.loading import groups
from protocols.instruments.programme import Part, Programme
from protocols.instruments.reading import short_passes
from protocols.instruments.writer import Compiled, Writer


@dataclass
class ChannelReport:
    """One channel: its signal and rate, the largest amplitude, samples, and what is off.

    amplitude: largest size, of full scale 1. memory: most samples of one programme. off: largest
    difference of a sample that was read back from what the sequence asks for, of full scale.
    """

    signal: str
    rate_GHz: float
    amplitude: float = 0.0
    memory: int = 0
    off: float = 0.0


@dataclass(frozen=True)
class Compilation:
    """What came of it.

    Args:
        settings: that are played.
        programmes: as often as instruments are loaded.
        shots: of all settings.
        seconds: that all repetitions take, loading not counted.
        channels: by name.
        resolution: of an amplitude, of full scale.
        notes: what is played other than the file asks for.
    """

    settings: int
    programmes: int
    shots: int
    seconds: float
    channels: Mapping[str, ChannelReport]
    resolution: float
    notes: tuple[str, ...]

    @property
    def faithful(self) -> bool:
        """Whether what was read back is what the sequence asks for, to the resolution."""
        return all(channel.off <= self.resolution for channel in self.channels.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "faithful": self.faithful, "notes": list(self.notes)}


def compiled_report(
    layout: Layout, writer: Writer, shots: IntArray, progress: Progress | None = None
) -> Compilation:
    """Compile every setting, and return what is played, beside what should be.

    Args:
        layout: of the settings.
        writer: of the instruments, in emulation.
        shots: of every setting, (M,).
        progress: called as progress(done, total, what) after each programme.

    Raises:
        InstrumentError: the instruments cannot play it.
    """
    setup, flip = layout.setup, layout.flip()
    channels = {
        name: ChannelReport(line.signal, line.rate_GHz) for name, line in setup.lines.items()
    }
    loads = list(groups(layout, shots, layout.settings.order))
    seen: set[int] = set()
    seconds = 0.0
    for rows, count in loads:
        parts = tuple(map(layout.part, rows))
        seconds += count * sum(part.duration_ns for part in parts) * 1e-9
        for name, channel in channels.items():
            used = _unique(parts, name)
            channel.memory = max(channel.memory, used)
        fresh = [row for row in rows if row not in seen]
        for some in short_passes(layout, fresh):
            chosen = tuple(map(layout.part, some))
            found = writer.compiled(Programme(setup, layout.experiment, chosen, 1, flip))
            _compare(found, channels)
            seen.update(some)
            if progress is not None:
                progress(len(seen), int((shots > 0).sum()), "compilation")
    resolution = 2.0 ** (1 - setup.limits.bits)
    notes = tuple(_notes(layout))
    return Compilation(
        len(seen), len(loads), int(shots.sum()), seconds, channels, resolution, notes
    )


def _unique(parts: tuple[Part, ...], channel: str) -> int:
    waves = {part.samples[channel].tobytes() for part in parts if channel in part.samples}
    return sum(len(wave) // 16 for wave in waves)


def _compare(compiled: Compiled, channels: Mapping[str, ChannelReport]) -> None:
    for place, part in enumerate(compiled.programme.parts):
        if not any(block.kind == "body" for block in part.blocks):
            continue
        for name, channel in channels.items():
            played = compiled.samples(place, name)
            wanted = part.samples.get(name, np.zeros(len(played), dtype=complex))
            same = len(played) == len(wanted)
            off = float(np.abs(played - wanted).max(initial=0.0)) if same else 1.0
            channel.off = max(channel.off, off)
            channel.amplitude = max(channel.amplitude, float(np.abs(wanted).max(initial=0.0)))


def _notes(layout: Layout) -> list[str]:
    """Say what the grid changes."""
    found = []
    experiment, blocks = layout.experiment, layout.part(layout.settings.size - 1).blocks
    rounds = [block.length_ns for block in blocks if block.kind == "round"]
    latency = experiment.reset.latency_ns
    if rounds and rounds[0] != latency:
        found.append(
            f"a round of the reset takes {rounds[0]:g} ns, whole steps of the grid, not {latency:g}"
        )
    offgrid = _off_grid(layout)
    if offgrid:
        found.append(
            f"{offgrid} settings end within a sample, which plays the mean of its period;"
            " their readout begins up to one sample late"
        )
    return found


def _off_grid(layout: Layout) -> int:
    """Return how many settings last no whole number of samples."""
    rate = min(layout.setup.rates_GHz.values())
    counts = [layout.repetition(row).measured_ns * rate for row in range(2, layout.settings.size)]
    return int((np.abs(np.array(counts) - np.round(counts)) > 1e-6).sum())
