"""The default experiment, 2 arms x 61 times x 3 bases, against one Solver run per setting.

A spread random sample of the settings is solved by qiskit-dynamics and extrapolated to all; its
probabilities must be ours to 1e-7.
"""

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.results import Target, parser, print_table, save
from benchmarks.settings import (
    COMPILED_FORMS,
    FORMS,
    Form,
    Probability,
    Setting,
    all_settings,
    solver,
    spread_sample,
)
from benchmarks.timing import best_seconds, seconds
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import Prediction, predict

ACCURACY = 1e-7
_NAMES = ("catalysed", "control")
_TINY = {
    "transmon.levels": 2,
    "resonator.fock_levels": 4,
    "drive.rabi_rate_MHz": 5.0,
    "charging.stop_ns": 2.0,
    "charging.points": 3,
    "tomography.pulse_ns": 4.0,
}


def main(arguments: list[str] | None = None) -> None:
    """Tune each form of the Solver on two settings, then time all of them on the sample."""
    options = parser(__doc__)
    options.add_argument("--settings", type=int, default=18, help="how many settings are solved")
    options.add_argument("--rounds", type=int, default=3, help="how often each is timed")
    chosen = options.parse_args(arguments)
    experiment, count, rounds = Experiment(), chosen.settings, chosen.rounds
    if chosen.tiny:
        experiment = experiment.replace(_TINY)
        count, rounds = 2, 1
    experiment = experiment.replace({"vacuum.method": "none"})
    predictions: list[Prediction] = []
    first_s = seconds(lambda: predictions.append(predict(experiment)))
    prediction, settings = predictions[0], all_settings(experiment)
    sample = spread_sample(settings, count, seed=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        forms = FORMS
        if find_spec("diffrax") and not chosen.tiny:
            forms += COMPILED_FORMS
        rows = [_measured(experiment, prediction, form, sample, rounds) for form in forms]
    ours_s = min(row.pop("ours_seconds") for row in rows)
    for row in rows:
        row["seconds_of_all"] = row["seconds_per_setting"] * len(settings)
        row["times_ours"] = row["seconds_of_all"] / ours_s
    _print(rows, ours_s, first_s, len(settings))
    fastest = min(row["times_ours"] for row in rows)
    save(
        "experiment",
        chosen.out,
        {
            "settings": len(settings),
            "solved_settings": len(sample),
            "levels": [prediction.transmon_levels, prediction.fock.levels],
            "accuracy": ACCURACY,
            "ours_seconds": ours_s,
            "ours_first_call_seconds": first_s,
            "solvers": rows,
        },
        [
            Target("solve per setting / ours", fastest, 100.0),
            Target("ours, s", ours_s, 1.0, at_least=False),
            Target("max |delta P|", max(r["error"] for r in rows), ACCURACY, at_least=False),
        ],
        tiny=chosen.tiny,
    )


def _measured(
    experiment: Experiment,
    prediction: Prediction,
    form: Form,
    sample: list[Setting],
    rounds: int,
) -> dict[str, Any]:
    """Time a form at the loosest decade of tolerance that is accurate on all of the sample."""
    for decade in range(6, 13):
        probability = solver(experiment, prediction, form, 10.0**-decade)
        prepare_s = seconds(lambda: probability(sample[0]))  # noqa: B023
        if _error(prediction, probability, sample[-2:]) > ACCURACY:
            continue
        error = _error(prediction, probability, sample)
        if error <= ACCURACY:
            break
    else:
        raise ArithmeticError(f"{form.label} does not reach {ACCURACY:g} at any tolerance")
    best = best_seconds(
        {
            "theirs": lambda: [probability(setting) for setting in sample],
            "ours": lambda: predict(experiment),
        },
        rounds,
    )
    return {
        "solver": f"{form.label}, tolerance {10.0**-decade:.0e}",
        "seconds_per_setting": best["theirs"] / len(sample),
        "first_call_seconds": prepare_s,
        "error": error,
        "ours_seconds": best["ours"],
    }


def _error(prediction: Prediction, probability: Probability, sample: list[Setting]) -> float:
    found = [probability(setting) for setting in sample]
    ours = [
        prediction.arms[_NAMES[setting.arm]].probability[setting.time, setting.basis]
        for setting in sample
    ]
    return float(np.abs(np.subtract(found, ours)).max())


def _print(rows: list[dict[str, Any]], ours_s: float, first_s: float, count: int) -> None:
    print_table(
        f"one experiment of {count} settings",
        ("", "per setting, ms", "all settings, s", "x ours", "max |delta P|"),
        [
            (
                f"cqed-battery, one pass (first call {first_s:.2f} s)",
                f"{1e3 * ours_s / count:.2f}",
                f"{ours_s:.3f}",
                "1",
                "",
            ),
            *(
                (
                    f"qiskit-dynamics {row['solver']}",
                    f"{1e3 * row['seconds_per_setting']:.0f}",
                    f"{row['seconds_of_all']:.0f} (extrapolated)",
                    f"{row['times_ours']:.0f}",
                    f"{row['error']:.1e}",
                )
                for row in rows
            ),
        ],
    )


if __name__ == "__main__":
    main()
