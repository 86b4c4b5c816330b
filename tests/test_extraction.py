"""Ergotropy taken out by a pulse: the pulse, its readings, the work's estimate, and the plan."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import xarray as xr
from commands import SMALL, call, refused
from test_estimators import derivative, difference, drawn, exact, scaled, spread_over
from test_sequence import LOSSY, reads_1

import cqed_battery as cb
from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.ergotropy.extraction import ExtractedWork, extraction_dict
from analysis.estimators.expectation import Expectation, expectation
from analysis.estimators.global_fit.device import planned_expectation
from analysis.estimators.observed import SEQUENCE
from analysis.pipeline import analyse
from analysis.planning import parse_claim
from analysis.planning.claims import model_free
from analysis.results.blocks import ExtractionResults
from analysis.results.estimates import read_typed
from cqed_battery import Experiment
from cqed_battery.energetics import qubit_ergotropy
from cqed_battery.experiment import ExperimentError
from protocols.emulation.emulate import emulate
from protocols.faults.simulated import simulate
from protocols.prediction.predict import named, predict
from protocols.sequence.sequence import sequence_of
from protocols.settings.settings import Settings
from protocols.stages.calibration import bare_unitary, rotated_axis, tuned_rotation
from protocols.stages.extraction import (
    ExtractionPulse,
    extracted_work,
    extraction_pulses,
    with_pulses,
)

pytestmark = pytest.mark.study

TIMES = (6.0, 21.0)
POINT = Experiment.from_text(SMALL).replace(
    {
        "coupler.g_on_MHz": 30.0,
        "extraction.unitary": "model",
        "extraction.times_ns": TIMES,
        "vacuum.method": "none",
        "priors.correction": 0.2,
    }
)
NO_FIT = {"analysis.global_fit": False, "analysis.correction": "none"}


def random_bloch(rng):
    vector = rng.standard_normal(3)
    return vector / np.linalg.norm(vector) * rng.uniform(0.01, 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_optimal_pulse_reads_the_axis_opposite_to_the_state(seed):
    """It leaves z = -|r|, so that (z + |r|)/2, the ergotropy, is taken out."""
    bloch = random_bloch(np.random.default_rng(seed))
    pulse = ExtractionPulse.optimal(bloch)
    length = np.linalg.norm(bloch)
    assert pulse.direction @ bloch == pytest.approx(-length, abs=1e-12)
    assert 0 <= pulse.angle <= np.pi


def test_a_tuned_pulse_of_any_angle_reads_its_axis():
    """On the bare transmon a pulse of angle a at phase 0 measures (0, sin a, cos a)."""
    device = POINT.device
    alpha = -2 * np.pi * 0.25
    for angle in (0.05, 0.7, 2.3, 3.1):
        unitary = bare_unitary(tuned_rotation(device, angle, 16.0), 3, alpha, 0.25)
        wanted = ExtractionPulse(angle, 0.0).direction
        np.testing.assert_allclose(rotated_axis(unitary), wanted, atol=2e-4)


@pytest.mark.parametrize("arm", ["catalysed", "control"])
def test_the_reading_is_that_of_a_second_engine(arm):
    """The exported samples, evolved densely, read 1 after the pulse as often, to 1e-7."""
    lossy = named(
        LOSSY.replace(
            {
                "vacuum.method": "none",
                "extraction.unitary": "model",
            }
        )
    )
    found = reads_1(lossy, cb.sequence(lossy, arm=arm, axis="extraction").to_dict())
    predicted = predict(lossy).arms[arm]
    assert found == pytest.approx(predicted.extraction[-1, 1], abs=1e-7)
    assert predicted.extraction[-1, 0] == pytest.approx(predicted.probability[-1, 2], abs=1e-12)


def test_every_row_of_the_table_lasts_as_long_as_its_sequence():
    """Readings before and after take as long, and as the table says."""
    file = named(POINT)
    table = Settings(file)
    rows = [row for row in table.rows() if row.stage == "extraction"]
    assert len(rows) == 2 * len(TIMES) * 2 == table.size - table.vacuum.stop
    lasting = [sequence_of(file, row).duration_ns for row in rows]
    np.testing.assert_allclose(lasting, table.periods_ns[table.extraction], rtol=1e-12)


def test_ideal_pulses_on_a_coupler_that_shuts_at_once_take_out_the_ergotropy():
    """Nothing lies between charging and reading, so P(1) before less after is the ergotropy."""
    ideal = POINT.replace(
        {"tomography.pulse": "none", "coupler.ramp_ns": 0.0, "transmon.levels": 2}
    )
    prediction = predict(ideal)
    table = Settings(prediction.experiment)
    for arm in prediction.arms.values():
        taken = -np.diff(arm.extraction[table.extraction_places])[:, 0]
        ergotropy = qubit_ergotropy(arm.bloch)[table.extraction_places]
        np.testing.assert_allclose(taken, ergotropy, atol=1e-10)
        assert ergotropy.max() > 0.1


def test_tomography_names_the_pulses_from_the_counts_that_the_dataset_holds():
    """Angle and phase turn the measured vector, readout corrected, onto -z."""
    file = POINT.replace({"extraction.unitary": "tomography", **NO_FIT})
    dataset = emulate(file)
    played = Experiment.from_text(dataset.attrs["experiment"])
    share = dataset["counts"].sel(outcome=1) / dataset["counts"].sum("outcome")
    zero, one = (
        float(dataset["calibration_counts"][n, 1] / dataset["calibration_counts"][n].sum())
        for n in (0, 1)
    )
    for arm in ("catalysed", "control"):
        for time, pulse in zip(TIMES, extraction_pulses(played, arm), strict=True):
            vector = 2 * (share.sel(arm=arm, time=time).values - zero) / (one - zero) - 1
            np.testing.assert_allclose(
                pulse.direction, -vector / np.linalg.norm(vector), atol=1e-12
            )
    assert Settings(file).experiment.extraction.catalysed_angle_rad is None


def test_named_pulses_are_played_as_they_stand():
    """A file that states its pulses is emulated with these, whatever would name them."""
    stated = with_pulses(POINT, {arm: np.full((9, 3), 0.3) for arm in SIGNS})
    for unitary in ("model", "tomography"):
        dataset = emulate(stated.replace({"extraction.unitary": unitary, **NO_FIT}))
        played = Experiment.from_text(dataset.attrs["experiment"])
        assert played.extraction.pulses("control") == stated.extraction.pulses("control")


def test_each_reading_is_made_at_its_own_time_in_a_drifting_run():
    """The extraction stands last, where the whole drift of the frequency has come."""
    drifting = named(POINT).replace(
        {"faults.frequency_drift_MHz": 3.0, "transmon.levels": 3, "control.enabled": False}
    )
    table, found = Settings(drifting), simulate(drifting).prediction
    moment = table.extraction_part(table.times_within_run)[0, 1, 1]
    device = drifting.device.shifted(3.0 * moment, 0.0)
    then = predict(drifting, actual=device).arms["catalysed"].extraction
    place = table.extraction_places[1]
    assert moment > 0.8
    assert found.arms["catalysed"].extraction[place, 1] == pytest.approx(then[place, 1], abs=2e-5)
    first = predict(drifting).arms["catalysed"].extraction
    assert abs(first[place, 1] - then[place, 1]) > 1e-3


@lru_cache(maxsize=1)
def expected() -> Expectation:
    return expectation(named(POINT))


def estimators():
    return [
        ExtractedWork(expected(), (0, 1)),
        ExtractedWork(expected(), (1,), SIGNS),
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_the_estimate_is_linear_in_the_frequencies_as_its_weights_say(place):
    """Also in those of the calibration; exact frequencies give the true work."""
    found = estimators()[place]
    linear = found.linear(found.settings.shots)
    file = found.settings.experiment
    true = sum(
        sign * extracted_work(file, arm, expected().arms[arm]["bloch"])[list(found.numbers)]
        for arm, sign in found.signs.items()
    )
    np.testing.assert_allclose(linear.value, true, atol=1e-12)
    used = np.flatnonzero(np.abs(linear.weights).max(axis=0))
    assert set(used) == {0, 1, *np.flatnonzero(found.own)}
    for row in used:
        step = 1e-5 * np.eye(found.settings.size)[row]

        def value(frequency):
            return found.estimate(exact(found, frequency)).value

        slope = derivative(value, found.frequency, step) / 1e-5
        np.testing.assert_allclose(linear.weights[:, row], slope, atol=1e-6)


@pytest.mark.parametrize("place", [0, 1])
def test_stated_errors_are_the_scatter_of_drawn_counts(place):
    """Shot noise and calibration by the linear form, within 5 Monte-Carlo errors of 400 draws."""
    found = estimators()[place]
    linear = found.linear(found.settings.shots)
    stated = np.sqrt(linear.shot_variance(found.frequency, found.settings.shots))
    ratio = spread_over(found, 400, seed=3) / stated
    room = 5 / np.sqrt(2 * 400)
    assert np.abs(ratio - 1).max() < room
    assert (np.abs(np.sqrt(2) * ratio - 1) > room).all()


def test_the_readout_sequence_moves_the_work_as_it_says():
    """A model whose state is further from what is read by the prior moves it by the cause."""
    found = estimators()[0]
    cause = found.linear(found.settings.shots).causes[SEQUENCE]
    model, known, small = found.expected, found.settings.experiment.priors.correction, 1e-3
    arms = {arm: dict(values) for arm, values in model.arms.items()}
    prediction = scaled(model, SEQUENCE, 0.0).prediction
    moved = dict(prediction.arms)
    for name, arm in prediction.arms.items():
        extraction = arm.extraction.copy()
        places = found.settings.extraction_places
        read = np.stack(
            [
                (1 + arms[name]["bloch"][places, 2]) / 2,
                (1 + arms[name]["bloch"][places, 2]) / 2
                - extracted_work(found.settings.experiment, name, arms[name]["bloch"]),
            ],
            axis=-1,
        )
        extraction[places] += small * known * (extraction[places] - read)
        moved[name] = replace(arm, extraction=extraction)
    other = Expectation(replace(prediction, arms=moved), arms)
    np.testing.assert_allclose(difference(found, other) / small, cause, rtol=1e-6, atol=1e-9)
    assert np.abs(cause).max() > 1e-3


@lru_cache(maxsize=1)
def run():
    dataset = emulate(POINT.replace({"analysis.global_fit": False}))
    return dataset, analyse(dataset)


def test_work_and_tomography_agree_and_their_difference_is_tighter_than_their_errors():
    """The check passes; what both share, the calibration, cancels in the difference."""
    dataset, results = run()
    found = results.extraction
    assert results.checks["extraction"].outcome == "pass"
    assert found.unitary == "model"
    for name, arm in found.arms.items():
        true = dataset["truth"]["extracted_work"].sel(arm=name).values
        assert (np.abs(arm.work.value - true) < 4 * arm.work.std).all()
        np.testing.assert_allclose(
            arm.energy_before.value - arm.energy_after.value, arm.work.value, atol=1e-12
        )
        np.testing.assert_allclose(
            arm.ergotropy.value - arm.work.value, arm.ergotropy_less_work.value, atol=1e-9
        )
        assert (arm.ergotropy_less_work.std < arm.ergotropy.std + arm.work.std).all()
    gain = found.arms["catalysed"].work.value - found.arms["control"].work.value
    np.testing.assert_allclose(found.gain.value, gain, atol=1e-12)


def test_a_pulse_that_is_not_the_optimal_one_fails_the_check():
    """Pulses that turn nothing take out nothing, whatever tomography says is there."""
    none = with_pulses(POINT, {arm: np.tile([0.0, 0.0, -1.0], (9, 1)) for arm in SIGNS})
    check = analyse(emulate(none.replace(NO_FIT))).checks["extraction"]
    assert check.outcome == "fail"
    assert "less than tomography says is there" in check.statement


def test_the_verbs_say_what_was_taken_out(tmp_path):
    """The run prints a table, results.json and the report hold it, and the sequence plays it."""
    file = tmp_path / "e.toml"
    file.write_text(POINT.replace(NO_FIT | {"control.enabled": False}).to_toml(comments=False))
    printed = call("run", file, "--out", tmp_path / "run").stdout
    assert "extraction" in printed
    assert "work" in printed
    assert "Ergotropy taken out" in (tmp_path / "run" / "report.html").read_text()
    steps = call("sequence", file, "--axis", "extraction", "--time", "6").stdout
    assert "extraction pulse" in steps


def test_a_plan_reaches_the_sigmas_that_it_says():
    """Counts drawn with the planned shots give the work so many of their errors from 0."""
    quiet = POINT.replace({"priors.correction": 0.02})
    found = cb.plan(quiet, "extracted-work", sigma=5.0)
    assert found.outcome == "planned"
    assert found.experiment.extraction.catalysed_angle_rad is None
    estimator = model_free(
        parse_claim("extracted-work"), planned_expectation(named(found.experiment))
    )
    linear = estimator.linear(estimator.settings.shots.astype(float))
    rng = np.random.default_rng(4)
    values = np.array([estimator.estimate(drawn(estimator, rng)).value[0] for _ in range(200)])
    std = np.sqrt(values.var(ddof=1) + linear.systematic_variance[0])
    assert linear.value[0] / std == pytest.approx(found.options["recommended"].sigmas, rel=0.2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"extraction.times_ns": (5.0,)}, "extraction.times_ns must be charging times"),
        ({"extraction.times_ns": (6.0, 6.0)}, "extraction.times_ns must be strictly increasing"),
        (
            {"extraction.control_angle_rad": (1.0, 1.0)},
            "extraction.control_phase_rad must be given with",
        ),
        (
            {
                "extraction.control_angle_rad": (1.0,),
                "extraction.control_phase_rad": (1.0,),
            },
            "must have an entry for each of the 2 extraction times, but has 1",
        ),
        ({"allocation.control_after": (5,)}, "for each of the 2 extraction times"),
        (
            {"charging.axis": "amplitude", "extraction.times_ns": None},
            r'extraction\.unitary must be "none" with charging\.axis = .*set the axis to "time"',
        ),
    ],
)
def test_what_cannot_be_extracted_is_refused(changes, sentence):
    """Times that are not charged to, half a pulse, too few pulses or shots."""
    with pytest.raises(ExperimentError, match=sentence):
        POINT.replace(changes)


@pytest.mark.parametrize(
    ("claim", "settings", "sentence"),
    [
        ("extracted-work", {"extraction.unitary": "none"}, "needs the extraction: set"),
        ("extracted-work-at:7", {}, "must be one of the extraction times, but is 7 ns"),
    ],
)
def test_a_claim_of_work_that_no_setting_measures_is_refused(tmp_path, claim, settings, sentence):
    """Without an extraction, or at another time."""
    file = tmp_path / "e.toml"
    file.write_text(POINT.replace(settings).to_toml(comments=False))
    assert sentence in " ".join(refused("plan", file, "--claim", claim).split())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"extraction.unitary": "none"}, "holds 'extraction_counts', but its experiment file"),
        ({"extraction.unitary": "tomography"}, "does not say which pulses tomography named"),
        ({"extraction.times_ns": (3.0, 6.0)}, "extraction times of 'extraction_counts' are not"),
    ],
)
def test_counts_that_the_file_does_not_explain_are_refused(changes, sentence):
    """Counts without an extraction, pulses that nobody wrote down, other times."""
    dataset, _ = run()
    file = POINT.replace(changes)
    other = xr.DataTree.from_dict({"/": dataset.to_dataset().copy()})
    other.attrs = dataset.attrs | {"experiment": file.to_toml(comments=False)}
    with pytest.raises(cb.CqedBatteryError, match=sentence):
        analyse(other)


def test_the_interval_of_the_work_covers_and_agrees_with_tomography_on_drawn_runs():
    """200 runs of both arms at two times: 93 to 97 % hold the truth, as many differences are small.

    The device is the file's and known; the counts are drawn, calibration included. Intervals that
    are half as wide would not do.
    """
    model = expected()
    rng, covered, agreeing, narrow = np.random.default_rng(21), [], [], []
    found = ExtractedWork(model, (0, 1))
    file = found.settings.experiment
    for _ in range(200):
        data = drawn(found, rng)
        block = read_typed(ExtractionResults, extraction_dict(data))
        for name, arm in block.arms.items():
            true = extracted_work(file, name, model.arms[name]["bloch"])
            pulls = (arm.work.value - true) / arm.work.std
            covered.append((arm.work.ci_low <= true) & (true <= arm.work.ci_high))
            narrow.append(np.abs(pulls) < 0.98)
            less = arm.ergotropy_less_work
            agreeing.append(np.abs(less.value / less.std) < 1.96)
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(narrow) < 0.85
    assert 0.92 <= np.mean(agreeing) <= 0.99
