"""How close the analysis comes to the Cramer-Rao bound, and whether its intervals are calibrated.

Truths are injected as `cqed-battery validate` injects them. Repeats of the right model use its
second-order expansion, which is compared with exact fits here; wrong models are fitted exactly.
"""

import time
from typing import Any

import numpy as np

from analysis.estimators.ergotropy.ergotropy import estimate_ergotropy
from analysis.estimators.global_fit import ForwardModel, default_parameters, fit_counts
from analysis.estimators.state.assignment import Assignment
from analysis.estimators.state.bloch import estimate_bloch
from analysis.validation.coverage_study import run_study
from analysis.validation.devices.scenarios import (
    Scenario,
    ignored_detuning,
    ignored_rise,
    random_device,
    this_device,
    two_levels,
)
from analysis.validation.outcomes.presentation import study_dict
from analysis.validation.outcomes.statistics import Study, summarise
from analysis.validation.repeats.estimators import fit_run
from analysis.validation.repeats.simulated_runs import SimulatedRuns
from benchmarks.null_runs import null_rates
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.experiment import Experiment

PROMISED = ("energy", "energy_rate", "heat_current", "ergotropy")
STATES = {
    "mixed": (0.0, 0.0, 0.0),
    "almost mixed": (0.0, 0.0, -0.05),
    "passive": (0.0, 0.0, -0.5),
    "empty": (0.0, 0.0, -1.0),
    "near mixed": (0.1, 0.0, 0.0),
    "near passive": (0.1, 0.0, -0.5),
    "any": (0.3, -0.4, 0.2),
    "equator": (1.0, 0.0, 0.0),
    "inverted": (0.0, 0.0, 0.98),
    "tilted": (0.2, 0.0, 0.97),
}
_TINY = {
    "charging.stop_ns": 8.0,
    "charging.points": 5,
    "vacuum.method": "none",
    "drive.rabi_rate_MHz": 20.0,
    "reset.resonator_photons": 0.0,
    "resonator.fock_levels": 4,
}


def main(arguments: list[str] | None = None) -> None:
    """Measure every promise and say which are kept."""
    options = parser(__doc__)
    options.add_argument("--repeats", type=int, default=1000, help="runs of each right model")
    options.add_argument("--wrong", type=int, default=40, help="runs of each wrong model")
    options.add_argument("--nulls", type=int, default=2000, help="runs of each null experiment")
    chosen = options.parse_args(arguments)
    tiny = chosen.tiny
    repeats, wrong = (3, 2) if tiny else (chosen.repeats, chosen.wrong)
    experiment = Experiment().replace(_TINY if tiny else {})
    numbers: dict[str, Any] = {"timing": _timing(experiment)}
    right = _right(experiment, repeats, tiny=tiny)
    bad = _wrong(experiment, wrong)
    right["both"] = bad.pop("both")
    states = pointwise(5 if tiny else 1000)
    nulls = null_rates(experiment, (1000, 10**5), 5 if tiny else chosen.nulls)
    numbers |= {
        "right": {name: study_dict(study) for name, study in right.items()},
        "wrong": {name: study_dict(study) for name, study in bad.items()},
        "pointwise_ergotropy": states,
        "null_runs": nulls,
    }
    for name, study in {**right, **bad}.items():
        _print(name, study)
    targets = _targets(right, bad, states, nulls, numbers["timing"])
    save("inference", chosen.out, _plain(numbers), targets, tiny=tiny)


def _right(experiment: Experiment, repeats: int, *, tiny: bool) -> dict[str, Study]:
    scenarios = {
        f"{shots} shots": this_device(
            experiment.replace({"tomography.shots": shots, "vacuum.shots": shots})
        )
        for shots in ((1000,) if tiny else (50, 1000, 5000))
    }
    scenarios["random device"] = random_device(experiment, 1, 5)
    return _studies(scenarios, repeats, fits_only=True)


def _wrong(experiment: Experiment, repeats: int) -> dict[str, Study]:
    wrong = [two_levels(experiment), ignored_rise(experiment), ignored_detuning(experiment)]
    scenarios = {"both": this_device(experiment), **{s.name: s for s in wrong}}
    return _studies(scenarios, repeats, fits_only=False)


def _studies(scenarios: dict[str, Scenario], repeats: int, *, fits_only: bool) -> dict[str, Study]:
    estimators = ("global fit",) if fits_only else ("global fit", "model-free")
    chosen = list(scenarios.values())
    outcomes = run_study(chosen, repeats, 7, estimators=estimators, expanded=fits_only)
    studies = [summarise(s, found) for s, found in zip(chosen, outcomes, strict=True)]
    return dict(zip(scenarios, studies, strict=True))


def _timing(experiment: Experiment) -> dict[str, float]:
    """Seconds of the default run's fit with its model, and of 1000 states with ergotropies."""
    simulated = SimulatedRuns(this_device(experiment))
    run = simulated.measure(np.random.default_rng(1))
    start = time.perf_counter()
    model = ForwardModel(experiment, default_parameters(experiment))
    exact = fit_counts(model, run.counts, centre=run.calibrated)
    fit_seconds = time.perf_counter() - start
    expanded = SimulatedRuns(this_device(experiment), expanded=True)
    apart = np.abs((fit_run(expanded, run).theta - exact.theta) / exact.std).max()
    counts = _counted((0.3, -0.4, 0.2), 1000, 1000, np.random.default_rng(2))
    start = time.perf_counter()
    bloch = estimate_bloch(counts, _KNOWN, np.zeros((1000, 3)), 0.0)
    estimate_ergotropy(bloch.linear, bloch.covariance, bloch.spread)
    return {
        "global_fit_seconds": fit_seconds,
        "thousand_states_seconds": time.perf_counter() - start,
        "expansion_apart_sigmas": float(apart),
    }


_KNOWN = Assignment(0.01, 0.04, 1e-9, 1e-9)


def _counted(
    state: tuple[float, float, float], shots: int, runs: int, rng: np.random.Generator
) -> np.ndarray:
    q = _KNOWN.p1_given_0 + _KNOWN.contrast * (1 + np.array(state)) / 2
    ones = rng.binomial(shots, np.broadcast_to(q, (runs, 3)))
    return np.stack([shots - ones, ones], axis=-1)


def pointwise(runs: int) -> dict[str, dict[str, float]]:
    """Return coverage and bias of the pointwise ergotropy, state by state."""
    rng, found = np.random.default_rng(8), {}
    for name, state in STATES.items():
        true = (np.linalg.norm(state) + state[2]) / 2
        for shots in (100, 1000):
            counts = _counted(state, shots, runs, rng)
            bloch = estimate_bloch(counts, _KNOWN, np.zeros((runs, 3)), 0.0)
            erg = estimate_ergotropy(bloch.linear, bloch.covariance, bloch.spread)
            held = (erg.low <= true + 1e-9) & (true <= erg.high + 1e-9)
            error = erg.value - true
            found[f"{name}, {shots} shots"] = {
                "coverage": float(held.mean()),
                "coverage_error": float(np.sqrt(held.mean() * (1 - held.mean()) / runs)),
                "bias_sigmas": float(error.mean() / max(float(error.std()), 1e-12)),
                "ergotropy": float(true),
            }
    return found


def _targets(
    right: dict[str, Study],
    bad: dict[str, Study],
    states: dict[str, dict[str, float]],
    nulls: dict[str, Any],
    timing: dict[str, float],
) -> list[Target]:
    fits = {name: study for name, study in right.items() if name != "both"}
    rows = [row for study in fits.values() for row in study.rows if row.quantity in PROMISED]
    bands = [row for row in bad_rows(bad) if row.quantity in PROMISED]
    flags = sum(study.flagged.value * study.repeats for study in fits.values())
    alarms = flags / sum(study.repeats for study in fits.values())
    held = [entry["coverage"] for entry in states.values()]
    calm = [
        abs(entry["bias_sigmas"])
        for name, entry in states.items()
        if entry["ergotropy"] > 0 and name.endswith(", 1000 shots")
    ]
    free = [
        row.coverage.value
        for row in right["both"].rows
        if row.estimator == "model-free" and row.quantity in PROMISED
    ]
    false = [entry["shots_and_rabi_rate"] for entry in nulls.values()]
    return [
        Target("largest RMSE / bound", max(r.over_bound.value for r in rows), 1.05, False),
        Target("least mean coverage", min(r.coverage.value for r in rows), 0.93),
        Target("largest mean coverage", max(r.coverage.value for r in rows), 0.97, False),
        Target("least coverage at a single time", min(r.worst.value for r in rows), 0.85),
        Target("least pointwise ergotropy coverage", min(held), 0.92),
        Target("largest pointwise ergotropy coverage", max(held), 0.98, False),
        Target("largest pointwise bias, sigma", max(calm), 0.1, False),
        Target("J: model-free / global-fit RMSE", _sharper(right["both"]), 5.0),
        Target("least model-free coverage", min(free), 0.93),
        Target("largest model-free coverage", max(free), 0.97, False),
        Target("power against wrong models", min(s.flagged.value for s in bad.values()), 0.95),
        Target("false alarms, least", alarms, 0.04),
        Target("false alarms, most", alarms, 0.06, False),
        Target("least reported coverage, wrong models", min(r.coverage.value for r in bands), 0.9),
        Target("false J < 0, least", min(false), 0.04),
        Target("false J < 0, most", max(false), 0.06, False),
        Target("global fit, s", timing["global_fit_seconds"], 10.0, False),
        Target("1000 states, s", timing["thousand_states_seconds"], 0.1, False),
        Target("expansion apart, sigma", timing["expansion_apart_sigmas"], 0.05, False),
    ]


def bad_rows(bad: dict[str, Study]) -> list[Any]:
    """Return the rows of what is reported when the model is wrong."""
    return [row for study in bad.values() for row in study.rows if row.estimator == "reported"]


def _sharper(study: Study) -> float:
    rmse = {r.estimator: r.rmse for r in study.rows if r.quantity == "heat_current"}
    return rmse["model-free"] / rmse["global fit"]


def _print(name: str, study: Study) -> None:
    print_table(
        f"{name}: {study.repeats} runs, flagged {study.flagged.value:.3f}",
        ("quantity", "by", "RMSE / bound", "pull mean", "pull std", "coverage", "worst"),
        [
            (
                row.quantity,
                row.estimator,
                f"{row.over_bound.value:.3f}",
                f"{row.pull_mean.value:+.3f}",
                f"{row.pull_std:.3f}",
                f"{row.coverage.value:.3f} +- {row.coverage.error:.3f}",
                f"{row.worst.value:.3f}",
            )
            for row in study.rows
        ],
    )


def _plain(value: Any) -> Any:
    """Return plain values, None where a number is not finite."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


if __name__ == "__main__":
    main()
