"""Claims of Kamin et al. out of equilibrium: every qubit has a reservoir of its own."""

from collections.abc import Sequence

import numpy as np

from analysis.papers.figure import NamedChanges
from analysis.papers.finding import Finding
from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.model import Kamin
from analysis.papers.kamin.readings import (
    CLAIMS,
    COUPLINGS,
    DIFFERENCES,
    NETWORKS,
    SCALES,
    TEMPERATURES,
    OfCapacity,
    ergotropy,
    largest_step,
    not_falling,
    not_rising,
    onset,
    smallest_step,
    variants,
)
from analysis.papers.rule import Rule, judged, under
from cqed_battery.operators import FloatArray

_BIASED, _GROWING = variants(BIASED, NETWORKS), variants(GROWING, NETWORKS)
_POTENTIALS = {">= omega": (1.0, 2.0, 4.0, 8.0), "< omega": (-4.0, -1.0, 0.0)}
_BACK: NamedChanges = {
    "star, N = 40": {"qubits": 40},
    "star, mu_1 = 4, Delta mu = -4": {"potential": 4.0, "potential_difference": -4.0},
}
_STRONGER: NamedChanges = {
    "star, Delta mu = 20": {"potential_difference": 20.0},
    "star, N = 40": {"qubits": 40},
    "star, mu_1 = 8": {"potential": 8.0},
}


def _over_differences(model: Kamin, potential: float, values: FloatArray) -> FloatArray:
    return ergotropies(model.replace({"potential": potential}), "potential_difference", values)


@CLAIMS.claim(7, "Abstract; Sec. III B, Fig. 3; Sec. IV", "3")
@under(
    {
        f"{name}, mu_1 {words}": (model, values)
        for name, model in _BIASED.items()
        for words, values in _POTENTIALS.items()
    },
    OfCapacity("smallest step from Delta mu = 0 to 20 is >= 0", not_falling),
    "Below mu_1 = omega a bias is needed before there is any ergotropy, then W grows too.",
)
def grows_with_difference(case: tuple[Kamin, Sequence[float]]) -> float:
    """Ergotropy grows monotonically with Delta mu, at least for mu_1 >= omega.

    The smallest step of W along Delta mu, over several mu_1.
    """
    model, potentials = case
    return min(smallest_step(_over_differences(model, mu, DIFFERENCES)) for mu in potentials)


@CLAIMS.claim(8, "Abstract; Sec. III B, Fig. 3", "3")
@under(
    {
        **{
            f"{name}, Delta mu >= 0": (model, DIFFERENCES)
            for name, model in variants(BIASED, NETWORKS, SCALES).items()
            if model != BIASED or name == "star"
        },
        "star, Delta mu < 0": (BIASED, -DIFFERENCES[::-1]),
    },
    OfCapacity("W", "> 0.99", "at mu_1 = 8 for |Delta mu| up to 20"),
    "Ancillas whose reservoirs are nearly empty drain the battery through the coupling.",
)
def high_potential_suffices(case: tuple[Kamin, FloatArray]) -> float:
    """A high mu_1, such as 8, charges the battery nearly fully whatever Delta mu is.

    The least W over Delta mu at mu_1 = 8.
    """
    model, differences = case
    return float(_over_differences(model, 8.0, differences).min())


@CLAIMS.claim(9, "Sec. III B, Fig. 3", "3")
@under(
    {k: model for k, model in variants(BIASED, NETWORKS, SCALES).items() if k != "n at omega = 1"},
    OfCapacity("W changes by", "< 1e-6", "from Delta mu = 40 to 80"),
)
def levels_off_with_difference(model: Kamin) -> float:
    """Ergotropy tends to a constant as Delta mu grows.

    The change of W when a large Delta mu doubles, over several mu_1.
    """
    far, potentials = np.array([40.0, 80.0]), (-4.0, 0.0, 1.0, 2.0, 8.0)
    return max(abs(largest_step(_over_differences(model, mu, far))) for mu in potentials)


@CLAIMS.claim(10, "Sec. III B, Fig. 4", "4")
@under(
    variants(BIASED, NETWORKS, _BACK),
    OfCapacity("smallest step from J = 0.05 to 100 is >= 0", not_falling),
    "Coupling brings the battery's occupation nearer to that of its neighbours.",
)
def grows_with_coupling(model: Kamin) -> float:
    """Ergotropy grows with the coupling J.

    The smallest step of W along J.
    """
    return smallest_step(ergotropies(model, "coupling", COUPLINGS))


@CLAIMS.claim(11, "Abstract; Sec. III B, Fig. 4; Sec. IV", "4")
@under(
    variants(BIASED, NETWORKS, _STRONGER),
    Rule("W(J = 0.1)", "< 0.1", "W(J = 1)", unit="share"),
    "Many ancillas act together as a coupling larger by the root of their number.",
)
def weak_coupling_suppresses(model: Kamin) -> float:
    """Weak coupling suppresses charging strongly, whatever the bias.

    W at J = 0.1 as a share of W at J = 1.
    """
    return ergotropy(model.replace({"coupling": 0.1})) / ergotropy(model)


@CLAIMS.claim(12, "Sec. III B, Fig. 4", "4")
@under(
    _BIASED,
    Rule("W rises less from J = 1 to 100 than from 0 to 1, ratio", "< 1", unit="ratio"),
    "The sentence gives no number; the criterion asks that most of the rise is over.",
)
def strong_coupling_levels_off(model: Kamin) -> float:
    """From J = omega on the coupling's value matters little.

    The rise of W from J = 1 to 100 beside its rise from 0 to 1.
    """
    return ergotropy(model.replace({"coupling": 100.0})) / ergotropy(model) - 1


@CLAIMS.claim(13, "Sec. III B, Fig. 5", "5")
@under(_BIASED, OfCapacity("W", "< 0.02", "at T = 50"))
def hot_battery_is_empty(model: Kamin) -> float:
    """At high temperature the battery stays almost empty.

    W at T = 50, at the parameters of Fig. 5.
    """
    return ergotropy(model.replace({"temperature": 50.0}))


def _harmless_heat() -> str:
    cold, warm = (ergotropy(GROWING.replace({"temperature": t})) for t in (0.1, 1.0))
    return (
        "Where mu_1 < omega, heat fills the battery's own reservoir: at mu_1 = 0, Delta mu = 4 "
        f"W rises from {cold:.4f} at T = 0.1 to {warm:.4f} at T = 1."
    )


@CLAIMS.claim(14, "Abstract", "5 --set potential=0 --set potential_difference=4")
@under(
    {
        "equilibrium, mu = 2": (EQUILIBRIUM.replace({"potential": 2.0}), "temperature"),
        "mu_1 = 1, Delta mu = 2 (Fig. 5)": (BIASED, "temperature"),
        "mu_1 = 0, Delta mu = 2": (GROWING.replace({"potential_difference": 2.0}), "temperature"),
        "mu_1 = 0, Delta mu = 4": (GROWING, "temperature"),
        "mu_1 = 0, Delta mu = 4, chain": (GROWING.replace({"network": "chain"}), "temperature"),
        "mu_1 = 0, Delta mu = 4, T_1 alone": (GROWING, "battery_temperature"),
    },
    OfCapacity("no step from T = 0.1 to 50 is > 0", not_rising),
    _harmless_heat,
)
def heat_harms_always(case: tuple[Kamin, str]) -> float:
    """A high temperature of the reservoirs harms in every regime.

    The largest step of W along T, at several parameters.
    """
    return largest_step(ergotropies(*case, TEMPERATURES))


_SIZES, _FEW = np.array([2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 40]), np.arange(2, 7)
_STRONG, _CHAIN = GROWING.replace({"coupling": 10.0}), GROWING.replace({"network": "chain"})


def _best_size() -> str:
    best = _SIZES[ergotropies(_STRONG, "qubits", _SIZES).argmax()]
    return f"At J = 10 and Delta mu = 4 the star does best with N = {best}."


@CLAIMS.claim(15, "Sec. III B, Fig. 6", "N")
@under(
    {
        "star, J = 1, N to 40": (GROWING, _SIZES),
        "star, J = 10, N to 6": (_STRONG, _FEW),
        "star, J = 10, N to 40": (_STRONG, _SIZES),
        "star, J = 10, Delta mu = 16, N to 5": (
            _STRONG.replace({"potential_difference": 16.0}),
            _FEW[:4],
        ),
        "chain, J = 1, N to 6": (_CHAIN, _FEW),
        "chain, J = 10, N to 6": (_CHAIN.replace({"coupling": 10.0}), _FEW),
    },
    OfCapacity("smallest step is >= 0", not_falling),
    _best_size,
)
def ancillas_help(case: tuple[Kamin, FloatArray]) -> float:
    """Each further ancilla raises the ergotropy.

    The smallest step of W from N to N + 1, at mu_1 = 0 and Delta mu = 4.
    """
    model, sizes = case
    return smallest_step(ergotropies(model, "qubits", sizes))


@CLAIMS.claim(16, "Sec. III B, Fig. 6", "6")
def fewer_need_more_bias() -> Finding:
    """With fewer cells a stronger bias is needed before the battery charges.

    The Delta mu at which ergotropy begins, for N = 2 to 5 at mu_1 = 0.
    """
    sizes = [{"qubits": n} for n in range(2, 6)]
    onsets = {
        name: np.array([onset(model.replace(n), "potential_difference", 0.0, 40.0) for n in sizes])
        for name, model in {**_GROWING, "star, J = 10": _STRONG}.items()
    }
    shown = "; ".join(f"{name}: {', '.join(f'{v:.3f}' for v in o)}" for name, o in onsets.items())
    words = "the bias at onset falls from each N to the next, N = 2 to 5"
    return judged(
        (
            Rule(words, lambda step: step < 0, unit="Delta mu"),
            {name: largest_step(values) for name, values in onsets.items()},
        ),
        remark=f"Delta mu at onset for N = 2 to 5: {shown}.",
    )


@CLAIMS.claim(17, "Sec. III B, Fig. 6", "6")
@under(
    _GROWING,
    Rule("W(6) - W(5) is below a quarter of W(3) - W(2)", lambda r: r < 0.25, unit="ratio"),
)
def many_matter_less(model: Kamin) -> float:
    """A further cell matters most when there are few.

    The step of W from N = 5 to 6 beside that from 2 to 3, at large bias.
    """
    model = model.replace({"potential_difference": 12.0})
    steps = np.diff(ergotropies(model, "qubits", np.array([2, 3, 5, 6])))
    return float(steps[2] / steps[0])


@CLAIMS.claim(19, "Sec. IV", "3 --set occupation_at=omega_0")
@under(
    {name: BIASED.replace(SCALES[name]) for name in list(SCALES)[1:]},
    OfCapacity("W is larger at omega = 1", lambda gain: gain > 0),
    "The model takes n at an energy below the qubits' own splitting; it does not derive "
    "that such a reservoir exchanges quanta with them.",
)
def slow_reservoirs_help(model: Kamin) -> float:
    """Reservoirs of a lower frequency than the qubits' own charge the battery better.

    W with n taken at omega = 1 less W with n taken at the qubits' own energy.
    """
    return ergotropy(BIASED) - ergotropy(model)
