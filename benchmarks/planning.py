"""The shot planner against simulated runs: standard deviations, significances, and shots saved.

Counts are drawn by numpy from the exact probabilities, and only the estimator in question runs,
so that its standard deviation is known to a per cent or two. Whole analyses give the
significances that a run would report.
"""

import numpy as np

from analysis.estimators.expectation import expectation
from analysis.estimators.heat.integral import HeatIntegral
from analysis.estimators.model_free import ModelFree
from analysis.estimators.windows import heat_window_end
from analysis.pipeline import analyse
from analysis.planning import parse_claim, plan
from analysis.planning.allocation import combined_reach
from analysis.planning.claims import GAIN_AT, HEAT, VACUUM, model_free
from analysis.planning.solve import Goal, needed_budget
from benchmarks.draws import dataset, draw, estimates, last_time
from benchmarks.plan_scatter import KNOWN
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

GAIN, FIDELITY = f"{GAIN_AT}:30", f"{VACUUM}:+-0.01"
KINDS = ("peak", "mean", "late")
ALONE = {"control.enabled": False, "vacuum.method": "none"}
FORTY = tuple(np.linspace(0.0, 60.0, 40))
_SIGMA = 5.0
_FINER = 10
_SEED = 20260


def main(arguments: list[str] | None = None) -> None:
    """Compare predictions with simulated runs, and the designs with one another."""
    options = parser(__doc__)
    options.add_argument("--repeats", type=int, default=20000, help="draws of each light estimator")
    options.add_argument("--runs", type=int, default=100, help="whole analyses")
    chosen = options.parse_args(arguments)
    repeats, runs = (40, 3) if chosen.tiny else (chosen.repeats, chosen.runs)
    experiment = Experiment().replace({"charging.points": 13} if chosen.tiny else {})
    found = spreads(experiment, {HEAT: repeats, GAIN: repeats, FIDELITY: repeats})
    reported = _reported(runs)
    saved = _saved(repeats)
    refused = {kind: plan(Experiment(), f"ergotropy-gain-{kind}").statement for kind in KINDS}
    _print(found, reported, saved)
    targets = [
        *(
            Target(f"std of {name}, |measured/predicted - 1|", abs(row["ratio"] - 1), 0.02, False)
            for name, row in found.items()
        ),
        Target(
            "median reported significance, |measured/predicted - 1|",
            abs(reported["ratio"] - 1),
            0.05,
            at_least=False,
        ),
        Target("uniform over 60 ns / optimal, shots", saved["uniform"]["times_fewer"], 10.0),
        Target("uniform in the window / optimal, shots", saved["window"]["times_fewer"], 2.5),
        Target(
            f"refused at the resonant point, of {len(KINDS)}",
            float(sum("forbids" in sentence for sentence in refused.values())),
            float(len(KINDS)),
        ),
    ]
    numbers = {"spreads": found, "reported": reported, "designs": saved, "refused": refused}
    save("planning", chosen.out, numbers, targets, tiny=chosen.tiny)


def spreads(
    experiment: Experiment, repeats: dict[str, int], names: tuple[str, ...] = (HEAT, GAIN, FIDELITY)
) -> dict[str, dict[str, float]]:
    """Return measured and predicted standard deviations of the estimates by shots."""
    expected = expectation(experiment)
    rng = np.random.default_rng(_SEED)
    rows = {}
    for name in names:
        planned = model_free(parse_claim(name), expected)
        shots = planned.settings.shots
        found = estimates(planned, shots, repeats[name], rng)
        linear = planned.linear(shots.astype(float))
        predicted = float(linear.shot_variance(planned.frequency, shots)[0] ** 0.5)
        measured = float(np.std(found, ddof=1))
        rows[name] = {
            "measured": measured,
            "predicted": predicted,
            "ratio": measured / predicted,
            "error_of_ratio": (2 * repeats[name]) ** -0.5,
        }
    return rows


def _heat(experiment: Experiment) -> ModelFree:
    """Return the estimator of J < 0."""
    return model_free(parse_claim(HEAT), expectation(experiment))


def _reported(runs: int) -> dict[str, float]:
    """Return the median significance of J < 0 that whole analyses report, and the planned one.

    200 shots a setting, in a file without what the claim does not use, whose device is known.
    """
    experiment = Experiment().replace(
        {**ALONE, **KNOWN, "tomography.shots": 200, "analysis.global_fit": False}
    )
    planned = _heat(experiment)
    shots = planned.settings.shots
    linear = planned.linear(shots.astype(float))  # a run reports the corrected number, the first
    predicted = float((linear.value / linear.std(planned.frequency, shots))[0])
    rng = np.random.default_rng(_SEED)
    found = []
    for _ in range(runs):
        tree = dataset(planned.settings, draw(planned, shots, rng))
        found.append(analyse(tree)["verdict"]["heat_current_negative"]["significance"])
    median = float(np.median(found))
    error = 1.2533 * float(np.std(found)) / runs**0.5 / predicted
    return {
        "predicted": predicted,
        "median": median,
        "ratio": median / predicted,
        "error_of_ratio": error,
    }


def designs(experiment: Experiment) -> dict[str, FloatArray]:
    """Return three allocations (M,) that plan 5 sigmas on S: everywhere, in the window, optimal.

    The calibration is the file's in all three.
    """
    planned = _heat(experiment)
    settings, times = planned.settings, planned.settings.times
    held = np.zeros(settings.size)
    held[settings.calibration] = settings.shots[settings.calibration]
    end = np.eye(len(times))[heat_window_end(experiment, planned.expected, times)]
    window = np.zeros_like(held)
    last = last_time(HeatIntegral.at(experiment, times).adjoint(end))
    window[2 : 2 + 3 * (last + 1)] = 1.0
    reach = combined_reach(planned.linear(held), planned.frequency, np.ones(2))
    reach[:2] = 0.0
    shares = {"uniform": planned.own, "window": window, "optimal": reach}
    goal, found = Goal(_SIGMA), {}
    for name, share in shares.items():
        budget = needed_budget(planned, goal, share / share.sum(), held)
        if budget is None:
            raise RuntimeError(f"no shots reach {_SIGMA:g} sigmas by the design {name}")
        found[name] = budget * share / share.sum()
    return found


def _saved(repeats: int) -> dict[str, dict[str, float]]:
    """Return each design's shots for 5 sigmas on S and what simulated runs of it make of them.

    Ten times the shots are drawn, so that rounding to whole ones does not matter, and no setting
    that counts is empty; the standard deviation is that of the planned shots by sqrt(10).
    """
    experiment = Experiment().replace({**ALONE, "charging.times_ns": FORTY})
    planned = _heat(experiment)
    value = float(planned.linear(np.ones(len(planned.frequency))).value.min())
    rng, rows = np.random.default_rng(_SEED), {}
    found = designs(experiment)
    for name, shots in found.items():
        whole = np.maximum(np.ceil(_FINER * shots).astype(np.int64), 1)
        whole[:2] = _FINER * planned.settings.shots[:2]
        drawn = estimates(planned, whole, repeats, rng)
        rows[name] = {
            "shots": float(shots.sum()),
            "times_fewer": float(shots.sum() / found["optimal"].sum()),
            "sigmas_of_runs": value / (float(np.std(drawn, ddof=1)) * _FINER**0.5),
        }
    return rows


def _print(
    found: dict[str, dict[str, float]],
    reported: dict[str, float],
    saved: dict[str, dict[str, float]],
) -> None:
    print_table(
        "standard deviations by shots",
        ("estimate", "measured", "predicted", "ratio", "+-"),
        [
            (
                name,
                *(
                    f"{row[key]:.4g}"
                    for key in ("measured", "predicted", "ratio", "error_of_ratio")
                ),
            )
            for name, row in [*found.items()]
        ],
    )
    print_table(
        "significance of J < 0 that runs report, 200 shots a setting",
        ("median", "predicted", "ratio", "+-"),
        [
            tuple(
                f"{reported[key]:.4g}" for key in ("median", "predicted", "ratio", "error_of_ratio")
            )
        ],
    )
    print_table(
        "5 sigmas on S by design",
        ("design", "shots", "shots / optimal", "sigmas of simulated runs"),
        [
            (
                name,
                f"{row['shots']:.0f}",
                f"{row['times_fewer']:.2f}",
                f"{row['sigmas_of_runs']:.2f}",
            )
            for name, row in saved.items()
        ],
    )


if __name__ == "__main__":
    main()
