"""How the model depends on what no waveform and no rate is linear in, to second order.

The line's time constant, the coupler's ramp, the drive's delay and width and the spread of the
frequency from shot to shot move the response a little; so do drifts, by the place of each setting
in the run. About one point

    f(theta, nu) = f(theta) + sum_k (a_k nu_k + b_k nu_k^2)

with a_k from an exact prediction near nu_k = 0, where the parameter is there; else a_k and b_k from
two, the present value among them, and those before k at their present values: so the sum is exact
at the present ones. Of a drift, and of a variance, a_k alone. What the exact derivatives can have
(`AS_NOW`) stands, when it is far off, in f itself, and nu_k counts from its present value. A fit
that has moved beyond what they describe takes them anew; where it ends, what they leave out there,
as what line and ramp do together, is added from an exact prediction (`search.Search`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, sqrt

import numpy as np

from analysis.estimators.global_fit.model.parameters import (
    CURVED,
    DELAY,
    DRIFTS,
    FREQUENCY_DRIFT,
    NOISE,
    PULSE_AMPLITUDE,
    RABI,
    RABI_DRIFT,
    RAMP,
    SETTLING,
    TRANSMON_DETUNING,
    WIDTH,
    Parameter,
)
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings

AS_NOW = (RAMP, DELAY, WIDTH)
"""What the dynamics without a filter has."""

_NEAR, _NODE = 0.5, 0.25  # scales: a value that is nearer to 0 has its node there
_SLIGHT = 0.2  # scales: what is farther off stands in the response itself
_FARTHER = 2.5  # how many times as far as the present value two nodes reach


@dataclass(frozen=True)
class Surfaces:
    """What k parameters add to a packed response (N,).

    places: their numbers among the free ones; first and second: a and b, (k, N). least and most:
    between which values they hold, (k,). centre: from where nu counts, (k,); base: those other
    than 0 by name, which the response has already. left: what else they add, (N,).
    """

    places: tuple[int, ...]
    first: FloatArray
    second: FloatArray
    least: FloatArray
    most: FloatArray
    centre: FloatArray | float = 0.0
    base: Mapping[str, float] = field(default_factory=dict)
    left: FloatArray | float = 0.0

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
        nu = np.asarray(theta)[list(self.places)] - self.centre
        return np.asarray(nu @ self.first + nu**2 @ self.second + self.left)

    def made_exact(
        self, theta: FloatArray, predicted: FloatArray, without: FloatArray, places: Collection[int]
    ) -> "Surfaces":
        """Return the same, exact at theta for some of the parameters.

        Args:
            theta: the free parameters, each in its unit, (p,).
            predicted: the packed response there, the others at 0, (N,).
            without: that to which the surfaces add, (N,).
            places: numbers of those parameters among the free ones.
        """
        others = np.array([place not in places for place in self.places])
        nu = np.asarray(theta)[list(self.places)] - self.centre
        beside = (nu * others) @ self.first + (nu * others) ** 2 @ self.second
        return replace(self, left=self.left + predicted + beside - without - self.at(theta))

    def slope(self, theta: FloatArray) -> FloatArray:
        """Return the derivatives of that by their parameters, (k, N).

        Args:
            theta: the free parameters, each in its unit, (p,).
        """
        nu = np.asarray(theta)[list(self.places)] - self.centre
        return np.asarray(self.first + 2 * nu[:, None] * self.second)


def as_now(free: Sequence[Parameter], theta: FloatArray) -> dict[str, float]:
    """Return what is far enough off to stand in the response itself, by name.

    Args:
        free: the free parameters.
        theta: their values, (p,).
    """
    known = [(p, float(x)) for p, x in zip(free, theta, strict=True) if p.name in AS_NOW]
    return {p.name: value for p, value in known if abs(value) >= _SLIGHT * p.scale}


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
    within: Mapping[str, float],
) -> Surfaces:
    """Return the surfaces about a point.

    Args:
        free: the free parameters.
        theta: the point, (p,).
        predicted: the packed response at the point with other values of some parameters.
        slopes: derivatives of the packed response by the parameters that are known exactly.
        share: which part of a drift has come at each entry, (N,).
        within: `as_now` at the point, which `predicted` has.
    """
    # The line first: it changes most of what the others do, as far as it is off.
    places = tuple(sorted(beyond(free), key=lambda n: free[n].name != SETTLING))
    here: dict[str, float] = {}
    still = base = predicted(here)
    rows, reach = [], []
    for place in places:
        parameter, now = free[place], float(theta[place])
        limits = (-inf, inf)
        if parameter.name in DRIFTS:
            rows.append((share * _drifting(parameter.name, slopes, 0 * still), 0 * still))
        elif parameter.name == NOISE:
            # Three nodes of Gauss and Hermite: exact for a mean of polynomials of fifth order.
            node = sqrt(3 * parameter.scale)
            both = predicted({TRANSMON_DETUNING: node}) + predicted({TRANSMON_DETUNING: -node})
            rows.append(((both - 2 * still) / (6 * parameter.scale), 0 * still))
        elif parameter.name in within:
            rows.append(_bent(parameter, now, here, base, predicted))
            limits = (now - _NEAR * parameter.scale, now + _NEAR * parameter.scale)
        elif abs(now) < (near := _near(parameter)):
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
    centre = np.array([within.get(free[place].name, 0.0) for place in places])
    return Surfaces(places, first, second, least, most, centre, within)


def _near(parameter: Parameter) -> float:
    return (_SLIGHT if parameter.name in AS_NOW else _NEAR) * parameter.scale


def _bent(
    parameter: Parameter,
    now: float,
    others: Mapping[str, float],
    base: FloatArray,
    predicted: Predicted,
) -> tuple[FloatArray, FloatArray]:
    """Return a and b about the present value, where the response is `base`, from two beside it."""
    node = _NODE * parameter.scale
    # Beside a bound both lie on the other side.
    low, high = max(now - node, parameter.low), min(now + node, parameter.high)
    first = low if low < now - node / 2 else now + node / 2
    last = high if high > now + node / 2 else now - node / 2
    steps = first - now, last - now
    ends = [predicted({**others, parameter.name: nu}) for nu in (first, last)]
    rises = [(end - base) / step for end, step in zip(ends, steps, strict=True)]
    second = (rises[1] - rises[0]) / (steps[1] - steps[0])
    return rises[0] - steps[0] * second, second


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
