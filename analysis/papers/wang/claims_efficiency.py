"""Claims of Wang et al. on the efficiency in the steady state (Sec. IV)."""

import numpy as np

from analysis.papers.claim import Finding, judged
from analysis.papers.wang.model import Wang
from analysis.papers.wang.readings import (
    CLAIMS,
    EQUATIONS,
    EVERY,
    MAP_DIFFERENCES,
    MEANS,
    Changes,
    compare,
    equilibrium,
    grid,
    line,
    side,
)
from cqed_battery.operators import FloatArray

_LOW = (0.2, 0.5, 1.0, 2.0)
_MIDDLE = int(np.argmin(np.abs(MAP_DIFFERENCES)))


@CLAIMS.claim(2, "Sec. II B, Eqs. 25-27", "3a")
def definition() -> Finding:
    """The efficiency is ergotropy over energy.

    Test whether ergotropy over energy stays below 1 as the equations define them.
    """
    model = Wang().steady_state()
    energy, ergotropy = float(model.energy), float(model.ergotropy)
    return judged(
        {
            "Eq. 27": ergotropy / energy,
            "Eq. 25 with the energy of Eq. 26": ergotropy / energy + 0.5 / energy,
        },
        "ergotropy over energy <= 1 on resonance, mu = 0",
        lambda ratio: ratio <= 1,
        remark="Eq. 25 subtracts energies with different zeros, which adds half a quantum.",
    )


def _dips(changes: Changes) -> list[float]:
    found = [equilibrium(temperature, changes) for temperature in _LOW]
    return [float(potentials[values.argmin()]) for potentials, values in found]


@CLAIMS.claim(8, "Sec. IV, Fig. 3a", "3a")
def dip_place() -> Finding:
    """In equilibrium the efficiency dips at a potential slightly above 0.

    Test where the efficiency in equilibrium is smallest.
    """
    return compare(
        EQUATIONS,
        lambda changes: float(np.mean(_dips(changes))),
        "mean potential of the dip for T = 0.2 to 2, in lambda, > 0 and <= 1",
        lambda place: 0 < place <= 1,
        unit="lambda",
        remark="The Lindblad equation is symmetric in mu on resonance: its dip is at 0.",
    )


@CLAIMS.claim(9, "Sec. IV, Fig. 3a", "3a")
def dip_and_temperature() -> Finding:
    """The dip's place does not depend on the temperature.

    Test whether the place of the smallest efficiency moves with temperature.
    """
    return compare(
        EQUATIONS,
        lambda changes: np.ptp(_dips(changes)),
        "the dip moves by < 0.1 lambda from T = 0.2 to 2",
        lambda spread: spread < 0.1,
        unit="lambda",
    )


@CLAIMS.claim(10, "Sec. IV, Fig. 3a", "3a")
def saturation() -> Finding:
    """At large potentials of either sign the efficiency saturates alike at all temperatures.

    Test whether the efficiency at large potentials is the same at all temperatures.
    """
    ends = {
        f"|mu| = {mu}": np.ptp([np.interp([-mu, mu], *equilibrium(t)) for t in _LOW])
        for mu in (5, 10, 20)
    }
    criterion = "efficiencies at both ends and T = 0.2 to 2 differ by < 0.02"
    remark = "Both sides tend to about 0.447."
    return judged(ends, criterion, lambda spread: spread < 0.02, remark=remark)


def _over_temperature(*temperatures: float) -> dict[str, FloatArray]:
    """Return the efficiencies on resonance at some temperatures, for each of five potentials."""
    potentials = np.array([-4.0, -2.0, 0.0, 2.0, 4.0])
    axes = {"mean_potential": potentials, "temperature": np.array(temperatures)}
    found = Wang().sweep(axes).efficiency.values
    return {f"mu = {mu:g}": row for mu, row in zip(potentials, found, strict=True)}


@CLAIMS.claim(11, "Sec. IV, Fig. 3b", "3b")
def low_temperature() -> Finding:
    """At very low temperature the efficiency does not depend on it.

    Test how flat the efficiency is at low temperature.
    """
    found = _over_temperature(0.05, 0.1, 0.2)
    return judged(
        {name: np.ptp(values) / values.max() for name, values in found.items()},
        "relative change of the efficiency from T = 0.05 to 0.2 < 0.01",
        lambda relative: relative < 0.01,
    )


@CLAIMS.claim(12, "Sec. IV, Fig. 3b", "3b")
def high_temperature() -> Finding:
    """At high temperature the efficiency falls to nothing.

    Test how far the efficiency falls at high temperature.
    """
    return judged(
        {name: hot / cold for name, (cold, hot) in _over_temperature(0.05, 20.0).items()},
        "efficiency at T = 20 over that at 0.05 < 0.05",
        lambda found: found < 0.05,
    )


def _one_side(changes: Changes, mean: float, sign: int) -> float:
    found = grid(mean, changes).efficiency
    return side(found, sign) - side(found, -sign)


@CLAIMS.claim(13, "Sec. IV, Fig. 4c, 4d", "4d")
def compensation() -> Finding:
    """The best detuning is positive for a mean potential of -6 and negative for 6.

    Test on which side of resonance the best efficiency lies for potentials -6 and 6.
    """
    return compare(
        EVERY,
        lambda changes: min(_one_side(changes, -6.0, 1), _one_side(changes, 6.0, -1)),
        "best efficiency on the named side less that on the other, both cases, > 0",
        lambda smaller: smaller > 0,
    )


@CLAIMS.claim(14, "Sec. IV, Fig. 4a-4c", "4a")
def below_for_the_rest() -> Finding:
    """For mean potentials 0, 3 and 6 the best efficiency lies at Delta < 0.

    Test whether the best efficiency lies at Delta < 0 for potentials 0, 3 and 6.
    """
    return compare(
        EVERY,
        lambda changes: min(_one_side(changes, mean, -1) for mean in MEANS[:3]),
        "best efficiency at Delta < 0 less that at Delta > 0, smallest of three means, > 0",
        lambda smaller: smaller > 0,
        remark="With the charger detuned alone the mean detuning is not 0, as the caption has it.",
    )


def _gain(changes: Changes, mean: float) -> float:
    found = grid(mean, changes).efficiency
    return float(found.max() - found[_MIDDLE].max())


@CLAIMS.claim(15, "Sec. IV, Fig. 4d", "4d")
def negligible() -> Finding:
    """At a mean potential of -6 a potential difference gains nothing.

    Test how little a potential difference gains at a mean potential of -6.
    """
    return compare(
        EVERY,
        lambda changes: _gain(changes, -6.0),
        "best efficiency of the map less the best at Delta mu = 0 < 0.01",
        lambda gain: gain < 0.01,
    )


@CLAIMS.claim(16, "Sec. I, IV", "4b")
def surpasses() -> Finding:
    """A potential difference can raise the best efficiency above equilibrium's.

    Test whether a potential difference raises the best efficiency.
    """
    return compare(
        {f"mean potential {mean:g}": {"mean_potential": mean} for mean in MEANS[:3]},
        lambda changes: _gain((), dict(changes)["mean_potential"]),
        "best efficiency of the map less the best at Delta mu = 0 > 0.01",
        lambda gain: gain > 0.01,
    )


@CLAIMS.claim(17, "Sec. IV, Fig. 4", "4a")
def on_resonance() -> Finding:
    """On resonance the efficiency stays below 50 %.

    Test the largest efficiency on resonance.
    """

    def largest(changes: Changes) -> float:
        found = [grid(mean, changes).efficiency for mean in MEANS]
        return max(float(one.sel(detuning=0.0, method="nearest").max()) for one in found)

    return compare(EVERY, largest, "largest efficiency at Delta = 0 < 0.5", lambda r: r < 0.5)


@CLAIMS.claim(18, "Sec. IV, Fig. 4", "4d")
def off_resonance() -> Finding:
    """Off resonance the efficiency exceeds 90 %.

    Test the largest efficiency of all.
    """
    return compare(
        EVERY,
        lambda changes: max(float(grid(mean, changes).efficiency.max()) for mean in MEANS),
        "largest efficiency of the four maps > 0.9",
        lambda largest: largest > 0.9,
    )


@CLAIMS.claim(19, "Sec. IV, Fig. 5b", "5b")
def several_efficiencies() -> Finding:
    """One concurrence goes with several efficiencies.

    Test whether one concurrence goes with several efficiencies.
    """

    def spread(changes: Changes) -> float:
        found = line(changes)
        bins = np.round(found.concurrence.values / 0.005)
        groups = [found.efficiency.values[bins == one] for one in np.unique(bins[bins > 0])]
        return max(float(np.ptp(group)) for group in groups)

    return compare(
        EQUATIONS,
        spread,
        "efficiencies of one concurrence (within 0.005, above 0) differ by > 0.1",
        lambda found: found > 0.1,
    )


@CLAIMS.claim(20, "Sec. IV, Fig. 5", "5b")
def correlation() -> Finding:
    """Entanglement and efficiency are not positively correlated.

    Test the correlation of efficiency and concurrence.
    """
    pairs = zip(line().concurrence.values, line().efficiency.values, strict=True)
    found = [np.corrcoef(*pair)[0, 1] for pair in pairs]
    return judged(
        {f"Delta mu = {mu}": r for mu, r in zip((-4, 0, 4), found, strict=True)},
        "correlation of efficiency and concurrence over Delta <= 0.1",
        lambda r: r <= 0.1,
        remark="No function of the concurrence, and yet correlated where the charger is higher.",
    )
