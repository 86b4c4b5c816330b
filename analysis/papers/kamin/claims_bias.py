"""Claims of Kamin et al. out of equilibrium: every qubit has a reservoir of its own."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.kamin.figures import BIASED, EQUILIBRIUM, GROWING, ergotropies
from analysis.papers.kamin.model import Kamin
from analysis.papers.kamin.readings import (
    CAPACITY,
    COUPLINGS,
    DIFFERENCES,
    NETWORKS,
    SCALES,
    TEMPERATURES,
    ergotropy,
    judged,
    largest_step,
    not_falling,
    not_rising,
    onset,
    smallest_step,
)
from cqed_battery.operators import FloatArray


def _over_differences(model: Kamin, potential: float, values: FloatArray) -> FloatArray:
    return ergotropies(model.replace({"potential": potential}), "potential_difference", values)


def grows_with_difference() -> Finding:
    """The smallest step of W along Delta mu, over several mu_1."""
    models = {name: BIASED.replace(change) for name, change in NETWORKS.items()}
    numbers = {
        f"{name}, mu_1 {words}": min(
            smallest_step(_over_differences(model, mu, DIFFERENCES)) for mu in potentials
        )
        for name, model in models.items()
        for words, potentials in (
            (">= omega", (1.0, 2.0, 4.0, 8.0)),
            ("< omega", (-4.0, -1.0, 0.0)),
        )
    }
    remark = "Below mu_1 = omega a bias is needed before there is any ergotropy, then W grows too."
    criterion = "smallest step from Delta mu = 0 to 20 is >= 0"
    return judged(numbers, CAPACITY, criterion, not_falling, remark)


def high_potential_suffices() -> Finding:
    """The least W over Delta mu at mu_1 = 8."""
    models = {name: BIASED.replace(change) for name, change in (NETWORKS | SCALES).items()}
    numbers = {
        f"{name}, Delta mu >= 0": float(_over_differences(model, 8.0, DIFFERENCES).min())
        for name, model in models.items()
        if model != BIASED or name == "star"
    }
    back = _over_differences(models["star"], 8.0, -DIFFERENCES[::-1])
    numbers["star, Delta mu < 0"] = float(back.min())
    remark = "Ancillas whose reservoirs are nearly empty drain the battery through the coupling."
    criterion = "W > 0.99 at mu_1 = 8 for |Delta mu| up to 20"
    return judged(numbers, CAPACITY, criterion, lambda w: w > 0.99, remark)


def levels_off_with_difference() -> Finding:
    """The change of W when a large Delta mu doubles, over several mu_1."""
    far = np.array([40.0, 80.0])
    numbers = {
        name: max(
            abs(largest_step(_over_differences(BIASED.replace(change), mu, far)))
            for mu in (-4.0, 0.0, 1.0, 2.0, 8.0)
        )
        for name, change in (NETWORKS | SCALES).items()
        if name != "n at omega = 1"
    }
    criterion = "W changes by < 1e-6 from Delta mu = 40 to 80"
    return judged(numbers, CAPACITY, criterion, lambda change: change < 1e-6)


def grows_with_coupling() -> Finding:
    """The smallest step of W along J."""
    models = {name: BIASED.replace(change) for name, change in NETWORKS.items()}
    models["star, N = 40"] = BIASED.replace({"qubits": 40})
    models["star, mu_1 = 4, Delta mu = -4"] = BIASED.replace(
        {"potential": 4.0, "potential_difference": -4.0}
    )
    numbers = {
        name: smallest_step(ergotropies(model, "coupling", COUPLINGS))
        for name, model in models.items()
    }
    remark = "Coupling brings the battery's occupation nearer to that of its neighbours."
    return judged(
        numbers, CAPACITY, "smallest step from J = 0.05 to 100 is >= 0", not_falling, remark
    )


def weak_coupling_suppresses() -> Finding:
    """W at J = 0.1 as a share of W at J = 1."""
    models = {name: BIASED.replace(change) for name, change in NETWORKS.items()}
    models["star, Delta mu = 20"] = BIASED.replace({"potential_difference": 20.0})
    models["star, N = 40"] = BIASED.replace({"qubits": 40})
    models["star, mu_1 = 8"] = BIASED.replace({"potential": 8.0})
    numbers = {
        name: ergotropy(model.replace({"coupling": 0.1})) / ergotropy(model)
        for name, model in models.items()
    }
    remark = "Many ancillas act together as a coupling larger by the root of their number."
    return judged(numbers, "share", "W(J = 0.1) < 0.1 W(J = 1)", lambda share: share < 0.1, remark)


def strong_coupling_levels_off() -> Finding:
    """The rise of W from J = 1 to 100 beside its rise from 0 to 1."""
    models = {name: BIASED.replace(change) for name, change in NETWORKS.items()}
    numbers = {
        name: ergotropy(model.replace({"coupling": 100.0})) / ergotropy(model) - 1
        for name, model in models.items()
    }
    remark = "The sentence gives no number; the criterion asks that most of the rise is over."
    criterion = "W rises less from J = 1 to 100 than from 0 to 1, ratio < 1"
    return judged(numbers, "ratio", criterion, lambda ratio: ratio < 1, remark)


def hot_battery_is_empty() -> Finding:
    """W at T = 50, at the parameters of Fig. 5."""
    numbers = {
        name: ergotropy(BIASED.replace({**change, "temperature": 50.0}))
        for name, change in NETWORKS.items()
    }
    return judged(numbers, CAPACITY, "W < 0.02 at T = 50", lambda w: w < 0.02)


def heat_harms_always() -> Finding:
    """The largest step of W along T, at several parameters."""
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
    return judged(numbers, CAPACITY, "no step from T = 0.1 to 50 is > 0", not_rising, remark)


def ancillas_help() -> Finding:
    """The smallest step of W from N to N + 1, at mu_1 = 0 and Delta mu = 4."""
    sizes, few = np.array([2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 40]), np.arange(2, 7)
    chain = GROWING.replace({"network": "chain"})
    cases = {
        "star, J = 1, N to 40": (GROWING, sizes),
        "star, J = 10, N to 6": (GROWING.replace({"coupling": 10.0}), few),
        "star, J = 10, N to 40": (GROWING.replace({"coupling": 10.0}), sizes),
        "star, J = 10, Delta mu = 16, N to 5": (
            GROWING.replace({"coupling": 10.0, "potential_difference": 16.0}),
            few[:4],
        ),
        "chain, J = 1, N to 6": (chain, few),
        "chain, J = 10, N to 6": (chain.replace({"coupling": 10.0}), few),
    }
    numbers = {
        name: smallest_step(ergotropies(model, "qubits", values))
        for name, (model, values) in cases.items()
    }
    strong = ergotropies(cases["star, J = 10, N to 40"][0], "qubits", sizes)
    remark = f"At J = 10 and Delta mu = 4 the star does best with N = {sizes[strong.argmax()]}."
    return judged(numbers, CAPACITY, "smallest step is >= 0", not_falling, remark)


def fewer_need_more_bias() -> Finding:
    """The Delta mu at which ergotropy begins, for N = 2 to 5 at mu_1 = 0."""
    onsets = {
        name: np.array(
            [
                onset(GROWING.replace({**change, "qubits": n}), "potential_difference", 0.0, 40.0)
                for n in range(2, 6)
            ]
        )
        for name, change in {**NETWORKS, "star, J = 10": {"coupling": 10.0}}.items()
    }
    shown = "; ".join(f"{name}: {', '.join(f'{v:.3f}' for v in o)}" for name, o in onsets.items())
    numbers = {name: largest_step(values) for name, values in onsets.items()}
    criterion = "the bias at onset falls from each N to the next, N = 2 to 5"
    remark = f"Delta mu at onset for N = 2 to 5: {shown}."
    return judged(numbers, "Delta mu", criterion, lambda step: step < 0, remark)


def many_matter_less() -> Finding:
    """The step of W from N = 5 to 6 beside that from 2 to 3, at large bias."""
    numbers = {}
    for name, change in NETWORKS.items():
        model = GROWING.replace({**change, "potential_difference": 12.0})
        steps = np.diff(ergotropies(model, "qubits", np.array([2, 3, 5, 6])))
        numbers[name] = float(steps[2] / steps[0])
    criterion = "W(6) - W(5) is below a quarter of W(3) - W(2)"
    return judged(numbers, "ratio", criterion, lambda ratio: ratio < 0.25)


def slow_reservoirs_help() -> Finding:
    """W with n taken at omega = 1 less W with n taken at the qubits' own energy."""
    low = ergotropy(BIASED)
    numbers = {name: low - ergotropy(BIASED.replace(SCALES[name])) for name in list(SCALES)[1:]}
    remark = (
        "The model takes n at an energy below the qubits' own splitting; it does not derive "
        "that such a reservoir exchanges quanta with them."
    )
    return judged(numbers, CAPACITY, "W is larger at omega = 1", lambda gain: gain > 0, remark)
