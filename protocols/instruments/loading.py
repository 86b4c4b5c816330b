"""Which settings share a programme, so that the instruments' memories hold it."""

from collections.abc import Iterator, Mapping, Sequence

from cqed_battery.operators import IntArray
from protocols.instruments.layout import Layout, setting_name
from protocols.instruments.programme import Part, Programme
from protocols.instruments.setup import (
    InstrumentError,
)


def programmes(layout: Layout, shots: IntArray, order: IntArray) -> Iterator[Programme]:
    """Yield programmes that play every setting its shots, in an order.

    Settings that follow one another with equal shots share a programme as far as the instruments'
    memories hold them; the shots of one programme alternate between its settings.

    Args:
        layout: of the settings.
        shots: of every setting, 0 for none, (M,).
        order: of the rows in laboratory time, (M,).

    Raises:
        InstrumentError: a setting by itself exceeds what the instruments hold.
    """
    flip = layout.flip()
    for rows, count in groups(layout, shots, order):
        yield Programme(layout.setup, layout.experiment, tuple(map(layout.part, rows)), count, flip)


def groups(layout: Layout, shots: IntArray, order: IntArray) -> Iterator[tuple[list[int], int]]:
    """Yield the rows of each programme, and how many shots of each it takes.

    Args:
        layout: of the settings.
        shots: of every setting, (M,).
        order: of the rows in laboratory time, (M,).
    """
    limits = layout.setup.limits
    rows: list[int] = []
    used: dict[str, int] = {}
    for row in (int(row) for row in order if shots[row] > 0):
        part = layout.part(row)
        own = {channel: len(values) for channel, values in part.samples.items()}
        _check_part(layout, part, own)
        after = {channel: used.get(channel, 0) + size for channel, size in own.items()}
        full = max(after.values(), default=0) > limits.memory_samples
        if rows and (full or len(rows) == limits.settings or shots[row] != shots[rows[0]]):
            yield from _batches(layout, rows, int(shots[rows[0]]))
            rows, after = [], own
        rows.append(row)
        used = after
    if rows:
        yield from _batches(layout, rows, int(shots[rows[0]]))


def _batches(layout: Layout, rows: Sequence[int], shots: int) -> Iterator[tuple[list[int], int]]:
    """Yield the rows again and again, as many shots at a time as the results' memory holds."""
    each = sum(part.rounds + part.readouts for part in map(layout.part, rows))
    most = max(layout.setup.limits.results // each, 1)
    for start in range(0, shots, most):
        yield list(rows), min(most, shots - start)


def _check_part(layout: Layout, part: Part, sizes: Mapping[str, int]) -> None:
    limits = layout.setup.limits
    name = setting_name(layout.repetition(part.row))
    for channel, size in sizes.items():
        if size > limits.memory_samples:
            raise InstrumentError(
                f"{name} has {size} samples on the {channel}, but"
                f" the instrument's memory holds {limits.memory_samples}: shorten it, or lower"
                f" lines.{channel}.rate_GHz"
            )
    integrated = layout.setup.readout.integration_ns or layout.experiment.laboratory.readout_ns
    if integrated > limits.integration_ns:
        raise InstrumentError(
            f"the readout integrates {integrated:g} ns, but the instrument"
            f" {limits.integration_ns:g} ns at most: set readout.integration_ns in the setup"
        )
