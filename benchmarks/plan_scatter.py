"""The scatter that a plan predicts beside the scatter of drawn counts and of whole runs.

Every claim, F by every measurement of the resonator, with a readout whose errors follow from its
resonator and amplifier. Each claim is planned, and the planned file is what is drawn: its counts
go through the estimator alone, many times; and through a whole analysis, the device fitted first.
The file is known to be right (priors of 0), so that the scatter is that of the counts alone.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from analysis.data.inputs import read_inputs
from analysis.estimators.expectation import expectation
from analysis.estimators.global_fit.device import fitted_device
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from analysis.planning import Budget, parse_claim, plan
from analysis.planning.claims import (
    ERGOTROPY,
    EXTRACTED,
    EXTRACTED_AT,
    GAIN_AT,
    GAIN_LATE,
    GAIN_MEAN,
    GAIN_PEAK,
    HEAT,
    VACUUM,
    model_free,
)
from benchmarks.draws import dataset, draw
from benchmarks.results import Target, parser, print_table, save
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.sections.priors import EXACT
from cqed_battery.operators import FloatArray

KNOWN = {f"priors.{name}": value for name, value in EXACT.model_dump().items()}
DISPERSIVE = {"readout.model": "dispersive", "dispersive.photons": 4.0}
CHARGED = Experiment().replace(
    {
        **KNOWN,
        **DISPERSIVE,
        "drive.frequency_GHz": 4.955,
        "drive.rabi_rate_MHz": 48.0,
        "resonator.frequency_GHz": 4.884,
        "resonator.linewidth_MHz": 12.0,
        "resonator.fock_levels": 6,
        "coupler.g_on_MHz": 14.0,
        "charging.stop_ns": 160.0,
        "charging.points": 33,
        "tomography.shots": 1000,
        "extraction.unitary": "model",
        "extraction.times_ns": (100.0, 160.0),
        "vacuum.method": "none",
        "analysis.global_fit": False,
    }
)
"""A device off resonance, on which all claims hold within 160 ns."""
EMPTIED = Experiment().replace(
    {
        **KNOWN,
        **DISPERSIVE,
        "drive.rabi_rate_MHz": 25.0,
        "coupler.g_on_MHz": 60.0,
        "charging.stop_ns": 24.0,
        "charging.points": 7,
        "control.enabled": False,
        "vacuum.points": 9,
        "vacuum.kappa_off_MHz": 0.02,
        "analysis.global_fit": False,
    }
)
"""A device whose resonator still has its photons when the quickest measurement ends."""
METHODS = ("vacuum-rabi", "swap", "number-selective", "displaced-parity")
ENVELOPES = (GAIN_PEAK, GAIN_MEAN, GAIN_LATE)
POINTS = (
    HEAT,
    f"{GAIN_AT}:150",
    f"{ERGOTROPY}:+-0.02@60,150",
    EXTRACTED,
    f"{EXTRACTED_AT}:100",
)
FIDELITY = f"{VACUUM}:+-0.01"
_SHOTS = 200_000.0
_SEED = 51


def main(arguments: list[str] | None = None) -> None:
    """Compare what plans predict with drawn counts and whole runs."""
    options = parser(__doc__)
    options.add_argument("--draws", type=int, default=5000, help="draws of each quick estimator")
    options.add_argument("--fits", type=int, default=1000, help="draws of fitted envelopes")
    options.add_argument("--runs", type=int, default=200, help="whole runs")
    options.add_argument("--keep", type=Path, help="file of rows, from which to go on")
    chosen = options.parse_args(arguments)
    counts = (chosen.draws, chosen.fits, chosen.runs)
    rows = list(_rows(*((30, 4, 3) if chosen.tiny else counts), chosen.keep))
    _print(rows)
    save("plan_scatter", chosen.out, {"rows": rows}, _targets(rows), tiny=chosen.tiny)


def cases() -> Iterator[tuple[str, str, Experiment]]:
    """Yield every claim, the measurement of the resonator that it rests on, and the file."""
    for claim in POINTS:
        yield claim, "none", CHARGED
    for method in METHODS:
        yield FIDELITY, method, EMPTIED.replace({"vacuum.method": method})
    for claim in ENVELOPES:
        yield claim, "none", CHARGED


def _rows(draws: int, fits: int, runs: int, keep: Path | None) -> Iterator[dict[str, Any]]:
    done = {} if keep is None or not keep.exists() else json.loads(keep.read_text())
    for claim, method, file in cases():
        name = f"{claim} {method}"
        if name not in done:
            repeats = fits if claim in ENVELOPES else draws
            done[name] = {"claim": claim, "vacuum": method, **compared(claim, file, repeats, runs)}
            if keep is not None:
                keep.write_text(json.dumps(done))
        yield done[name]


def compared(claim: str, file: Experiment, draws: int, runs: int) -> dict[str, Any]:
    """Return the scatter of a claim's number by draws and by runs over what its plan predicts.

    Where the claim has several numbers, it is the one farthest from the prediction.
    """
    planned = plan(file, claim, budget=Budget(shots=_SHOTS)).experiment
    if planned is None:
        raise RuntimeError(f"the file cannot show {claim}, so that there is no plan to compare")
    estimator = model_free(parse_claim(claim), expectation(planned))
    shots = estimator.settings.shots
    predicted = np.sqrt(
        estimator.linear(shots.astype(float)).shot_variance(estimator.frequency, shots)
    )
    rng = np.random.default_rng(_SEED)
    found: dict[str, Any] = {"predicted": predicted.tolist()}
    for name, estimate, repeats in (("draws", _drawn, draws), ("runs", _run, runs)):
        ratio = _scatter(estimator, estimate, repeats, rng) / predicted
        worst = float(ratio[np.abs(ratio - 1).argmax()])
        found[name] = {"repeats": repeats, "ratio": worst, "error": (2 * repeats) ** -0.5}
    return found


def _scatter(
    estimator: ModelFree,
    estimate: Callable[[ModelFree, np.random.Generator], FloatArray],
    repeats: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return the standard deviation of the claim's numbers over repeats, (Q,)."""
    with patch("analysis.estimators.state.bloch.maximum_likelihood", lambda *_: None):
        values = [estimate(estimator, rng) for _ in range(repeats)]
    return np.asarray(np.std(values, axis=0, ddof=1))


def _drawn(estimator: ModelFree, rng: np.random.Generator) -> FloatArray:
    """Return what the estimator makes of drawn counts, the model as the file has it, (Q,)."""
    table = draw(estimator, estimator.settings.shots, rng)
    return estimator.estimate(Observed.drawn(estimator.expected, estimator.settings, table)).value


def _run(estimator: ModelFree, rng: np.random.Generator) -> FloatArray:
    """Return what a whole run makes of drawn counts: a dataset, its device fitted, (Q,)."""
    settings = estimator.settings
    inputs = read_inputs(dataset(settings, draw(estimator, settings.shots, rng)))
    device = fitted_device(inputs)
    data = Observed.of(inputs, device.expected, device.agreed)
    return replace(estimator, expected=device.expected).estimate(data).value


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(
        "scatter found over scatter planned",
        ("claim", "vacuum", "draws", "found / planned", "+-", "runs", "found / planned", "+-"),
        [
            (
                row["claim"],
                row["vacuum"],
                *(
                    text
                    for one in (row["draws"], row["runs"])
                    for text in (
                        str(one["repeats"]),
                        f"{one['ratio']:.3f}",
                        f"{one['error']:.3f}",
                    )
                ),
            )
            for row in rows
        ],
    )


def _targets(rows: list[dict[str, Any]]) -> list[Target]:
    def worst(kind: str) -> float:
        return max(abs(row[kind]["ratio"] - 1) for row in rows)

    off = [(row["runs"]["ratio"] - 1) / row["runs"]["error"] for row in rows]
    return [
        Target("drawn counts, |found/planned - 1|, worst", worst("draws"), 0.03, at_least=False),
        Target("whole runs, |found/planned - 1|, worst", worst("runs"), 0.10, at_least=False),
        Target(
            "whole runs, root mean square over its Monte-Carlo error",
            float(np.sqrt(np.mean(np.square(off)))),
            1.5,
            at_least=False,
        ),
    ]


if __name__ == "__main__":
    main()
