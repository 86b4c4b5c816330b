"""The forward model near one point to second order: a fit in milliseconds, for many repeats.

f(theta) = f0 + f_i d_i + f_ij d_i d_j / 2 with d = theta - theta0. Its error is of third order
in the parameters' standard errors; `distance` says how large it is.
"""

import numpy as np

from analysis.estimators.global_fit.forward import ForwardModel, Response
from analysis.estimators.global_fit.parameters import READOUT
from analysis.estimators.global_fit.sensitivities import Slope
from cqed_battery.operators import FloatArray


class TaylorModel(ForwardModel):
    """The exact model's values, slopes and curvatures at `centre`, by central differences.

    Args:
        exact: the model.
        centre: where it is expanded, (p,).
        width: steps of the differences, about a standard error each, (p,).
    """

    def __init__(self, exact: ForwardModel, centre: FloatArray, width: FloatArray) -> None:
        self.experiment, self.free, self.fixed = exact.experiment, exact.free, exact.fixed
        self._exact, self._centre = exact, np.array(centre, dtype=float)
        self._shape = exact.response(self._centre)
        moving = [n for n, p in enumerate(self.free) if p.name not in READOUT]
        low = np.array([p.low for p in self.free])
        steps = np.diag(np.minimum(width, 0.9 * (self._centre - low)))
        self._value = _packed(self._shape)
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
        return _packed(self._exact.response(self._centre + step))

    def response(self, theta: FloatArray) -> Response:
        """Return the expansion at theta, (p,)."""
        move = np.asarray(theta) - self._centre
        curved = self._first + np.tensordot(move, self._second, axes=1) / 2
        return _unpacked(self._value + move @ curved, self._shape)

    def slope(self, theta: FloatArray, at: Response) -> Slope:
        """Return the expansion's derivatives at theta."""
        move = np.asarray(theta) - self._centre
        rows = self._first + np.tensordot(move, self._second, axes=1)
        found = _unpacked(rows.T, self._shape)
        return Slope(found.probability, found.quantities)

    def distance(self, theta: FloatArray) -> float:
        """Return the largest error of a probability at theta."""
        exact = self._exact.response(theta).probability
        return float(np.abs(self.response(theta).probability - exact).max())


def _packed(response: Response) -> FloatArray:
    parts = [response.probability]
    parts += [v.ravel() for found in response.quantities.values() for v in found.values()]
    return np.concatenate(parts)


def _unpacked(values: FloatArray, like: Response) -> Response:
    """Return values (N, ...) in the shapes of a response, whatever dims follow."""
    sizes = [v.size for found in like.quantities.values() for v in found.values()]
    probability, *parts = np.split(values, np.cumsum([len(like.probability), *sizes])[:-1])
    rest, more = iter(parts), values.shape[1:]
    quantities = {
        arm: {name: next(rest).reshape(*old.shape, *more) for name, old in found.items()}
        for arm, found in like.quantities.items()
    }
    return Response(probability, quantities)
