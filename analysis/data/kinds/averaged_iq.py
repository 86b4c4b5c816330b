"""Averaged IQ points with their standard error, calibrated by prepared states.

A mean point lies on the line between those of the prepared levels, at p = P(level 1) of the way.
Its variance over N shots is [p (1 - p) + v] / N, where v = (sigma / d)^2, sigma is the amplifier's
noise of a single shot and d the distance of the levels. A readout whose two outcomes err equally
often, e, has the same mean and variance once e (1 - e) / (1 - 2 e)^2 = v, because
f (1 - f) = e (1 - e) + (1 - 2 e)^2 p (1 - p) for f = e + (1 - 2 e) p. So the means enter the
analysis as counts of such a readout, and lose nothing.
"""

import numpy as np

from analysis.data.counts import LARGEST_COUNT
from analysis.data.kinds.iq import calibration_rows, iq_points
from analysis.data.kinds.kind import DataKind, shares_counts, strange_note
from analysis.data.tables.long_table import LongTable
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray

_MOST_OUTSIDE = 6.0  # standard errors by which a mean may pass the calibrated levels


class AveragedIq(DataKind):
    """Columns `I`, `Q`, `shots`, and `std`, the standard error of either coordinate of a mean."""

    value = "I"

    def row_counts(self, table: LongTable) -> tuple[IntArray, list[str]]:
        """Return counts (R, 3) with the means' own populations and variances.

        Args:
            table: rows under a laboratory's names.

        Raises:
            DatasetError: a column is missing, the levels coincide, or a mean lies beyond them.
        """
        points, shots, errors = _means(table)
        zero, one = (
            _mean_point(points[rows], shots[rows], table) for rows in calibration_rows(table)
        )
        axis = (one - zero) / max(float(np.sum((one - zero) ** 2)), np.finfo(float).tiny)
        rows = np.concatenate(calibration_rows(table))
        noise = float(np.mean(errors[rows] ** 2 * shots[rows]) * np.sum(axis**2))
        if not 0 < noise < np.inf:
            raise DatasetError(
                f"the means of the prepared levels 0 and 1 of {table.source} must lie apart and"
                " have standard errors; check 'prepared' and 'std'"
            )
        error = (1 - np.sqrt(1 / (1 + 4 * noise))) / 2
        shares = error + (1 - 2 * error) * ((points - zero) @ axis)
        _check_inside(table, shares, np.sqrt(error * (1 - error) / shots))
        note = (
            "averaged IQ points were projected on the line between the prepared levels, and count"
            f" as outcomes that err with probability {error:.3f}, which have the same variance"
        )
        return shares_counts(np.clip(shares, 0, 1), shots), [*strange_note(table), note]


def _means(table: LongTable) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return points (R, 2), shots (R,) and standard errors of a coordinate (R,)."""
    must = f"a whole number >= 1 and <= {LARGEST_COUNT:.0e}"
    shots = np.floor(table.numbers("shots", table.every, must, 1.0, float(LARGEST_COUNT)))
    return iq_points(table), shots, table.numbers("std", table.every, "a number >= 0", 0.0)


def _mean_point(points: FloatArray, shots: FloatArray, table: LongTable) -> FloatArray:
    if len(points) == 0:
        raise DatasetError(
            f"{table.source} has no mean IQ point of a prepared level; add rows of the arm"
            " 'calibration' with prepared 0 and 1"
        )
    return np.asarray(shots @ points / shots.sum())


def _check_inside(table: LongTable, shares: FloatArray, errors: FloatArray) -> None:
    """Refuse means far beyond the calibrated levels, which no population gives."""
    beyond = np.maximum(-shares, shares - 1) / errors
    if beyond.max(initial=0.0) > _MOST_OUTSIDE:
        row = int(np.argmax(beyond))
        raise DatasetError(
            f"the mean IQ point {table.columns.where(row)} lies {beyond[row]:.0f} standard errors"
            " beyond those of the prepared levels; check that all were taken with one readout"
        )


METHOD = AveragedIq()
