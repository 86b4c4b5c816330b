"""Whether counts agree with the experiment file's device, and what follows when they do not."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from sampled import analysed, counted, dataset, predicted

from analysis.data.inputs import Inputs, measured_part, read_inputs
from analysis.estimators import expectation as model
from analysis.estimators.agreement import Agreement, agreement, shared_causes
from analysis.estimators.expectation import expectation
from analysis.estimators.global_fit.device import fitted_device
from analysis.estimators.state.assignment import Assignment, assignment_from
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict
from protocols.prediction.truth import FLUX_WORK, UNITS, truth_dataset
from protocols.settings.settings import Settings

FILE = Experiment().replace({"charging.points": 21, "analysis.global_fit": False})
CERTAIN = Assignment(FILE.readout.p1_given_0, FILE.readout.p0_given_1, 0.0, 0.0)
UNKNOWN = {
    "two levels": {"transmon.levels": 2},
    "close ladder": {"transmon.anharmonicity_GHz": -0.15},
}
DETUNED = {"resonator.frequency_GHz": 5.01}
OTHERS = UNKNOWN | {"weaker coupling": {"coupler.g_on_MHz": 49.0}, "detuned": DETUNED}
ALLOWED = {
    "weaker coupling": {"coupler.g_on_MHz": 49.0},
    "detuned": {"resonator_detuning_MHz": 10.0},
}


@pytest.fixture(autouse=True)
def each_experiment_is_predicted_once(monkeypatch):
    """The repeats below ask for the same few predictions hundreds of times."""
    monkeypatch.setattr(model, "predict", predicted)


def inputs_of(settings, counts, assignment):
    """Counts (N, 2) of all settings but the calibration's, with what is known of the readout."""
    table = np.concatenate([np.zeros((2, 2), dtype=int), counts])
    return Inputs(settings.experiment, settings, table, assignment)


def p_values(*, shots=1000, calibration=10_000, assignment=None, runs=300):
    """Probabilities of the chi-square of runs on the file's own device."""
    experiment = FILE.replace({"readout.calibration_shots": calibration})
    rng, expected = np.random.default_rng(1), expectation(FILE)
    settings, found = Settings(experiment), []
    probability = settings.probabilities(expected.prediction)[settings.calibration.stop :]
    for _ in range(runs):
        counts = counted(probability, shots, FILE, rng)
        known = assignment_from(counted(np.array([0.0, 1.0]), calibration, FILE, rng))
        known = assignment(known) if assignment else known
        found.append(agreement(inputs_of(settings, counts, known), expected).p_value)
    return np.array(found)


@pytest.mark.study
@pytest.mark.parametrize(("shots", "calibration"), [(30, 10_000), (1000, 10_000), (1000, 1000)])
def test_counts_of_the_right_device_agree(shots, calibration):
    """The chi-square's probability is uniform: its mean is 1/2 and one in twenty is below 0.05."""
    found = p_values(shots=shots, calibration=calibration)
    # Of 300 runs the mean is known to 0.017 and the share below 0.05 to 0.013.
    assert found.mean() == pytest.approx(0.5, abs=0.085)
    assert (found < 0.05).mean() < 0.05 + 5 * 0.013
    assert (found < 1e-3).mean() <= 0.01


@pytest.mark.study
def test_calibration_errors_are_shared_by_all_counts():
    """If the calibration's own error is ignored, right devices are refused far too often."""

    def certain(known):
        return Assignment(known.p1_given_0, known.p0_given_1, 0.0, 0.0)

    assert (p_values(calibration=1000, assignment=certain) < 0.05).mean() > 0.15


@pytest.mark.parametrize(("stated", "share"), [(300, (0.0, 0.12)), (10**9, (0.2, 1.0))])
def test_what_the_reset_leaves_is_shared_by_all_counts(stated, share):
    """A residual excitation known from 300 resets scatters all counts, and is allowed for.

    Probabilities are linear in it; if it is taken for certain, right devices are refused.
    """
    low, high = (predict(FILE, excitation) for excitation in (0.0, 0.4))
    expected, rng = expectation(FILE), np.random.default_rng(4)
    mean = expected.prediction.residual_excitation
    settings = Settings(FILE.replace({"reset.shots": stated, "vacuum.method": "none"}))
    found, charged = [], slice(settings.calibration.stop, settings.vacuum.start)
    ends = [Settings(FILE).probabilities(one)[charged] for one in (low, high)]
    for _ in range(200):
        part = (mean + np.sqrt(mean * (1 - mean) / 300) * rng.standard_normal()) / 0.4
        counts = counted((1 - part) * ends[0] + part * ends[1], 1000, FILE, rng)
        found.append(agreement(inputs_of(settings, counts, CERTAIN), expected).p_value)
    assert share[0] <= np.mean(np.array(found) < 0.05) <= share[1]


def test_the_resets_cause_is_the_change_of_the_frequencies():
    """One standard error more of excitation moves exact frequencies by the cause's column."""
    file = FILE.replace({"reset.shots": 50})
    settings, prediction = Settings(file), predict(file)
    excitation = prediction.residual_excitation
    std = np.sqrt(excitation * (1 - excitation) / 50)
    moved = predict(file, excitation + std, prediction.residual_leakage)
    change = settings.frequencies(moved) - settings.frequencies(prediction)
    column = shared_causes(settings, prediction, CERTAIN)[:, 2]
    np.testing.assert_allclose(column, change[settings.calibration.stop :], atol=1e-9)
    assert np.abs(column).max() > 5e-3


@pytest.mark.study
@pytest.mark.parametrize("shots", [1, 2, 5])
def test_few_shots_raise_no_alarm(shots):
    """With a handful of shots a setting the chi-square errs on the side of agreement."""
    assert (p_values(shots=shots, runs=60) < 0.05).mean() <= 0.10


def test_every_setting_counts_once():
    """The degrees of freedom are the settings of both arms and of the vacuum measurement."""
    inputs = read_inputs(dataset(FILE, np.random.default_rng(2)))
    expected, settings = expectation(FILE), Settings(measured_part(FILE, inputs.counts, False))
    whole = agreement(inputs, expected)
    without = replace(inputs, settings=settings, table=inputs.table[: settings.size])
    part = agreement(without, expected)
    assert whole.degrees == 2 * 21 * 3 + 2 * 41
    assert part.degrees == 2 * 21 * 3
    assert whole.chi_square > part.chi_square


def test_expectation_is_the_truth_of_the_emulator():
    """What the file leads one to expect is what an emulated run writes as its truth."""
    expected, truth = expectation(FILE), truth_dataset(FILE, predicted(FILE))
    for arm, values in expected.arms.items():
        assert not values[FLUX_WORK].any()
        for name in UNITS:
            array = values[name]
            np.testing.assert_allclose(array, truth[name].sel(arm=arm).values, atol=1e-9)
        tail = truth["measured_bloch"] - truth["bloch"]
        np.testing.assert_allclose(expected.offset(arm), tail.sel(arm=arm).values, atol=1e-9)
    assert np.abs(expected.offset("catalysed")).max() > 0.1


def test_corrections_are_as_uncertain_as_the_counts_say():
    """A model that agrees is corrected for with the file's uncertainty, another with all of it."""
    assert Agreement(100.0, 100, 0.5).correction_uncertainty(0.1) == 0.1
    assert Agreement(200.0, 100, 1e-9).correction_uncertainty(0.1) == 1.0


@lru_cache
def results(name=None):
    device = FILE.replace(OTHERS[name]) if name else FILE
    return analysed(dataset(FILE, np.random.default_rng(3), device=device))


@pytest.mark.study
@pytest.mark.parametrize("name", UNKNOWN)
def test_another_device_than_the_priors_allow_is_noticed(name):
    """Data of a device with another ladder, which no prior allows, fails the agreement."""
    check = results(name)["checks"]["model_agreement"]
    assert check["outcome"] == "fail"
    assert check["p_value"] < 1e-6
    assert "do not agree with the experiment file's device" in check["statement"]
    assert results()["checks"]["model_agreement"]["outcome"] == "pass"


@pytest.mark.study
@pytest.mark.parametrize("name", ALLOWED)
def test_another_device_within_the_priors_is_found(name):
    """Another coupling or detuning is fitted, and the corrections are those of that device."""
    device = FILE.replace(OTHERS[name])
    found = fitted_device(read_inputs(dataset(FILE, np.random.default_rng(3), device=device)))
    assert found.agreed.consistent
    starts = {parameter.name: parameter.start for parameter in found.fit.parameters}
    for key, off in ALLOWED[name].items():
        value, std = found.fit.value(key)
        assert abs(value - off) < 4 * std
        assert abs(off - starts[key]) > 8 * std


@pytest.mark.study
@pytest.mark.parametrize("name", ["two levels"])
def test_disagreement_widens_what_the_model_corrected(name):
    """Where the tail was corrected on the model's word, intervals grow with the correction."""
    right, wrong = results()["arms"]["catalysed"], results(name)["arms"]["catalysed"]
    tail = np.abs(wrong["pipeline_bias"]["bloch"])  # of the device that fits best
    corrected = tail > 0.1
    assert corrected.sum() > 5
    stds = [np.array(arm["bloch"]["std"]) for arm in (right, wrong)]
    assert (stds[1][corrected] >= tail[corrected]).all()
    assert (stds[0][corrected] < 0.7 * tail[corrected]).all()
    for quantity in ("heat_integral", "heat_current", "energy"):
        widths = [
            np.subtract(arm[quantity]["ci_high"], arm[quantity]["ci_low"]).mean()
            for arm in (right, wrong)
        ]
        assert widths[1] > 1.5 * widths[0]


def test_without_correction_nothing_comes_from_the_model():
    """`correction = "none"` leaves the raw vectors: no tail, no bias, and a check that says so."""
    plain = FILE.replace({"analysis.correction": "none"})
    found = analysed(dataset(plain, np.random.default_rng(3)))
    for name in ("bloch", "energy", "power", "heat_current", "heat_integral"):
        assert not np.any(found["arms"]["catalysed"]["pipeline_bias"][name])
    assert found["checks"]["readout_sequence"]["outcome"] == "warn"
    assert "was not corrected" in found["checks"]["readout_sequence"]["statement"]
    moved = np.subtract(
        found["arms"]["catalysed"]["heat_integral"]["value"],
        results()["arms"]["catalysed"]["heat_integral"]["value"],
    )
    bias = results()["arms"]["catalysed"]["pipeline_bias"]["heat_integral"]
    # The work is that of the fitted Rabi rate: its prior is 0.3 %, the work about 1 hbar w_q.
    np.testing.assert_allclose(moved, bias, atol=4e-3)
