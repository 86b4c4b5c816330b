"""IQ shots of an emulated run: discriminator, counts, saved points, analysis and report."""

from math import inf

import numpy as np
import pytest
import xarray as xr
from oracles import agrees
from pages import read_page
from scipy.stats import ks_2samp

from analysis import write_report
from analysis.pipeline import analyse
from cqed_battery import Experiment
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import load_dataset, save_dataset
from protocols.emulation.emulate import emulate
from protocols.emulation.sampling import drawn_counts, outcome_law, setting_seed
from protocols.prediction.predict import predict
from protocols.readout import assignment_errors, ideal_discriminator, reading_probabilities
from protocols.readout.discriminator import Discriminator, between, train
from protocols.readout.iq_sampling import calibrated_sampler, drawn_points
from protocols.readout.pointer_states import draw_points, probe_of

SHOTS = 40_000
DISPERSIVE = {"readout.model": "dispersive"}
QUICK = {
    "charging.points": 9,
    "charging.stop_ns": 24.0,
    "drive.rabi_rate_MHz": 25.0,
    "tomography.shots": 500,
    "readout.calibration_shots": 4000,
    "vacuum.points": 4,
    "analysis.global_fit": False,
}


def dispersive(**changes: object) -> Experiment:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return Experiment().replace(DISPERSIVE | keys)


def test_discriminator_is_fishers_on_gaussian_clouds():
    """The trained axis is C^-1 (m1 - m0), and the threshold lies half way, within statistics."""
    rng = np.random.default_rng(0)
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    centres = np.array([[0.0, 0.0], [6.0, 5.0]])
    zero, one = (rng.multivariate_normal(centre, covariance, SHOTS) for centre in centres)
    line = train(zero, one)
    fisher = np.linalg.solve(covariance, centres[1])
    fisher /= np.linalg.norm(fisher)
    np.testing.assert_allclose(line.axis, fisher, atol=0.02)
    width = np.sqrt(fisher @ covariance @ fisher)
    assert abs(line.threshold - fisher @ centres.sum(axis=0) / 2) < 0.1 * width
    plain = between(*centres)
    assert np.abs(np.array(plain.axis) - fisher).max() > 0.1


@pytest.mark.parametrize("t1_us", [inf, 50.0, 4.0])
def test_trained_line_errs_no_more_than_the_best_one(t1_us):
    """However many shots relax, P(1|0) + P(0|1) of the trained line is nearly the least there is.

    The least over all axes and thresholds is searched by the closed form; a line eight tenths of a
    standard deviation off is told apart.
    """
    changes = {"dispersive__photons": 8.0, "transmon__residual_excitation": 0.0}
    probe = probe_of(dispersive(transmon__t1_us=t1_us, **changes))
    rng = np.random.default_rng(4)
    zero, one = (draw_points(probe, np.full(SHOTS, level), rng) for level in (0, 1))

    def errors(line: Discriminator) -> float:
        reads = reading_probabilities(probe, line)
        return float(1 + reads[0] - reads[1])

    turns = np.linspace(-0.3, 0.3, 31)
    best = min(
        errors(Discriminator((np.cos(turn), np.sin(turn)), threshold))
        for turn in turns
        for threshold in np.linspace(-2.5, 2.5, 101)
    )
    means = between(zero.mean(axis=0), one.mean(axis=0))
    assert best - 1e-4 < errors(train(zero, one)) < best + 0.003
    assert errors(ideal_discriminator(probe)) < best + 0.003
    assert errors(Discriminator(means.axis, means.threshold + 0.8)) > best + 0.003


def test_discriminator_is_not_turned_by_outliers():
    """A fifth of prepared 1 elsewhere in the plane turns the line of means, not the trained one."""
    rng = np.random.default_rng(6)
    zero, one = rng.normal(size=(2, SHOTS, 2))
    one[:, 0] += 6.0
    one[: SHOTS // 5] += [-6.0, 15.0]
    assert abs(train(zero, one).axis[1]) < 0.05
    assert abs(between(zero.mean(axis=0), one.mean(axis=0)).axis[1]) > 0.3


def test_discriminator_needs_shots_and_two_clouds():
    """Too few calibration shots and coinciding clouds are refused in one sentence each."""
    cloud = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(CqedBatteryError, match=r"at least 10 calibration shots .* raise"):
        train(cloud[:9], cloud)
    with pytest.raises(CqedBatteryError, match="must lie apart, but coincide"):
        train(cloud, cloud)


def test_plain_readout_has_the_errors_of_the_file():
    """With the plain model, whatever [dispersive] says, the law is Aer's with the file's errors."""
    plain = Experiment().replace(QUICK | {"dispersive.photons": 9.0, "dispersive.save_iq": True})
    dataset = emulate(plain)
    assert set(dataset.data_vars) == {"counts", "calibration_counts", "vacuum_counts"}
    prediction = predict(plain, dataset["truth"].attrs["residual_excitation"])
    law = outcome_law(prediction.arms["catalysed"].probability[:, 2], assignment_errors(plain))
    for j in range(9):
        seed = setting_seed(plain.seed, "tomography", 0, j, 2)
        expected = drawn_counts(law[j], 500, seed)
        np.testing.assert_array_equal(dataset["counts"][0, j, 2], expected)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return dispersive(dispersive__save_iq=True, dispersive__photons=2.0).replace(QUICK)


@pytest.fixture(scope="module")
def dataset(experiment) -> xr.DataTree:
    return emulate(experiment)


def test_counts_carry_the_models_assignment_errors(dataset, experiment):
    """Tomography, calibration and vacuum counts lie within 5 sigma of the closed form's errors."""
    errors, truth = assignment_errors(experiment), dataset["truth"]
    measured = (1 + truth.measured_bloch.values) / 2
    ones = errors.p1_given_0 + errors.contrast * measured
    assert agrees(dataset["counts"].sel(outcome=1), 500, ones)
    assert not agrees(dataset["counts"].sel(outcome=1), 500, measured)
    assert agrees(dataset["calibration_counts"].sel(outcome=1), 4000, errors.reads_1[:2])
    prediction = predict(experiment, truth.attrs["residual_excitation"])
    vacuum = errors.p1_given_0 + errors.contrast * prediction.vacuum_probability
    assert agrees(dataset["vacuum_counts"].sel(outcome=1), 1000, vacuum)


def test_saved_points_are_those_that_were_counted(dataset, tmp_path):
    """The saved line tells the saved points apart into exactly the saved counts, also on disk."""
    save_dataset(dataset, tmp_path / "d.nc")
    saved = load_dataset(tmp_path / "d.nc")
    attrs = saved["calibration_iq"].attrs
    line = Discriminator(tuple(attrs["axis"]), float(attrs["threshold"]))
    ones = line.reads_1(saved["iq"].values).sum(axis=-1)
    np.testing.assert_array_equal(ones, saved["counts"].sel(outcome=1))
    assert saved["iq"].dims == ("arm", "time", "basis", "shot", "quadrature")
    assert saved["calibration_iq"].dims == ("prepared", "calibration_shot", "quadrature")
    assert saved["iq"].attrs["units"] == "noise standard deviations"


def test_points_drawn_for_their_counts_are_those_of_the_device(experiment):
    """Points kept until they give the counts are distributed as shots drawn one by one.

    Two samples of the score of 20,000 shots agree (Kolmogorov-Smirnov); another state's do not.
    """
    sampler, _, _ = calibrated_sampler(experiment)
    populations, shots = np.array([0.3, 0.02]), 20_000
    counts = drawn_counts(float(sampler.law(populations)), shots, 8)
    kept = sampler.points(populations, counts, 8)
    assert sampler.discriminator.reads_1(kept).sum() == counts[1]
    score = sampler.discriminator.score
    plain, other = (
        drawn_points(sampler.probe, levels, shots, np.random.default_rng(2))
        for levels in (populations, np.array([0.33, 0.02]))
    )
    assert ks_2samp(score(kept), score(plain)).pvalue > 1e-4
    assert ks_2samp(score(kept), score(other)).pvalue < 1e-4
    assert np.corrcoef(score(kept), np.arange(shots))[0, 1] < 5 / np.sqrt(shots)


def test_points_follow_the_seed(dataset, experiment):
    """The same seed gives the same points and counts, another one others; saving changes none."""
    again = emulate(experiment.replace({"dispersive.save_iq": False}))
    assert "iq" not in again.data_vars
    for name in ("counts", "calibration_counts", "vacuum_counts", "calibration_iq"):
        np.testing.assert_array_equal(again[name].values, dataset[name].values)
    other = emulate(experiment.replace({"seed": 1, "dispersive.save_iq": False}))
    assert (other["counts"] != dataset["counts"]).any()


def test_more_points_than_can_be_kept_are_refused(experiment):
    """A request for too many IQ points is refused with their number before they are drawn."""
    many = experiment.replace({"tomography.shots": 10**8})
    with pytest.raises(CqedBatteryError, match=r"keep 1e\+08 numbers, but there are 1"):
        emulate(many)


@pytest.mark.parametrize(("chi", "other"), [(1.0, -1.0), (-1.0, 1.0)])
def test_leaked_transmon_goes_through_its_own_pointer_state(chi, other):
    """A strongly leaking drive is counted by level 2's pointer state, not by that of another."""
    strong = {"drive.rabi_rate_MHz": 120.0, "coupler.g_on_MHz": 5.0, "tomography.shots": 4000}
    measured = dispersive(dispersive__chi_leaked_MHz=chi).replace(QUICK | strong)
    found = emulate(measured)
    assert float(found["truth"].leakage.max()) > 0.05
    residual, errors = found["truth"].attrs["residual_excitation"], assignment_errors(measured)
    for leaked, fits in ((chi, True), (other, False)):
        arms = predict(measured.replace({"dispersive.chi_leaked_MHz": leaked}), residual).arms
        seen = np.stack([arm.probability for arm in arms.values()])
        ones = errors.p1_given_0 + errors.contrast * seen
        assert agrees(found["counts"].sel(outcome=1), 4000, ones) == fits


def pulls(results: dict, errors: dict, dataset: xr.DataTree) -> np.ndarray:
    """Deviations of the Bloch components from the truth, in the standard errors of ``errors``."""
    found = []
    for arm in ("catalysed", "control"):
        value = np.array(results["arms"][arm]["bloch"]["value"])
        difference = value - dataset["truth"].bloch.sel(arm=arm).values
        found.append(difference / np.array(errors["arms"][arm]["bloch"]["std"]))
    return np.concatenate(found)


@pytest.mark.study
def test_analysis_recovers_the_state(dataset):
    """Pulls of the Bloch vectors scatter by one; with the plain errors the state is another.

    Counts that are read with other errors disagree with the device, and the bands say so: the
    state's deviation is told in the standard errors of the right reading.
    """
    right = analyse(dataset)
    size = pulls(right, right, dataset)
    # standard deviation of a mean square of N unit pulls: sqrt(2/N)
    assert np.mean(size**2) == pytest.approx(1.0, abs=5 * np.sqrt(2 / size.size))
    wrong = dataset.copy(deep=True)
    wrong["calibration_counts"].values[:] = [[3960, 40], [160, 3840]]
    read = analyse(wrong)
    assert np.mean(pulls(read, right, dataset) ** 2) > 1 + 5 * np.sqrt(2 / size.size)
    assert np.mean(pulls(read, read, dataset) ** 2) < np.mean(pulls(read, right, dataset) ** 2)


@pytest.mark.study
def test_report_draws_the_clouds_and_the_line(dataset, tmp_path):
    """The page shows the calibration's IQ clouds with a key; the table names the model's errors."""
    write_report(analyse(dataset), dataset, tmp_path / "report.html")
    page = read_page((tmp_path / "report.html").read_text(encoding="utf-8"))
    figure = page.by_id("iq")
    assert len(figure.all("svg")) == 1
    assert [key.text for key in figure.all("li")] == ["prepared 0", "prepared 1", "discriminator"]
    assert "400 of 2000 saved shots" in figure.text
    dots = [use for use in figure.all("use") if "var(--pi)" in use.attributes.get("style", "")]
    assert len(dots) == 400
    errors = assignment_errors(Experiment.from_text(dataset.attrs["experiment"]))
    assert f"{100 * round(errors.p1_given_0, 4):g} %" in page.by_id("calibration").text
