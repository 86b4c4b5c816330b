"""How well each envelope finds dz/dt, and how often 1.96 of its standard errors hold it.

Truth is the catalysed two-level battery with g = Omega = 50 MHz, kappa = 1 MHz and 0.1 MHz of
dephasing, 60 ns long; the counts of its z basis are binomial through a readout with
P(1|0) = 1 % and P(0|1) = 4 %. Every data set is fitted by both of our methods, and beside them by
what numpy and scipy offer, which say nothing of their errors. Damped sinusoids have the standard
error that the analysis states for dE/dt, which allows for modes too faint to be chosen.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import make_smoothing_spline

from analysis.estimators.envelopes import Start, fit_damped_sinusoids, fit_gaussian_process
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import predict

TRUTH = {
    "transmon.levels": 2,
    "transmon.t1_us": float("inf"),
    "transmon.residual_excitation": 0.0,
    "resonator.temperature_mK": 0.0,
    "coupler.ramp_ns": 0.0,
    "drive.rise_ns": 0.0,
    "reset.kind": "none",
    "vacuum.method": "none",
}
SIZES = ((40, 200), (40, 1000), (40, 5000), (80, 1000))
P1_GIVEN_0, P0_GIVEN_1 = 0.01, 0.04
KNOWN = Start(value=-1.0, slope=0.0)
HEADLINE = (40, 1000)
WANTED_ERROR = {"damped-sinusoids": 0.10, "gaussian-process": 0.13}  # RMSE at the headline size

Found = tuple[FloatArray, FloatArray | None]
"""dz/dt at the data's times, and its variance where the method knows it, (T,) each."""


def _sinusoids(times: FloatArray, values: FloatArray, std: FloatArray) -> Found:
    """The analysis' dE/dt: its standard error is never below that of the Gaussian process."""
    fit = fit_damped_sinusoids(times, values, std, max_modes=4, start=KNOWN)
    process = fit_gaussian_process(times, values, std, start=KNOWN)
    return fit.value(times, 1), np.maximum(fit.variance(times, 1), process.variance(times, 1))


def _process(times: FloatArray, values: FloatArray, std: FloatArray) -> Found:
    fit = fit_gaussian_process(times, values, std, start=KNOWN)
    return fit.value(times, 1), fit.variance(times, 1)


def _spline(times: FloatArray, values: FloatArray, std: FloatArray) -> Found:
    return make_smoothing_spline(times, values, w=std**-2)(times, nu=1), None


def _differences(times: FloatArray, values: FloatArray, std: FloatArray) -> Found:
    return np.gradient(values, times, edge_order=2), None


METHODS: dict[str, Callable[[FloatArray, FloatArray, FloatArray], Found]] = {
    "damped-sinusoids": _sinusoids,
    "gaussian-process": _process,
    "scipy make_smoothing_spline": _spline,
    "numpy gradient": _differences,
}


@dataclass(frozen=True)
class Signal:
    """z and dz/dt at charging times, all (T,)."""

    times: FloatArray
    z: FloatArray
    rate: FloatArray

    def measured(self, shots: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return z and its standard errors from one draw of counts, corrected for the readout."""
        contrast = 1 - P1_GIVEN_0 - P0_GIVEN_1
        ones = rng.binomial(shots, P1_GIVEN_0 + contrast * (1 + self.z) / 2)
        share = (ones + 0.5) / (shots + 1)  # never 0 or 1, so that no error is 0
        std = 2 / contrast * np.sqrt(share * (1 - share) / shots)
        return 2 * (ones / shots - P1_GIVEN_0) / contrast - 1, std


def main(arguments: list[str] | None = None) -> None:
    """Measure every method at every size."""
    options = parser(__doc__)
    options.add_argument("--repeats", type=int, default=40, help="data sets of each size")
    chosen = options.parse_args(arguments)
    sizes, repeats = ((HEADLINE,), 2) if chosen.tiny else (SIZES, chosen.repeats)
    rows = [row for size in sizes for row in measure(size, repeats)]
    _print(rows)
    numbers = {"repeats": repeats, "methods": rows}
    save("envelopes", chosen.out, numbers, _targets(rows), tiny=chosen.tiny)


def signal(points: int) -> Signal:
    """Return the truth at that many times from 0 to 60 ns."""
    prediction = predict(Experiment().replace(TRUTH | {"charging.points": points}), 0.0)
    arm = prediction.arms["catalysed"]
    return Signal(prediction.times, arm.bloch[:, 2], arm.bloch_rate[:, 2])


def measure(size: tuple[int, int], repeats: int) -> list[dict[str, Any]]:
    """Fit the same data sets by every method; one row each."""
    points, shots = size
    truth = signal(points)
    seeds = np.random.SeedSequence([points, shots]).spawn(repeats)
    drawn = [truth.measured(shots, np.random.default_rng(seed)) for seed in seeds]
    return [
        {"method": method, "points": points, "shots": shots} | _quality(truth, drawn, method)
        for method in METHODS
    ]


def _quality(
    truth: Signal, drawn: list[tuple[FloatArray, FloatArray]], method: str
) -> dict[str, float]:
    """Return relative RMSE, seconds of a fit, and coverage with its Monte-Carlo error if known."""
    errors, held = [], []
    begun = time.perf_counter()
    for values, std in drawn:
        rate, variance = METHODS[method](truth.times, values, std)
        errors.append((rate - truth.rate) ** 2)
        if variance is not None:
            held.append(errors[-1] <= 1.96**2 * variance)
    seconds = (time.perf_counter() - begun) / len(drawn)
    found = {
        "relative_rmse": float(np.sqrt(np.mean(errors) / (truth.rate**2).mean())),
        "seconds": seconds,
    }
    if held:
        each = np.mean(held, axis=1)
        found |= {
            "coverage": float(each.mean()),
            "coverage_error": float(each.std(ddof=1) / np.sqrt(len(each))),
            "coverage_at_worst_time": float(np.mean(held, axis=0).min()),
        }
    return found


def _targets(rows: list[dict[str, Any]]) -> list[Target]:
    found = {row["method"]: row for row in rows if (row["points"], row["shots"]) == HEADLINE}
    errors = [
        Target(f"relative RMSE, {method}", found[method]["relative_rmse"], limit, at_least=False)
        for method, limit in WANTED_ERROR.items()
    ]
    sinusoids, process = (found[name]["coverage"] for name in WANTED_ERROR)
    return [
        *errors,
        Target("coverage, damped-sinusoids", sinusoids, 0.90),
        Target("coverage, gaussian-process, at least", process, 0.93),
        Target("coverage, gaussian-process, at most", process, 0.97, at_least=False),
    ]


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(
        "dz/dt: relative RMSE, and how often 1.96 standard errors hold it",
        ("times x shots, method", "RMSE", "coverage", "worst time", "s"),
        [
            (
                f"{row['points']} x {row['shots']}, {row['method']}",
                f"{row['relative_rmse']:.3f}",
                f"{row['coverage']:.3f} -+ {row['coverage_error']:.3f}"
                if "coverage" in row
                else "",
                f"{row['coverage_at_worst_time']:.2f}" if "coverage" in row else "",
                f"{row['seconds']:.4f}",
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    main()
