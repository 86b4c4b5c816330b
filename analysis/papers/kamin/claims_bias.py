"""Claims of Kamin et al. out of equilibrium: every qubit has a reservoir of its own."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.model import Kamin
from analysis.papers.kamin.readings import (
    CLAIMS,
    COUPLINGS,
    DIFFERENCES,
    NETWORKS,
    SCALES,
    TEMPERATURES,
    NamedChanges,
    ergotropy,
    judged,
    largest_step,
    not_falling,
    not_rising,
    onset,
    smallest_step,
    variants,
)
from cqed_battery.operators import FloatArray


def _over_differences(model: Kamin, potential: float, values: FloatArray) -> FloatArray:
    return ergotropies(model.replace({"potential": potential}), "potential_difference", values)


@CLAIMS.claim(7, "Abstract; Sec. III B, Fig. 3; Sec. IV", "3")
def grows_with_difference() -> Finding:
    """Ergotropy grows monotonically with Delta mu, at least for mu_1 >= omega.

    The smallest step of W along Delta mu, over several mu_1.
    """
    potentials = {">= omega": (1.0, 2.0, 4.0, 8.0), "< omega": (-4.0, -1.0, 0.0)}
    numbers = {
        f"{name}, mu_1 {words}": min(
            smallest_step(_over_differences(model, mu, DIFFERENCES)) for mu in values
        )
        for name, model in variants(BIASED, NETWORKS).items()
        for words, values in potentials.items()
    }
    remark = "Below mu_1 = omega a bias is needed before there is any ergotropy, then W grows too."
    criterion = "smallest step from Delta mu = 0 to 20 is >= 0"
    return judged(numbers, criterion, not_falling, remark=remark)


@CLAIMS.claim(8, "Abstract; Sec. III B, Fig. 3", "3")
def high_potential_suffices() -> Finding:
    """A high mu_1, such as 8, charges the battery nearly fully whatever Delta mu is.

    The least W over Delta mu at mu_1 = 8.
    """
    models = variants(BIASED, NETWORKS, SCALES)
    numbers = {
        f"{name}, Delta mu >= 0": float(_over_differences(model, 8.0, DIFFERENCES).min())
        for name, model in models.items()
        if model != BIASED or name == "star"
    }
    back = _over_differences(models["star"], 8.0, -DIFFERENCES[::-1])
    numbers["star, Delta mu < 0"] = float(back.min())
    remark = "Ancillas whose reservoirs are nearly empty drain the battery through the coupling."
    criterion = "W > 0.99 at mu_1 = 8 for |Delta mu| up to 20"
    return judged(numbers, criterion, lambda w: w > 0.99, remark=remark)


@CLAIMS.claim(9, "Sec. III B, Fig. 3", "3")
def levels_off_with_difference() -> Finding:
    """Ergotropy tends to a constant as Delta mu grows.

    The change of W when a large Delta mu doubles, over several mu_1.
    """
    far = np.array([40.0, 80.0])
    numbers = {
        name: max(
            abs(largest_step(_over_differences(model, mu, far)))
            for mu in (-4.0, 0.0, 1.0, 2.0, 8.0)
        )
        for name, model in variants(BIASED, NETWORKS, SCALES).items()
        if name != "n at omega = 1"
    }
    criterion = "W changes by < 1e-6 from Delta mu = 40 to 80"
    return judged(numbers, criterion, lambda change: change < 1e-6)


@CLAIMS.claim(10, "Sec. III B, Fig. 4", "4")
def grows_with_coupling() -> Finding:
    """Ergotropy grows with the coupling J.

    The smallest step of W along J.
    """
    back = {"potential": 4.0, "potential_difference": -4.0}
    more: NamedChanges = {"star, N = 40": {"qubits": 40}, "star, mu_1 = 4, Delta mu = -4": back}
    models = variants(BIASED, NETWORKS, more)
    numbers = {
        name: smallest_step(ergotropies(model, "coupling", COUPLINGS))
        for name, model in models.items()
    }
    remark = "Coupling brings the battery's occupation nearer to that of its neighbours."
    criterion = "smallest step from J = 0.05 to 100 is >= 0"
    return judged(numbers, criterion, not_falling, remark=remark)


@CLAIMS.claim(11, "Abstract; Sec. III B, Fig. 4; Sec. IV", "4")
def weak_coupling_suppresses() -> Finding:
    """Weak coupling suppresses charging strongly, whatever the bias.

    W at J = 0.1 as a share of W at J = 1.
    """
    biases: NamedChanges = {
        "star, Delta mu = 20": {"potential_difference": 20.0},
        "star, N = 40": {"qubits": 40},
        "star, mu_1 = 8": {"potential": 8.0},
    }
    models = variants(BIASED, NETWORKS, biases)
    numbers = {
        name: ergotropy(model.replace({"coupling": 0.1})) / ergotropy(model)
        for name, model in models.items()
    }
    remark = "Many ancillas act together as a coupling larger by the root of their number."
    return judged(
        numbers, "W(J = 0.1) < 0.1 W(J = 1)", lambda s: s < 0.1, unit="share", remark=remark
    )


@CLAIMS.claim(12, "Sec. III B, Fig. 4", "4")
def strong_coupling_levels_off() -> Finding:
    """From J = omega on the coupling's value matters little.

    The rise of W from J = 1 to 100 beside its rise from 0 to 1.
    """
    models = variants(BIASED, NETWORKS)
    numbers = {
        name: ergotropy(model.replace({"coupling": 100.0})) / ergotropy(model) - 1
        for name, model in models.items()
    }
    remark = "The sentence gives no number; the criterion asks that most of the rise is over."
    criterion = "W rises less from J = 1 to 100 than from 0 to 1, ratio < 1"
    return judged(numbers, criterion, lambda ratio: ratio < 1, unit="ratio", remark=remark)


@CLAIMS.claim(13, "Sec. III B, Fig. 5", "5")
def hot_battery_is_empty() -> Finding:
    """At high temperature the battery stays almost empty.

    W at T = 50, at the parameters of Fig. 5.
    """
    models = variants(BIASED.replace({"temperature": 50.0}), NETWORKS)
    numbers = {name: ergotropy(model) for name, model in models.items()}
    return judged(numbers, "W < 0.02 at T = 50", lambda w: w < 0.02)


@CLAIMS.claim(14, "Abstract", "5 --set potential=0 --set potential_difference=4")
def heat_harms_always() -> Finding:
    """A high temperature of the reservoirs harms in every regime.

    The largest step of W along T, at several parameters.
    """
    models = {
        "equilibrium, mu = 2": (EQUILIBRIUM.replace({"potential": 2.0}), "temperature"),
        "mu_1 = 1, Delta mu = 2 (Fig. 5)": (BIASED, "temperature"),
        "mu_1 = 0, Delta mu = 2": (GROWING.replace({"potential_difference": 2.0}), "temperature"),
        "mu_1 = 0, Delta mu = 4": (GROWING, "temperature"),
        "mu_1 = 0, Delta mu = 4, chain": (GROWING.replace({"network": "chain"}), "temperature"),
        "mu_1 = 0, Delta mu = 4, T_1 alone": (GROWING, "battery_temperature"),
    }
    numbers = {
        name: largest_step(ergotropies(model, along, TEMPERATURES))
        for name, (model, along) in models.items()
    }
    cold, warm = (ergotropy(GROWING.replace({"temperature": t})) for t in (0.1, 1.0))
    remark = (
        "Where mu_1 < omega, heat fills the battery's own reservoir: at mu_1 = 0, Delta mu = 4 "
        f"W rises from {cold:.4f} at T = 0.1 to {warm:.4f} at T = 1."
    )
    return judged(numbers, "no step from T = 0.1 to 50 is > 0", not_rising, remark=remark)


@CLAIMS.claim(15, "Sec. III B, Fig. 6", "N")
def ancillas_help() -> Finding:
    """Each further ancilla raises the ergotropy.

    The smallest step of W from N to N + 1, at mu_1 = 0 and Delta mu = 4.
    """
    sizes, few = np.array([2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 40]), np.arange(2, 7)
    chain = GROWING.replace({"network": "chain"})
    strong = GROWING.replace({"coupling": 10.0})
    biased = strong.replace({"potential_difference": 16.0})
    cases = {
        "star, J = 1, N to 40": (GROWING, sizes),
        "star, J = 10, N to 6": (strong, few),
        "star, J = 10, N to 40": (strong, sizes),
        "star, J = 10, Delta mu = 16, N to 5": (biased, few[:4]),
        "chain, J = 1, N to 6": (chain, few),
        "chain, J = 10, N to 6": (chain.replace({"coupling": 10.0}), few),
    }
    numbers = {
        name: smallest_step(ergotropies(model, "qubits", values))
        for name, (model, values) in cases.items()
    }
    best = sizes[ergotropies(strong, "qubits", sizes).argmax()]
    remark = f"At J = 10 and Delta mu = 4 the star does best with N = {best}."
    return judged(numbers, "smallest step is >= 0", not_falling, remark=remark)


@CLAIMS.claim(16, "Sec. III B, Fig. 6", "6")
def fewer_need_more_bias() -> Finding:
    """With fewer cells a stronger bias is needed before the battery charges.

    The Delta mu at which ergotropy begins, for N = 2 to 5 at mu_1 = 0.
    """
    models = variants(GROWING, NETWORKS, {"star, J = 10": {"coupling": 10.0}})
    sizes = [{"qubits": n} for n in range(2, 6)]
    onsets = {
        name: np.array([onset(model.replace(n), "potential_difference", 0.0, 40.0) for n in sizes])
        for name, model in models.items()
    }
    shown = "; ".join(f"{name}: {', '.join(f'{v:.3f}' for v in o)}" for name, o in onsets.items())
    numbers = {name: largest_step(values) for name, values in onsets.items()}
    criterion = "the bias at onset falls from each N to the next, N = 2 to 5"
    remark = f"Delta mu at onset for N = 2 to 5: {shown}."
    return judged(numbers, criterion, lambda step: step < 0, unit="Delta mu", remark=remark)


@CLAIMS.claim(17, "Sec. III B, Fig. 6", "6")
def many_matter_less() -> Finding:
    """A further cell matters most when there are few.

    The step of W from N = 5 to 6 beside that from 2 to 3, at large bias.
    """
    numbers = {}
    models = variants(GROWING.replace({"potential_difference": 12.0}), NETWORKS)
    for name, model in models.items():
        steps = np.diff(ergotropies(model, "qubits", np.array([2, 3, 5, 6])))
        numbers[name] = float(steps[2] / steps[0])
    criterion = "W(6) - W(5) is below a quarter of W(3) - W(2)"
    return judged(numbers, criterion, lambda ratio: ratio < 0.25, unit="ratio")


@CLAIMS.claim(19, "Sec. IV", "3 --set occupation_at=omega_0")
def slow_reservoirs_help() -> Finding:
    """Reservoirs of a lower frequency than the qubits' own charge the battery better.

    W with n taken at omega = 1 less W with n taken at the qubits' own energy.
    """
    low = ergotropy(BIASED)
    numbers = {name: low - ergotropy(BIASED.replace(SCALES[name])) for name in list(SCALES)[1:]}
    remark = (
        "The model takes n at an energy below the qubits' own splitting; it does not derive "
        "that such a reservoir exchanges quanta with them."
    )
    return judged(numbers, "W is larger at omega = 1", lambda gain: gain > 0, remark=remark)
