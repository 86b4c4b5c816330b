"""How the model depends on what no waveform and no rate is linear in, to second order.

The line's time constant, the coupler's ramp and the spread of the frequency from shot to shot move
the response a little; so do drifts, by the place of each setting in the run. About one point

    f(theta, nu) = f(theta) + sum_k (a_k nu_k + b_k nu_k^2)

with a_k from an exact prediction near nu_k = 0, where the parameter is there; else a_k and b_k from
two, the present value among them, and those before k at their present values: so the sum is exact
at the present ones. Of a drift, and of a variance, a_k alone. A fit that has moved beyond what they
describe takes them anew (`fit._Search`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from analysis.estimators.global_fit.parameters import (
    CURVED,
    DRIFTS,
    FREQUENCY_DRIFT,
    NOISE,
    PULSE_AMPLITUDE,
    RABI,
    RABI_DRIFT,
    TRANSMON_DETUNING,
    Parameter,
)
from cqed_battery.operators import FloatArray
from protocols.settings import Settings

_NEAR, _NODE = 0.5, 0.25  # scales: a value that is nearer to 0 has its node there
_FARTHER = 2.5  # how many times as far as the present value two nodes reach


@dataclass(frozen=True)
class Surfaces:
    """What k parameters add to a packed response (N,).

    places: their numbers among the free ones; first and second: a and b, (k, N). least and most:
    between which values they hold, (k,).
    """

    places: tuple[int, ...]
    first: FloatArray
    second: FloatArray
    least: FloatArray
    most: FloatArray

    def hold(self, theta: FloatArray) -> bool:
        """Say whether they describe the response at theta.

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        nu = np.asarray(theta)[list(self.places)]
        return bool(((self.least <= nu) & (nu <= self.most)).all())

    def at(self, theta: FloatArray) -> FloatArray:
        """Return what they add, (N,).

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        nu = np.asarray(theta)[list(self.places)]
        return np.asarray(nu @ self.first + nu**2 @ self.second)

    def slope(self, theta: FloatArray) -> FloatArray:
        """Return the derivatives of that by their parameters, (k, N).

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        nu = np.asarray(theta)[list(self.places)]
        return np.asarray(self.first + 2 * nu[:, None] * self.second)


def beyond(free: Sequence[Parameter]) -> tuple[int, ...]:
    """Return the numbers of the parameters that only surfaces know.

    Args:
        free: the free parameters.
    """
    return tuple(n for n, p in enumerate(free) if p.name in (*CURVED, *DRIFTS))


Predicted = Callable[[Mapping[str, float]], FloatArray]
"""Returns the packed response, (N,), for values of what only surfaces know, and a detuning."""


def surfaces(
    free: Sequence[Parameter],
    theta: FloatArray,
    predicted: Predicted,
    slopes: Mapping[str, FloatArray],
    share: FloatArray,
) -> Surfaces:
    """Return the surfaces about a point.

    Args:
        free: the free parameters.
        theta: the point, (p,).
        predicted: the packed response at the point with other values of some parameters.
        slopes: derivatives of the packed response by the parameters that are known exactly.
        share: which part of a drift has come at each entry, (N,).
    """
    places = beyond(free)
    here: dict[str, float] = {}
    base, rows, reach = predicted(here), [], []
    for place in places:
        parameter, now = free[place], float(theta[place])
        limits = (-inf, inf)
        if parameter.name in DRIFTS:
            rows.append((share * _drifting(parameter.name, slopes, 0 * base), 0 * base))
        elif parameter.name == NOISE:
            # Three nodes of Gauss and Hermite: exact for a mean of polynomials of fifth order.
            node = sqrt(3 * parameter.scale)
            both = predicted({TRANSMON_DETUNING: node}) + predicted({TRANSMON_DETUNING: -node})
            rows.append(((both - 2 * base) / (6 * parameter.scale), 0 * base))
        elif abs(now) < (near := _NEAR * parameter.scale):
            node = _NODE * parameter.scale
            rows.append(((predicted(here | {parameter.name: node}) - base) / node, 0 * base))
            limits = (-near, near)
        else:
            nodes = now, 2 * now if parameter.low == 0 else max(-now, parameter.low)
            ends = [predicted(here | {parameter.name: nu}) for nu in nodes]
            rises = [(end - base) / nu for end, nu in zip(ends, nodes, strict=True)]
            second = (rises[1] - rises[0]) / (nodes[1] - nodes[0])
            rows.append((rises[0] - nodes[0] * second, second))
            limits = (-_FARTHER * abs(now), _FARTHER * abs(now))
            here, base = here | {parameter.name: now}, ends[0]
        reach.append(limits)
    first, second = (np.array(part).reshape(len(places), -1) for part in zip(*rows, strict=True))
    least, most = np.array(reach).T
    return Surfaces(places, first, second, least, most)


def _drifting(name: str, slopes: Mapping[str, FloatArray], nothing: FloatArray) -> FloatArray:
    """Return what a whole drift does; that of the readout enters with the readout itself."""
    if name == FREQUENCY_DRIFT:
        return slopes.get(TRANSMON_DETUNING, nothing)
    if name == RABI_DRIFT:
        return slopes.get(RABI, nothing) + slopes.get(PULSE_AMPLITUDE, nothing)
    return nothing


def drift_shares(settings: Settings, sizes: Sequence[tuple[str, int]]) -> FloatArray:
    """Return which part of a drift has come at each entry of a packed response, (N,).

    Args:
        settings: the table of settings.
        sizes: arm and number of entries of each packed quantity, after the probabilities.
    """
    within = settings.times_within_run
    parts = [within]
    for arm, size in sizes:
        own = settings.arm_part(within, arm).mean(axis=1)
        parts.append(np.repeat(own, size // len(own)))
    return np.concatenate(parts)
