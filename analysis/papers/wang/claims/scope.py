"""Claims of Wang et al. on how far their results reach: reservoirs, sides, the dip, the power."""

import numpy as np

from analysis.papers.figure import Changes
from analysis.papers.rule import Rule, under
from analysis.papers.wang.model import Wang
from analysis.papers.wang.readings import (
    CLAIMS,
    EQUATIONS,
    EVERY,
    MEANS,
    POWER_TIMES,
    SIGNS,
    equilibrium,
    grid,
    line,
    powers,
    side,
)

_STRONG = 8.0  # lambda; of the map's 10, what counts as a strong difference


@CLAIMS.claim(45, "Abstract", "4d")
@under(
    {
        f"{case}, mean potential {mean:g}, Delta mu {'>' if over > 0 else '<'} 0": (
            changes,
            mean,
            sign,
            over,
        )
        for case, changes in EVERY.items()
        for mean, sign in ((-6.0, 1), (6.0, -1))
        for over in (1, -1)
    },
    Rule("best efficiency on the named side of resonance less that on the other", "> 0"),
    "|Delta mu| >= 8 lambda of the map's 10, |Delta| <= 5. W13 has the whole map, whose best may"
    " lie where the difference is small.",
)
def side_far_from_equilibrium(case: tuple[Changes, float, int, int]) -> float:
    """Far from equilibrium the charger should be above at a negative mean potential, else below.

    Test the side of the best efficiency where the potential difference is large.
    """
    changes, mean, sign, over = case
    found = grid(mean, **changes).efficiency
    far = found.where(over * found.potential_difference >= _STRONG, drop=True)
    return side(far, sign) - side(far, -sign)


@CLAIMS.claim(46, "Sec. II B, after Eq. 24", "3a")
@under(
    {f"mean potential {mean:g}": mean for mean in (-6.0, 0.0, 2.0)},
    Rule("energy of the passive state above the ground state, without coupling,", "< 0.01 hbar w"),
    "Without coupling charger and battery are a product, so that nothing is locked in their"
    " correlations: what is left is the heat of the battery's own reservoir. Delta = -2 lambda, as"
    " an Ohmic reservoir does nothing to a battery on resonance with the drive.",
)
def locked_in_correlations(mean: float) -> float:
    """The energy of the passive state is the part that is locked in correlations.

    Compute it where there are no correlations.
    """
    state = Wang(coupling=0.0, detuning=-2.0, mean_potential=mean).steady_state()
    return float(state.energy - state.ergotropy)


@CLAIMS.claim(47, "Sec. III, Eq. 28", "5a --set cutoff_frequency=50")
@under(
    {
        f"{words}, cutoff at {cutoff:g} lambda": (name, cutoff)
        for words, name in (("efficiency", "efficiency"), ("concurrence", "concurrence"))
        for cutoff in (2.0, 10.0, 50.0)
    },
    Rule("largest change from that with the cutoff at 5 lambda, |Delta| <= 5,", "< 0.05"),
    "Figs. 2a and 5a. The Ohmic form is kept; another power of the frequency would change more.",
)
def no_loss_of_generality(case: tuple[str, float]) -> float:
    """The choice of the spectral density is without loss of generality.

    Compare the steady states for other cutoffs.
    """
    name, cutoff = case
    usual, other = line(within=5.0), line(within=5.0, cutoff_frequency=cutoff)
    return float(np.abs(other[name] - usual[name]).max())


@CLAIMS.claim(48, "Sec. IV, Fig. 3a", "3a")
@under(
    {
        f"{name}, T = {temperature:g}": (changes, temperature)
        for name, changes in EQUATIONS.items()
        for temperature in (0.2, 0.5, 1.0, 2.0)
    },
    Rule("smallest efficiency over the largest of its curve", "< 0.1"),
)
def low_at_the_dip(case: tuple[Changes, float]) -> float:
    """At the dip the efficiency is low, possibly zero.

    Compare the efficiency at the dip with the largest over the potential.
    """
    changes, temperature = case
    _, values = equilibrium(temperature, **changes)
    return float(values.min() / values.max())


@CLAIMS.claim(49, "Sec. V, Fig. 6b", "6b")
@under(
    {
        f"mean potential {mean:g}, {sign}, {when}": (mean, sign, when)
        for mean in MEANS
        for sign in SIGNS
        for when in POWER_TIMES
    },
    Rule("largest power for Delta mu = 2 to 8 and Delta <= 0 over that at Delta mu = 0", "> 1.1"),
    "W22 asks for more power at every Delta <= 0; here it is enough that it can be reached, but it"
    " must be significantly more.",
)
def significantly_higher_power(case: tuple[float, str, str]) -> float:
    """Significantly higher power can be achieved with Delta mu > 0 and Delta <= 0.

    Compare the best powers with and without a potential difference.
    """
    mean, sign, when = case
    changes = {"mean_potential": mean, **SIGNS[sign]}
    best = max(float(powers(difference, when, **changes).max()) for difference in (2.0, 4.0, 8.0))
    return best / float(powers(0.0, when, **changes).max())


@CLAIMS.claim(50, "Sec. III", "2a")
@under(
    {
        f"Delta mu = {4 * (index - 1)}, |Delta| <= {within:g}": (index, within)
        for index in range(3)
        for within in (5.0, 10.0)
    },
    Rule("share of the detunings with a concurrence above 0.001", "> 0.5"),
)
def generally_entangled(case: tuple[int, float]) -> float:
    """The steady state generally has some entanglement.

    Count the detunings of Fig. 2a at which charger and battery are entangled.
    """
    index, within = case
    return float(np.mean(line(within=within).concurrence.values[index] > 0.001))


_WARMER = np.geomspace(0.05, 100.0, 120)


@CLAIMS.claim(51, "Sec. IV, Fig. 3b", "3b")
@under(
    {f"mu = {mu:g}": mu for mu in (-4.0, -2.0, 0.0, 2.0, 4.0)},
    Rule("temperature of a tenth of the cold efficiency over that of nine tenths", "< 10"),
    "Sharply is taken as within a decade of the temperature.",
)
def drops_sharply(potential: float) -> float:
    """As the temperature rises the efficiency drops sharply.

    Find the temperatures between which it falls.
    """
    model = Wang(mean_potential=potential)
    values = model.sweep({"temperature": _WARMER}).efficiency.values
    high, low = (_WARMER[int(np.argmax(values < part * values[0]))] for part in (0.9, 0.1))
    return float(low / high)


_FAR = {"potential_difference": np.array([8.0, 10.0]), "detuning": np.linspace(-5.0, 5.0, 11)}


@CLAIMS.claim(52, "Abstract; Sec. VI", "6b")
@under(
    {
        f"mean potential {mean:g}, Delta mu {'>' if over > 0 else '<'} 0, {when}": (
            mean,
            sign,
            over,
            when,
        )
        for mean, sign in ((-6.0, 1), (6.0, -1))
        for over in (1, -1)
        for when in POWER_TIMES
    },
    Rule("best power on the named side of resonance less that on the other", "> 0"),
    "|Delta mu| = 8 and 10 lambda, |Delta| <= 5, half each. W29 has the whole map.",
)
def power_far_from_equilibrium(case: tuple[float, int, int, str]) -> float:
    """Far from equilibrium the charger's side that the mean potential names has the larger power.

    Test the side of the best power where the potential difference is large.
    """
    mean, sign, over, when = case
    axes = {**_FAR, "potential_difference": over * _FAR["potential_difference"]}
    found = Wang(mean_potential=mean).largest_power(axes, POWER_TIMES[when])
    return side(found, sign) - side(found, -sign)
