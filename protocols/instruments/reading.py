"""What compiled programmes play, read back in the units of the sequence."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray
from cqed_battery.progress import Progress
from protocols.instruments.layout import Layout
from protocols.instruments.loading import groups
from protocols.instruments.programme import Programme
from protocols.instruments.setup import InstrumentError, Setup
from protocols.instruments.writer import Compiled, Writer
from protocols.sequence.samples import MODULATED, Samples

_SIMULATED_NS = 5e6  # of a programme that is read back: simulations of instruments end


def read_back(
    layout: Layout, writer: Writer, progress: Progress | None = None
) -> dict[int, dict[str, Samples]]:
    """Compile every setting once, and return what is played, by row and channel.

    Args:
        layout: of the settings.
        writer: of the instruments, in emulation.
        progress: called as progress(done, total, what) after each programme.

    Returns:
        Samples in the channels' units; times count from the charging's beginning.
    """
    found: dict[int, dict[str, Samples]] = {}
    flip, once = layout.flip(), np.ones(layout.settings.size, dtype=np.int64)
    for rows, _ in groups(layout, once, np.arange(layout.settings.size)):
        for some in short_passes(layout, rows):
            parts = tuple(map(layout.part, some))
            compiled = writer.compiled(Programme(layout.setup, layout.experiment, parts, 1, flip))
            for place, part in enumerate(parts):
                found[part.row] = played_samples(layout, compiled, place)
            if progress is not None:
                progress(len(found), layout.settings.size, "compilation")
    return found


def short_passes(layout: Layout, rows: Sequence[int]) -> Iterator[list[int]]:
    """Cut rows into lists whose one pass a simulation of the instruments reaches.

    Args:
        layout: of the settings.
        rows: places in the table.
    """
    ends = np.cumsum([layout.part(row).duration_ns for row in rows]) // _SIMULATED_NS
    for _, held in groupby(zip(ends.tolist(), rows, strict=True), key=lambda pair: pair[0]):
        yield [row for _, row in held]


def played_samples(layout: Layout, compiled: Compiled, place: int) -> dict[str, Samples]:
    """Return what one part of a compiled programme plays, by channel.

    Args:
        layout: of the settings.
        compiled: the programme.
        place: of the part.
    """
    part = compiled.programme.parts[place]
    if not any(block.kind == "body" for block in part.blocks):
        return {}
    found = {}
    for channel, line in layout.setup.lines.items():
        values = line.values(compiled.samples(place, channel))
        carrier = layout.experiment.drive.frequency_GHz if channel in MODULATED else None
        start = -part.silence_ns
        found[channel] = Samples(channel, line.rate_GHz, start, values, carrier)
    return found


def read_flip(layout: Layout, writer: Writer) -> Samples | None:
    """Return what the drive plays in the reset after 1 was read, in MHz, from its first sample on.

    Args:
        layout: of the settings.
        writer: of the instruments, in emulation.

    Returns:
        None where nothing is flipped.

    Raises:
        InstrumentError: after 0 something is played, too.
    """
    flip = layout.flip()
    if "drive" not in flip:
        return None
    setup, parts = layout.setup, (layout.part(layout.settings.size - 1),)
    seen = []
    for outcome in (0, 1):
        programme = Programme(setup, layout.experiment, parts, 1, flip, first_outcome=outcome)
        seen.append(writer.compiled(programme).flip(0, 0))
    if np.abs(seen[0]).max(initial=0.0) > 0:
        raise InstrumentError("the compiled reset plays a pulse although 0 was read")
    return _begun(setup, seen[1], len(flip["drive"]), layout.experiment)


def _begun(setup: Setup, played: ComplexArray, length: int, experiment: Experiment) -> Samples:
    """Return the pulse of a round, (length,), that ends with its last sample that is not 0."""
    line, on = setup.lines["drive"], np.flatnonzero(played)
    first = int(on[0]) if on.size else 0
    values = line.values(played[first : first + length])
    return Samples("drive", line.rate_GHz, 0.0, values, experiment.drive.frequency_GHz)
