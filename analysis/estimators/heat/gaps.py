"""Single cells that were not measured: a component between its neighbours in time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqed_battery.operators import FloatArray

_NEIGHBOURS = 4  # measured times about a gap, two on either side: a cubic through them
_LONGEST = 3  # missing times in a row that a cubic may bridge; more are unknown


@dataclass(frozen=True)
class Gaps:
    """Cells (N,) that a cubic through four measured neighbours (N, 4) fills, with its weights.

    times and axes: of the cells. Cells that are unknown for good (at the ends, or in a long row)
    are left as they are.
    """

    times: NDArray[np.intp]
    axes: NDArray[np.intp]
    neighbours: NDArray[np.intp]
    weights: FloatArray

    @classmethod
    def of(cls, times: FloatArray, measured: NDArray[np.bool_]) -> "Gaps":
        """Return the gaps of settings measured or not.

        Args:
            times: charging times in ns, increasing, (T,).
            measured: of every time and axis, (T, 3).
        """
        cells: list[int] = []
        axes: list[int] = []
        near: list[NDArray[np.intp]] = []
        for axis in range(measured.shape[1]):
            known = np.flatnonzero(measured[:, axis])
            for time in np.flatnonzero(~measured[:, axis]):
                place = int(np.searchsorted(known, time))
                about = known[max(place - _NEIGHBOURS // 2, 0) : place + _NEIGHBOURS // 2]
                near_enough = np.all(np.diff(known[max(place - 1, 0) : place + 1]) <= _LONGEST + 1)
                if len(about) == _NEIGHBOURS and near_enough:
                    cells.append(int(time))
                    axes.append(axis)
                    near.append(about)
        where, neighbours = np.array(cells, dtype=np.intp), np.zeros((0, _NEIGHBOURS), np.intp)
        if near:
            neighbours = np.stack(near)
        weights = _cubic(times[neighbours], times[where])
        return cls(where, np.array(axes, dtype=np.intp), neighbours, weights)

    def filled(self, bloch: FloatArray) -> FloatArray:
        """Return Bloch vectors with the gaps filled.

        Args:
            bloch: components, or changes of them, (T, 3, ...).
        """
        if not len(self.times):
            return bloch
        found = bloch.copy()
        about = bloch[self.neighbours, self.axes[:, None]]
        found[self.times, self.axes] = np.einsum("nk,nk...->n...", self.weights, about)
        return found

    def adjoint(self, weights: FloatArray) -> FloatArray:
        """Return the weights of the measured cells in weights of filled vectors, (T, 3).

        Args:
            weights: of every cell, (T, 3).
        """
        if not len(self.times):
            return weights
        found = weights.copy()
        found[self.times, self.axes] = 0.0
        parts = self.weights * weights[self.times, self.axes][:, None]
        np.add.at(found, (self.neighbours, self.axes[:, None]), parts)
        return found


def _cubic(nodes: FloatArray, times: FloatArray) -> FloatArray:
    """Return Lagrange's weights of four nodes (N, 4) at times (N,)."""
    weights = np.ones(nodes.shape)
    for one in range(nodes.shape[1]):
        for other in range(nodes.shape[1]):
            if other != one:
                weights[:, one] *= (times - nodes[:, other]) / (nodes[:, one] - nodes[:, other])
    return weights
