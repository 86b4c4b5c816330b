"""What envelopes and fit leave of the data: kept in the results, drawn on the page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import SMALL
from fakes import fake_run
from sampled import dataset
from test_report_figures import marks, read_report, shows

from analysis.data.inputs import read_inputs
from analysis.estimators.global_fit.device import fitted_device
from analysis.estimators.global_fit.summary import global_fit_dict
from analysis.estimators.heat.smooth_bloch import smooth_bloch
from analysis.estimators.state.bloch import BlochEstimate
from analysis.results import Results
from cqed_battery import Experiment

FEW = {
    "transmon.levels": 2,
    "resonator.fock_levels": 4,
    "charging.points": 5,
    "charging.stop_ns": 12.0,
    "vacuum.method": "none",
}
TIMES = np.linspace(2.0, 42.0, 21)


def noisy(missing: tuple[int, ...] = ()) -> BlochEstimate:
    """A damped oscillation with the noise that its variances say; some times without y."""
    rng = np.random.default_rng(4)
    turn = 0.3 * TIMES
    vectors = np.stack([np.sin(turn), 0.1 * np.sin(turn), -np.cos(turn)], axis=1)
    vectors *= np.exp(-TIMES / 60)[:, None]
    shot = np.full(vectors.shape, 0.03**2)
    shot[list(missing), 1] = np.inf
    linear = vectors + 0.03 * rng.normal(size=vectors.shape)
    linear[list(missing), 1] = 0.0
    return BlochEstimate(linear, linear, shot, np.zeros((*vectors.shape, 0)), ())


@pytest.mark.parametrize("missing", [(), (3, 4, 9)])
def test_residuals_of_an_envelope_sum_to_its_chi_square(missing: tuple[int, ...]) -> None:
    """Nothing is known of the start here; settings without shots have none."""
    smooth = smooth_bloch(Experiment.from_text(SMALL), TIMES, noisy(missing))
    found = smooth.residuals
    assert set(np.flatnonzero(np.isnan(found[:, 1]))) == set(missing)
    for axis, fit in enumerate(smooth.sinusoids):
        assert fit is not None
        assert np.nansum(found[:, axis] ** 2) == pytest.approx(fit.chi_square, rel=1e-9)


def test_a_component_without_envelope_has_no_residual() -> None:
    """Three times are too few for a curve."""
    smooth = smooth_bloch(Experiment.from_text(SMALL), TIMES, noisy(tuple(range(3, 21))))
    assert np.isnan(smooth.residuals[:, 1]).all()


def test_residuals_of_the_fit_stand_at_their_settings() -> None:
    """Each is (k/N - f)/sqrt(f(1 - f)/N) of its arm, time and axis; none without shots."""
    experiment = Experiment.from_text(SMALL).replace(FEW)
    inputs = read_inputs(dataset(experiment, np.random.default_rng(3)))
    fit = fitted_device(inputs).fit
    assert fit is not None
    found = global_fit_dict(fit, {arm: {} for arm in inputs.counts}, inputs.settings)["residuals"]
    frequency = inputs.settings.arm_part(fit.frequency, "control")
    zeros, ones = np.moveaxis(inputs.counts["control"], -1, 0).astype(float)
    expected = (ones / (zeros + ones) - frequency) / np.sqrt(
        frequency * (1 - frequency) / (zeros + ones)
    )
    np.testing.assert_allclose(np.array(found["control"], dtype=float), expected, atol=1e-9)
    assert set(found) == {"catalysed", "control"}


def with_residuals(results: dict[str, Any]) -> dict[str, Any]:
    """A run's results with residuals of both kinds, one setting not measured."""
    rng, count = np.random.default_rng(6), len(results["times"])
    fit = {}
    for name, arm in results["arms"].items():
        for place in (arm["envelope"], fit):
            found = rng.normal(size=(count, 3)).tolist()
            found[1][2] = None
            place["residuals" if place is not fit else name] = found
    results["global_fit"] = {"outcome": "pass", "statement": "It fits.", "residuals": fit}
    return results


def test_both_are_drawn(tmp_path: Path) -> None:
    """Every measured setting has its dot, in the arm's colour, at its value."""
    results, data = fake_run()
    page = read_report(with_residuals(results), data, tmp_path)
    typed = Results(results)
    for arm in typed.arms:
        kinds = {
            "envelope_residuals": typed.arms[arm].envelope.residuals,
            "fit_residuals": typed.global_fit.residuals[arm],
        }
        for slug, values in kinds.items():
            known = np.isfinite(values[:, 2])
            dots = marks_of(page.by_id(slug), arm)
            lowest = dots[-int(known.sum()) :]  # of the last panel
            assert len(dots) == np.isfinite(values).sum()
            assert shows(lowest, np.array(typed.times)[known], values[known, 2])


def marks_of(figure: Any, arm: str) -> Any:
    """The places of an arm's marks, without those outside the panels."""
    return np.array(
        [
            (float(use.attributes["x"]), float(use.attributes["y"]))
            for use in figure.all("use")
            if f"fill: var(--{arm})" in use.attributes.get("style", "")
        ]
    )


def test_old_results_have_no_such_figure(tmp_path: Path) -> None:
    """Files of earlier versions, which kept none, give the page of before."""
    page = read_report(*fake_run(), tmp_path)
    assert not [f for f in page.all("figure") if "residuals" in f.attributes["id"]]


@pytest.mark.parametrize("modes", [0, 2])
def test_an_envelope_without_a_mode_has_no_band(modes: int, tmp_path: Path) -> None:
    """A level through scattered dots is no envelope: the caption says so, and none is drawn."""
    results, data = fake_run(control=False, truth=False)
    envelope = results["arms"]["catalysed"]["envelope"]
    envelope |= {"modes": modes, "frequencies_MHz": [], "decay_rates_per_us": []}
    figure = read_report(results, data, tmp_path).by_id("energy")
    lines = [
        path
        for path in figure.all("path")
        if "stroke: var(--catalysed)" in path.attributes.get("style", "")
        and path.attributes["d"].count("L") == len(envelope["times"]) - 1
    ]
    assert len(lines) == (1 if modes else 0)
    assert ("No oscillation stands out in the catalysed arm" in figure.text) == (modes == 0)
    assert len(marks(figure, "var(--catalysed)"))
