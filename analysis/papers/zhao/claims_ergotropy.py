"""What Zhao's texts say of the ergotropy and the catalyst, computed under their readings."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import TypeAlias

import numpy as np

from analysis.papers.claim import Finding, Reading
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    DRIVE,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Z2_DEPHASING,
    Case,
    Options,
    Rule,
    ergotropy,
    grouped,
    run,
    with_words,
)
from cqed_battery.operators import FloatArray

Statistic: TypeAlias = Callable[[FloatArray], float]

SMALLEST_GAIN = 0.01  # u; the battery holds 2 u at most
STATISTICS: dict[str, Statistic] = {
    "peak": lambda values: float(values.max()),
    "mean over t <= 60": lambda values: float(values.mean()),
    "late mean, 50 <= t <= 60": lambda values: float(values[LATE].mean()),
}
_SHOWN: tuple[tuple[str, Case], ...] = (
    ("the lower level, passive state proper", {}),
    (
        "the upper level, opposite order without its sign, 2 gamma_D",
        {"start": "upper", "passive": "size of opposite", "dephasing": "sigma_z"},
    ),
)
_SCANS = {
    "omega_c": (0.01, 0.5, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0),
    "g": (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
}
_RATES = {"kappa": (0.05, 0.2, 0.5, 1.0), "gamma_D": (0.01, 0.05, 0.1, 0.2)}


def gain(case: Case, statistic: Statistic, **changes: float) -> float:
    """Return a statistic of the ergotropy with the catalyst less that without it, in u."""
    alone = ergotropy(case, catalyst=False, **changes)
    return statistic(ergotropy(case, **changes)) - statistic(alone)


def raised(name: str, dephasing: Options) -> Finding:
    """Test whether the catalyst raises a statistic of the ergotropy, at Table I."""
    rule = Rule(f"gain of the {name}", SMALLEST_GAIN, "u")
    options = {**START, **PASSIVE, **dephasing, **DRIVE}
    readings = grouped(options, lambda case: gain(case, STATISTICS[name]), rule)
    with_catalyst, alone = (STATISTICS[name](ergotropy({}, catalyst=c)) for c in (True, False))
    return Finding(
        readings=readings,
        remark=f"With the start in the lower level, the passive state proper and Z2's Eq. 9 it is "
        f"{with_catalyst:.3f} u with the catalyst and {alone:.3f} u without. A battery that "
        "starts in its upper level is full, so that its peak is at t = 0 with and without it.",
    )


def persistently_superior(dephasing: Options) -> Finding:
    """Test whether the catalysed ergotropy is the higher one at nearly all times."""

    def share(case: Case) -> float:
        return float(np.mean((ergotropy(case) > ergotropy(case, catalyst=False))[1:]))

    rule = Rule("share of the time 0 < t <= 60 in which it is higher", 0.95)
    return Finding(readings=grouped({**START, **PASSIVE, **dephasing, **DRIVE}, share, rule))


def starts_without_ergotropy() -> Finding:
    """Test which readings give the battery no ergotropy at the start."""
    rule = Rule("size of the ergotropy at t = 0", 1e-9, "u", above=False)
    return Finding(
        readings=grouped({**START, **PASSIVE}, lambda case: abs(ergotropy(case)[0]), rule),
        remark="The text's own start in the ground state with the passive state proper, and the "
        "start above with the opposite order, are the two that fit this sentence.",
    )


def raised_for_ever() -> Finding:
    """Test the gain of the ergotropy at Z1's longest time, where the start is forgotten."""
    times = np.linspace(0.0, 300.0, 3001)
    late = times >= 250.0

    def later(case: Case) -> float:
        """Return the late mean ergotropy with the catalyst less that without."""
        model = Zhao().replace(case)
        means = [
            model.replace({"catalyst": there}).simulate(times).ergotropy.to_numpy()[late].mean()
            for there in (True, False)
        ]
        return float(means[0] - means[1])

    options = {**START, **Z2_DEPHASING, "drive": ("rotating-wave",)}
    return Finding(
        readings=grouped(options, later, Rule("gain of the mean, 250 <= t <= 300", 0.01, "u")),
        remark="By then the battery without catalyst is nearly fully mixed. The passive state is "
        "filled ground first, and the drive's resonant half acts.",
    )


def uncatalysed_decays(dephasing: Options) -> Finding:
    """Test whether the uncatalysed ergotropy ends well below its early peak."""

    def ratio(case: Case) -> float:
        values = np.abs(ergotropy(case, catalyst=False))
        return float(values[LATE].mean() / values.max())

    options = {**START, "passive": ("ground first", "opposite"), **dephasing, **DRIVE}
    rule = Rule("late mean over peak", 0.5, above=False)
    return Finding(
        readings=grouped(options, ratio, rule),
        remark="At t = 60 it still oscillates. What it tends to is 0: dephasing under a resonant "
        "drive ends in the fully mixed state, so that the lower value is no charge at all.",
    )


def robust(parameter: str, dephasing: Options) -> Finding:
    """Test whether the mean ergotropy is raised at every value of a rate of loss."""

    def worst(case: Case) -> float:
        statistic = STATISTICS["mean over t <= 60"]
        return min(gain(case, statistic, **{parameter: value}) for value in _RATES[parameter])

    values = ", ".join(f"{value:g}" for value in _RATES[parameter])
    rule = Rule(f"smallest gain of the mean for {parameter} = {values}", SMALLEST_GAIN, "u")
    return Finding(
        readings=grouped({**START, **PASSIVE, **dephasing}, worst, rule),
        remark="The reference without catalyst has the same dephasing rate.",
    )


def restricted_window() -> Finding:
    """Test whether the gain is positive and largest inside a scan of omega_c and of g."""
    cases = product(_SCANS, STATISTICS, _SHOWN)
    return Finding(
        readings=tuple(_window(parameter, name, *shown) for parameter, name, shown in cases)
    )


def _window(parameter: str, name: str, words: str, case: Case) -> Reading:
    values = _SCANS[parameter]
    kappa = {"kappa": 0.5} if parameter == "omega_c" else {}
    gains = [gain(case, STATISTICS[name], **{**kappa, parameter: value}) for value in values]
    best = int(np.argmax(gains))
    return Reading(
        name=f"the {name} over {parameter}, {words}",
        number=gains[best],
        unit="u",
        criterion=f"largest gain > {SMALLEST_GAIN:g} u, and not at an end of the scan "
        f"(found at {parameter} = {values[best]:g})",
        holds=gains[best] > SMALLEST_GAIN and 0 < best < len(values) - 1,
    )


def catalyst_returns() -> Finding:
    """Test whether the catalyst keeps its energy, its photons and its vacuum."""
    empty = Rule("largest energy of the catalyst", 0.02, "u", above=False)
    photons = Rule("largest photon number", 0.05, above=False)
    vacuum = Rule("vacuum fidelity at t = 60", 0.95)
    start = {**START, **Z2_DEPHASING}

    def largest(name: str, omega_c: float) -> Callable[[Case], float]:
        return lambda case: float(run(case, omega_c=omega_c)[name].max())

    def fidelity(case: Case) -> float:
        return float(run(case).vacuum_fidelity[-1])

    rows = (
        ("its energy with omega_c = 0.01 is meant", empty, largest("catalyst_energy", 0.01)),
        ("its energy with omega_c = 2 is meant", empty, largest("catalyst_energy", 2.0)),
        ("its photons with omega_c = 0.01 are meant", photons, largest("photon_number", 0.01)),
        ("its vacuum with omega_c = 0.01 is meant", vacuum, fidelity),
    )
    return Finding(
        readings=tuple(
            reading
            for words, rule, number in rows
            for reading in with_words(words, grouped(start, number, rule))
        ),
        remark="The energy is omega_c times the photon number. It is small because omega_c = 0.01 "
        "is, not because the catalyst stays empty. The whole drive acts.",
    )


def three_levels_suffice() -> Finding:
    """Compare three Fock levels, as in the papers, with a converged number."""
    rule = Rule("largest change of the ergotropy", 0.02, "u", above=False)

    def change(case: Case, changes: Mapping[str, float]) -> float:
        exact, cut = ergotropy(case, **changes), ergotropy(case, fock_levels=3, **changes)
        return float(np.abs(exact - cut).max())

    tables: tuple[tuple[str, dict[str, float]], ...] = (
        ("Table I, omega_c = 0.01", {}),
        ("panel (a), omega_c = 1", {"omega_c": 1.0, "kappa": 0.5}),
        ("panel (a), omega_c = 2", {"omega_c": 2.0, "kappa": 0.5}),
    )
    readings = [
        reading
        for words, table in tables
        for reading in with_words(
            f"the parameters are those of {words}",
            grouped({**START, **DRIVE}, partial(change, changes=table), rule),
        )
    ]
    cut = Zhao(omega_c=2.0, kappa=0.5, start="upper", fock_levels=3).simulate(TIMES[::20])
    return Finding(
        readings=tuple(readings),
        remark=f"On resonance, with the start in the upper level: {cut.attrs['fock_statement']}.",
    )
