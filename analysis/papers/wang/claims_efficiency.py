"""Claims of Wang et al. on the efficiency in the steady state (Sec. IV)."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.wang.model import Wang
from analysis.papers.wang.readings import (
    EQUATIONS,
    EVERY,
    MAP_DIFFERENCES,
    MEANS,
    Changes,
    compare,
    equilibrium,
    grid,
    line,
    row,
    side,
)

_LOW = (0.2, 0.5, 1.0, 2.0)
_MIDDLE = int(np.argmin(np.abs(MAP_DIFFERENCES)))


def definition() -> Finding:
    """Test whether ergotropy over energy stays below 1 as the equations define them."""
    model = Wang().steady_state()
    energy, ergotropy = float(model.energy), float(model.ergotropy)
    criterion = "ergotropy over energy <= 1 on resonance, mu = 0"
    literal = ergotropy / energy + 0.5 / energy
    return Finding(
        readings=(
            row("Eq. 27", ergotropy / energy, criterion, ergotropy <= energy),
            row("Eq. 25 with the energy of Eq. 26", literal, criterion, literal <= 1),
        ),
        remark="Eq. 25 subtracts energies with different zeros, which adds half a quantum.",
    )


def _dips(changes: Changes) -> list[float]:
    found = [equilibrium(temperature, changes) for temperature in _LOW]
    return [float(potentials[values.argmin()]) for potentials, values in found]


def dip_place() -> Finding:
    """Test where the efficiency in equilibrium is smallest."""
    return compare(
        EQUATIONS,
        lambda changes: float(np.mean(_dips(changes))),
        "mean potential of the dip for T = 0.2 to 2, in lambda, > 0 and <= 1",
        lambda place: 0 < place <= 1,
        unit="lambda",
        remark="The Lindblad equation is symmetric in mu on resonance: its dip is at 0.",
    )


def dip_and_temperature() -> Finding:
    """Test whether the place of the smallest efficiency moves with temperature."""
    return compare(
        EQUATIONS,
        lambda changes: np.ptp(_dips(changes)),
        "the dip moves by < 0.1 lambda from T = 0.2 to 2",
        lambda spread: spread < 0.1,
        unit="lambda",
    )


def saturation() -> Finding:
    """Test whether the efficiency at large potentials is the same at all temperatures."""
    ends = {
        f"|mu| = {mu}": np.ptp([np.interp([-mu, mu], *equilibrium(t)) for t in _LOW])
        for mu in (5, 10, 20)
    }
    criterion = "efficiencies at both ends and T = 0.2 to 2 differ by < 0.02"
    rows = tuple(row(name, spread, criterion, spread < 0.02) for name, spread in ends.items())
    return Finding(readings=rows, remark="Both sides tend to about 0.447.")


def low_temperature() -> Finding:
    """Test how flat the efficiency is at low temperature."""

    def change(changes: Changes) -> float:
        axes = {"temperature": np.array([0.05, 0.1, 0.2])}
        found = Wang().replace(dict(changes)).sweep(axes).efficiency.values
        return float(np.ptp(found) / found.max())

    return compare(
        {f"mu = {mu:g}": {"mean_potential": mu} for mu in (-4.0, -2.0, 0.0, 2.0, 4.0)},
        change,
        "relative change of the efficiency from T = 0.05 to 0.2 < 0.01",
        lambda relative: relative < 0.01,
    )


def high_temperature() -> Finding:
    """Test how far the efficiency falls at high temperature."""

    def ratio(changes: Changes) -> float:
        axes = {"temperature": np.array([0.05, 20.0])}
        found = Wang().replace(dict(changes)).sweep(axes).efficiency.values
        return float(found[1] / found[0])

    return compare(
        {f"mu = {mu:g}": {"mean_potential": mu} for mu in (-4.0, -2.0, 0.0, 2.0, 4.0)},
        ratio,
        "efficiency at T = 20 over that at 0.05 < 0.05",
        lambda found: found < 0.05,
    )


def _one_side(changes: Changes, mean: float, sign: int) -> float:
    found = grid(mean, changes).efficiency
    return side(found, sign) - side(found, -sign)


def compensation() -> Finding:
    """Test on which side of resonance the best efficiency lies for potentials -6 and 6."""
    return compare(
        EVERY,
        lambda changes: min(_one_side(changes, -6.0, 1), _one_side(changes, 6.0, -1)),
        "best efficiency on the named side less that on the other, both cases, > 0",
        lambda smaller: smaller > 0,
    )


def below_for_the_rest() -> Finding:
    """Test whether the best efficiency lies at Delta < 0 for potentials 0, 3 and 6."""
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


def negligible() -> Finding:
    """Test how little a potential difference gains at a mean potential of -6."""
    return compare(
        EVERY,
        lambda changes: _gain(changes, -6.0),
        "best efficiency of the map less the best at Delta mu = 0 < 0.01",
        lambda gain: gain < 0.01,
    )


def surpasses() -> Finding:
    """Test whether a potential difference raises the best efficiency."""
    return compare(
        {f"mean potential {mean:g}": {"mean_potential": mean} for mean in MEANS[:3]},
        lambda changes: _gain((), dict(changes)["mean_potential"]),
        "best efficiency of the map less the best at Delta mu = 0 > 0.01",
        lambda gain: gain > 0.01,
    )


def on_resonance() -> Finding:
    """Test the largest efficiency on resonance."""

    def largest(changes: Changes) -> float:
        found = [grid(mean, changes).efficiency for mean in MEANS]
        return max(float(one.sel(detuning=0.0, method="nearest").max()) for one in found)

    return compare(EVERY, largest, "largest efficiency at Delta = 0 < 0.5", lambda r: r < 0.5)


def off_resonance() -> Finding:
    """Test the largest efficiency of all."""
    return compare(
        EVERY,
        lambda changes: max(float(grid(mean, changes).efficiency.max()) for mean in MEANS),
        "largest efficiency of the four maps > 0.9",
        lambda largest: largest > 0.9,
    )


def several_efficiencies() -> Finding:
    """Test whether one concurrence goes with several efficiencies."""

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


def correlation() -> Finding:
    """Test the correlation of efficiency and concurrence."""
    rows = []
    for index, difference in enumerate((-4, 0, 4)):
        found = line().isel(potential_difference=index)
        r = float(np.corrcoef(found.concurrence.values, found.efficiency.values)[0, 1])
        criterion = "correlation of efficiency and concurrence over Delta <= 0.1"
        rows.append(row(f"Delta mu = {difference}", r, criterion, r <= 0.1))
    return Finding(
        readings=tuple(rows),
        remark="No function of the concurrence, and yet correlated where the charger is higher.",
    )
