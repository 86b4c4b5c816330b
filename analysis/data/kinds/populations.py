"""Populations: the share of the shots that read 1, with their number or a standard error."""

import numpy as np

from analysis.data.counts import LARGEST_COUNT
from analysis.data.kinds.kind import DataKind, shares_counts, strange_note
from analysis.data.tables.long_table import LongTable
from cqed_battery.errors import quote_name
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_ROUNDING = 1e-9  # by which a share may pass 0 or 1
_WHOLE = 0.01  # of a shot: shares of whole counts, written in full, come closer
_PERCENT = 100.0


class Populations(DataKind):
    """A column `population` beside `shots` or `std`, as read, not corrected for the readout."""

    value = "population"

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return the counts of every row, (R, 3): shots times the share.

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a share lies outside 0 to 1, or nothing tells the shots.
        """
        percent = table.names.units.get("population") == "percent"
        found = table.numbers(self.value, table.every)
        scale = _PERCENT if percent else 1.0
        _check_range(table, self.value, found / scale, percent=percent)
        return counts_of_shares(table, np.clip(found / scale, 0.0, 1.0), scale)


def counts_of_shares(
    table: LongTable, shares: FloatArray, scale: float
) -> tuple[IntArray, list[str]]:
    """Return the counts (R, 3) behind shares of outcome 1, and notes.

    Without `shots` their number is p (1 - p) / std^2, that of a binomial mean.

    Args:
        table: with the column shots or std.
        shares: of outcome 1, from 0 to 1, (R,).
        scale: of the values that shares were made of, by which `std` is divided.

    Raises:
        DatasetError: there is neither column, or a number of it is refused.
    """
    notes = strange_note(table)
    if table.has("shots"):
        must = f"a whole number >= 1 and <= {LARGEST_COUNT:.0e}"
        shots = table.numbers("shots", table.every, must, 1.0, float(LARGEST_COUNT))
        uneven = np.flatnonzero(shots != np.floor(shots))
        if uneven.size:
            table.refuse("shots", must, float(shots[uneven[0]]), int(uneven[0]))
    elif table.has("std"):
        shots = _shots_behind(table, shares, scale)
        notes.append("shots are those that the standard errors stand for, p (1 - p) / std^2")
    else:
        raise DatasetError(
            f"{table.source} has means, but neither a column 'shots' nor 'std'; name one under"
            " [columns] in a `mapping` file, or give the shots of all rows under [constants] shots"
        )
    products = shares * shots
    broken = int((np.abs(products - np.rint(products)) > _WHOLE).sum())
    if broken:
        notes.append(f"{broken} means are of no whole number of shots, and were rounded to one")
    return shares_counts(shares, shots), notes


def _shots_behind(table: LongTable, shares: FloatArray, scale: float) -> FloatArray:
    errors = table.numbers("std", table.every, "a number > 0", 0.0) / scale
    spread = shares * (1 - shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        shots = np.rint(spread / errors**2)
    bad = np.flatnonzero(~((shots >= 1) & (shots <= LARGEST_COUNT)))
    if bad.size:
        raise DatasetError(
            f"{quote_name(table.names.column('std'))} {table.columns.where(int(bad[0]))} does"
            f" not tell the shots of a mean of {shares[bad[0]]:g}; give a column 'shots', or"
            " [constants] shots in a `mapping` file"
        )
    return np.asarray(shots)


def _check_range(table: LongTable, name: str, shares: FloatArray, *, percent: bool) -> None:
    """Refuse shares outside 0 to 1; name what they look like."""
    low, high = float(shares.min(initial=0.0)), float(shares.max(initial=0.0))
    if percent and 0 < high <= 1 / _PERCENT:
        raise DatasetError(
            f"{quote_name(table.names.column(name))} of {table.source} goes to"
            f" {_PERCENT * high:g} percent only; if these are shares from 0 to 1, leave out [units]"
            " population"
        )
    if low >= -_ROUNDING and high <= 1 + _ROUNDING:
        return
    said = "give the share of the shots that read 1, not corrected for the readout"
    if low >= -_ROUNDING and high <= _PERCENT and not percent:
        said = (
            'if they are in percent, say population = "percent" under [units] in a `mapping` file'
        )
    raise DatasetError(
        f"{quote_name(table.names.column(name))} of {table.source} must lie from 0 to 1, but"
        f" goes from {low:g} to {high:g}; {said}"
    )


METHOD = Populations()
