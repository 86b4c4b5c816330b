"""A calibration without herald: what is counted, and what the analysis makes of it."""

import numpy as np
import pytest
import xarray as xr
from oracles import agrees

from analysis.data.inputs import read_inputs
from analysis.estimators.agreement import shared_causes
from analysis.estimators.expectation import expectation
from analysis.estimators.observed import PREPARATION, Observed
from analysis.estimators.state.assignment import assignment_from, assignment_of
from cqed_battery.experiment import Experiment
from protocols import emulate, predict
from protocols.sequence.sequence import sequence_of
from protocols.settings.settings import Settings

EXCITED, P10, P01 = 0.12, 0.03, 0.08
FILE = Experiment().replace(
    {
        "readout.preparation": "reset",
        "readout.p1_given_0": P10,
        "readout.p0_given_1": P01,
        "readout.calibration_shots": 400_000,
        "transmon.residual_excitation": EXCITED,
        "reset.kind": "none",
        "charging.points": 5,
        "charging.stop_ns": 8.0,
        "transmon.levels": 3,
        "vacuum.points": 3,
        "vacuum.stop_ns": 10.0,
    }
)


def wrong_shares(excited):
    """P(1) of level 0 and P(0) of level 1: errors of the part that is right and of the other."""
    right = 1 - excited
    return right * P10 + excited * (1 - P01), right * P01 + excited * (1 - P10)


def test_counts_are_those_of_mixed_levels():
    """At five standard errors, and not those of pure levels."""
    counts = emulate(FILE)["calibration_counts"].values
    for level, share in enumerate(wrong_shares(EXCITED)):
        wrong, shots = int(counts[level, 1 - level]), int(counts[level].sum())
        # The reset's own shots say how excited the levels are, to sqrt(q (1 - q)/5000).
        slack = 5 * 0.9 * np.sqrt(EXCITED * (1 - EXCITED) / 5000)
        assert abs(wrong / shots - share) < slack
        assert not agrees(wrong, shots, (P10, P01)[level])


def test_the_table_predicts_them_and_the_excitation_is_that_of_the_prediction():
    """Settings.frequencies is the closed form, at whatever the reset left."""
    for left in (EXCITED, 0.3):
        found = Settings(FILE).frequencies(predict(FILE, left))[:2]
        zero, one = wrong_shares(left)
        np.testing.assert_allclose(found, [zero, 1 - one], rtol=1e-12)


def test_the_analysis_finds_the_errors_of_pure_levels():
    """From exact shares of wrong outcomes, and from counts with standard errors of their own."""
    prepared = Settings(FILE).expected_prepared
    assert prepared == pytest.approx((EXCITED, 1 - EXCITED))
    exact = assignment_of(np.array(wrong_shares(EXCITED)), prepared)
    assert (exact.p1_given_0, exact.p0_given_1) == pytest.approx((P10, P01), rel=1e-12)
    shots = 10**6
    ones = [round(shots * share) for share in wrong_shares(EXCITED)]
    counts = np.array([[shots - ones[0], ones[0]], [ones[1], shots - ones[1]]])
    found = assignment_from(counts, prepared)
    assert found.p1_given_0 == pytest.approx(P10, abs=1e-5)
    rng = np.random.default_rng(1)
    drawn = rng.binomial(shots, wrong_shares(EXCITED), size=(4000, 2)) / shots
    spread = np.std([assignment_of(one, prepared).p1_given_0 for one in drawn])
    assert found.p1_given_0_std == pytest.approx(spread, rel=0.06)


def test_numbers_move_as_their_weights_and_the_excitation_s_cause_say():
    """A Bloch component from exact frequencies: moved by a calibration row, and by what is taken
    for the excitation of the prepared levels.
    """
    expected = expectation(FILE)
    settings = Settings(expected.prediction.experiment)
    frequency = settings.frequencies(expected.prediction)
    shots = settings.shots

    def seen(moved, assumed=FILE):
        return Observed.exact(expected, Settings(assumed), moved, shots)

    data = seen(frequency)
    weights = np.zeros((1, len(settings.times), 3))
    weights[0, 3, 2] = 1.0
    number = data.linear(np.zeros(1), {"catalysed": weights}, {}, corrected=False)

    def z(observed):
        return float(observed.measured("catalysed")[3, 2])

    for row in (0, 1):
        step = np.zeros_like(frequency)
        step[row] = 1e-6
        slope = (z(seen(frequency + step)) - z(seen(frequency - step))) / 2e-6
        assert slope == pytest.approx(number.weights[0, row], rel=1e-6)
    (cause,) = number.causes[PREPARATION]
    off = FILE.replace({"transmon.residual_excitation": EXCITED + 1e-6})
    by_excitation = (z(seen(frequency, off)) - z(data)) / 1e-6
    assert cause * by_excitation > 0
    assert abs(cause / by_excitation) == pytest.approx(
        np.hypot(np.sqrt(EXCITED * (1 - EXCITED) / FILE.reset.shots), _prior()), rel=1e-4
    )


def _prior():
    return FILE.priors.residual_excitation * EXCITED


def test_heralded_levels_stay_as_they_were():
    """The default: pure levels, no cause, and a readout before the measured one."""
    heralded = FILE.replace({"readout.preparation": "heralded"})
    assert Settings(heralded).expected_prepared == (0.0, 1.0)
    expected = expectation(heralded)
    settings = Settings(expected.prediction.experiment)
    data = Observed.exact(
        expected, settings, settings.frequencies(expected.prediction), settings.shots
    )
    weights = np.ones((1, len(settings.times), 3))
    assert PREPARATION not in data.linear(np.zeros(1), {"catalysed": weights}, {}).causes


def test_level_1_is_prepared_by_a_pi_pulse():
    """Without a herald level 0 is not prepared at all, and level 1 takes a tuned pulse."""
    rows = list(Settings(FILE).rows())[:2]
    zero, one = ([step.name for step in sequence_of(FILE, row).steps] for row in rows)
    assert "pi pulse" not in zero
    assert "pi pulse" in one
    assert not any("herald" in name for name in (*zero, *one))
    lengths = Settings(FILE).sequences_ns[:2]
    np.testing.assert_allclose(lengths, [0.0, FILE.tomography.pulse_ns])


@pytest.mark.parametrize("model", ["plain", "dispersive"])
def test_the_dataset_is_analysed_with_them(model):
    """Counts of either readout model give assignment errors of pure levels."""
    file = FILE.replace({"readout.model": model, "dispersive.photons": 8.0})
    found = read_inputs(emulate(file)).assignment
    stated = (P10, P01) if model == "plain" else None
    if stated is None:
        from protocols.readout import assignment_errors

        errors = assignment_errors(file)
        stated = errors.p1_given_0, errors.p0_given_1
    slack = 5 * np.sqrt(EXCITED * (1 - EXCITED) / FILE.reset.shots) / (1 - 2 * EXCITED)
    assert (found.p1_given_0, found.p0_given_1) == pytest.approx(stated, abs=slack)


def test_a_reset_that_left_more_than_expected_is_within_the_shared_causes():
    """Counts at another excitation differ from what is expected by the shared cause's slope."""
    found = expectation(FILE)
    settings = Settings(found.prediction.experiment)
    step = 1e-5
    frequency = settings.frequencies(predict(settings.experiment, EXCITED + step))
    wrong = np.array([frequency[0], 1 - frequency[1]])
    seen = assignment_of(wrong, settings.expected_prepared)
    expected = seen.frequency(settings.probabilities(found.prediction)[2:])
    right = assignment_of(np.array(wrong_shares(EXCITED)), settings.expected_prepared)
    column = shared_causes(settings, found.prediction, right)[:, 2]
    std = np.sqrt(EXCITED * (1 - EXCITED) / FILE.reset.shots)
    np.testing.assert_allclose((frequency[2:] - expected) / step, column / std, atol=2e-3)


def test_outcome_2_is_left_out_with_a_note():
    """Three outcomes are told apart by pure levels; others leave them folded, and say so."""
    tree = emulate(FILE)
    leaked = xr.ones_like(tree["counts"].sel(outcome=1, drop=True), dtype=int)
    prepared = xr.zeros_like(tree["calibration_counts"].sel(outcome=1, drop=True), dtype=int)
    tree["leaked_counts"], tree["leaked_calibration_counts"] = leaked, prepared
    found = read_inputs(tree)
    assert found.three_outcomes is None
    assert any("outcome 2" in note for note in found.notes)
    tree.attrs["experiment"] = FILE.replace({"readout.preparation": "heralded"}).to_toml()
    heralded = read_inputs(tree)
    assert heralded.three_outcomes is not None
    assert not heralded.notes
