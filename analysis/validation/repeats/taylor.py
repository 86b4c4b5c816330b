"""The forward model near one point to second order: a fit in milliseconds, for many repeats.

f(theta) = f0 + f_i d_i + f_ij d_i d_j / 2 with d = theta - theta0. Its error is of third order
in the parameters' standard errors; `distance` says how large it is.
"""

import numpy as np

from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import READOUT
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.global_fit.model.sensitivities import Slope
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings


class TaylorModel(ForwardModel):
    """The exact model's values, slopes and curvatures at `centre`, by central differences.

    Args:
        exact: the model.
        centre: where it is expanded, (p,).
        width: steps of the differences, about a standard error each, (p,).
    """

    def __init__(self, exact: ForwardModel, centre: FloatArray, width: FloatArray) -> None:
        self.experiment, self.free, self.fixed = exact.experiment, exact.free, exact.fixed
        self.settings, self._beyond = Settings(exact.experiment), ()
        self._exact, self._centre = exact, np.array(centre, dtype=float)
        self._shape = exact.response(self._centre)
        moving = [n for n, p in enumerate(self.free) if p.name not in READOUT]
        low = np.array([p.low for p in self.free])
        steps = np.diag(np.minimum(width, 0.9 * (self._centre - low)))
        self._value = self._shape.packed()
        count = len(self.free)
        self._first = np.zeros((count, len(self._value)))
        self._second = np.zeros((count, count, len(self._value)))
        up = {n: self._at(steps[n]) for n in moving}
        for n in moving:
            down, size = self._at(-steps[n]), steps[n, n]
            self._first[n] = (up[n] - down) / (2 * size)
            self._second[n, n] = (up[n] + down - 2 * self._value) / size**2
        for n in moving:
            for m in moving[: moving.index(n)]:
                mixed = self._at(steps[n] + steps[m]) - up[n] - up[m] + self._value
                self._second[n, m] = self._second[m, n] = mixed / (steps[n, n] * steps[m, m])

    def _at(self, step: FloatArray) -> FloatArray:
        return self._exact.response(self._centre + step).packed()

    def response(self, theta: FloatArray, near: Slope | None = None) -> Response:
        """Return the expansion at theta, (p,); whatever else is near."""
        move = np.asarray(theta) - self._centre
        curved = self._first + np.tensordot(move, self._second, axes=1) / 2
        return self._shape.unpacked(self._value + move @ curved)

    def slope(self, theta: FloatArray, at: Response) -> Slope:
        """Return the expansion's derivatives at theta."""
        move = np.asarray(theta) - self._centre
        rows = self._first + np.tensordot(move, self._second, axes=1)
        found = self._shape.unpacked(rows.T)
        return Slope(found.probability, found.quantities)

    def distance(self, theta: FloatArray) -> float:
        """Return the largest error of a probability at theta."""
        exact = self._exact.response(theta).probability
        return float(np.abs(self.response(theta).probability - exact).max())
