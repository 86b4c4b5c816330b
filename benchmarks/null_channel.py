"""How often y, zero by symmetry, is said not to be zero although it is, by devices and shots.

Counts of every setting are drawn from the file's own frequencies, and only that check runs, by
the same functions as in an analysis.
"""

from typing import Any

import numpy as np

from analysis.checks.null_channel import null_channel
from analysis.estimators.expectation import Expectation, expectation
from analysis.estimators.observed import Observed
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.experiment import Experiment
from protocols.settings.settings import Settings

DEVICES: dict[str, dict[str, object]] = {
    "default": {},
    "default, 12 shots": {"tomography.shots": 12},
    "two levels": {"transmon.levels": 2},
    "poor readout": {
        "transmon.levels": 2,
        "readout.p1_given_0": 0.05,
        "readout.p0_given_1": 0.12,
        "tomography.shots": 5000,
        "tomography.pulse": "none",
    },
    "weak drive": {
        "drive.rabi_rate_MHz": 5.0,
        "coupler.g_on_MHz": 8.0,
        "transmon.anharmonicity_GHz": -0.3,
        "tomography.shots": 300,
    },
}
"""The third level of the default device raises y, which shows unless there are few shots."""
CALIBRATION_SHOTS, TIMES = (300, 10_000), (61, 385)
MOST = 0.003  # of runs may warn
_SEED = 30


def main(arguments: list[str] | None = None) -> None:
    """Count warnings of the check over drawn runs of every device, calibration and grid."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=20_000, help="drawn runs of each")
    chosen = options.parse_args(arguments)
    runs, times = (20, (13,)) if chosen.tiny else (chosen.runs, TIMES)
    rows = [
        {"device": name, "times": points, "calibration_shots": shots}
        | warnings(device(name, shots, points), runs)
        for name in DEVICES
        for points in times
        for shots in CALIBRATION_SHOTS
    ]
    print_table(
        "y, zero by symmetry: runs in which its check warns",
        ("device", "times", "calibration shots", "runs", "arms", "warn", "+-"),
        [
            (
                str(row["device"]),
                *(str(row[name]) for name in ("times", "calibration_shots", "runs", "tested")),
                *(f"{row[name]:.2%}" for name in ("warn", "error")),
            )
            for row in rows
        ],
    )
    worst = max(float(row["warn"]) for row in rows)
    all_runs = float(np.mean([row["warn"] for row in rows if row["tested"]]))
    targets = [
        Target("runs in which y warns, worst of all", worst, MOST, at_least=False),
        Target("the same, all devices that are tested", all_runs, MOST, at_least=False),
    ]
    save("null_channel", chosen.out, {"rows": rows}, targets, tiny=chosen.tiny)


def device(name: str, calibration_shots: int, points: int) -> Experiment:
    """Return one of `DEVICES` with so many shots of each prepared level and charging times."""
    return Experiment().replace(
        {
            **DEVICES[name],
            "vacuum.method": "none",
            "readout.calibration_shots": calibration_shots,
            "charging.points": points,
        }
    )


def warnings(experiment: Experiment, runs: int) -> dict[str, Any]:
    """Return the share of drawn runs whose y is not compatible with the file's, and its error.

    `tested` counts the arms that the check takes; a run in which it takes none warns of nothing.
    """
    expected, settings = expectation(experiment), Settings(experiment)
    frequency = settings.frequencies(expected.prediction)
    rng = np.random.default_rng(_SEED)
    found = [
        _check(expected, settings, rng.binomial(settings.shots, frequency)) for _ in range(runs)
    ]
    warned = sum(one["outcome"] != "pass" for one in found if one is not None)
    share = warned / runs
    tested = max((one["degrees_of_freedom"] for one in found if one is not None), default=0)
    return {
        "runs": runs,
        "tested": tested // len(settings.times),
        "warn": share,
        "error": (max(share, 1 / runs) / runs) ** 0.5,
    }


def _check(expected: Expectation, settings: Settings, ones: Any) -> dict[str, Any] | None:
    table = np.stack([settings.shots - ones, ones], axis=-1)
    data = Observed.drawn(expected, settings, table)
    return null_channel(data, {arm: data.bloch(arm) for arm in settings.arms}, expected)


if __name__ == "__main__":
    main()
