"""One operating point of a search: its steady state, its times, its sigmas."""

import json
from math import hypot, inf, sqrt
from pathlib import Path

import numpy as np
import pytest
from boxes import FIXED, LINE, WANTED, box

from analysis.design_search.box.box import parse_box, read_box
from analysis.design_search.point.charging_times import design_times, even_grid
from analysis.design_search.point.measurement import ways
from analysis.design_search.point.point import (
    compute_point,
    evaluate,
    exact_point,
    expected_arms,
    point_experiment,
    unpack_point,
)
from analysis.design_search.point.point_result import (
    EXACT,
    REFUSED,
    SCREENED,
    PointResult,
)
from analysis.design_search.point.point_result import UNMEASURED as UNREAD
from analysis.design_search.point.ready import ready_file
from analysis.design_search.point.significance import Sigmas
from analysis.design_search.point.steady_state import steady_arm
from analysis.design_search.statements import refusals, screening_statement, statement
from analysis.estimators.windows import late_window, rabi_period
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz, rate_from_t1_us
from protocols.prediction.predict import predict, read_by
from protocols.settings.settings import Settings

NO_VACUUM = {"vacuum.method": "none"}
EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_steady_state_of_the_control_is_that_of_the_bloch_equations():
    """Without coupling the driven qubit tends to the closed form of Bloch (1946)."""
    lone = FIXED.replace(
        {
            "coupler.g_off_MHz": 0.0,
            "transmon.residual_excitation": 0.0,
            "transmon.t1_us": 2.0,
            "resonator.temperature_mK": 0.0,
        }
    )
    rabi, detuning = angular_from_mhz(48.0), angular_from_mhz(45.0)
    first = rate_from_t1_us(2.0)
    second = first / 2 + angular_from_mhz(0.1)
    turned = 1 + (detuning / second) ** 2
    whole = turned + rabi**2 / first / second
    z, across = -turned / whole, rabi / second * sqrt(turned) / whole
    found = steady_arm(lone, "control")
    assert found.ergotropy == pytest.approx((hypot(z, across) + z) / 2, abs=1e-9)
    assert found.vacuum_fidelity == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("detuning", [-112.0, 60.0])
def test_the_steady_state_is_where_the_exact_dynamics_end(detuning):
    """After twenty lifetimes both arms have the ergotropy and F by which starts are chosen."""
    values = {"resonator.detuning_MHz": detuning, "charging.stop_ns": 10_000.0}
    experiment = point_experiment(FIXED.replace({"transmon.t1_us": 0.5}), box(), values)
    arms = expected_arms(experiment).arms
    for arm in ("catalysed", "control"):
        steady = steady_arm(experiment, arm)
        assert arms[arm]["ergotropy"][-1] == pytest.approx(steady.ergotropy, abs=1e-4)
        assert arms[arm]["vacuum_fidelity"][-1] == pytest.approx(steady.vacuum_fidelity, abs=1e-4)


def test_without_loss_there_is_no_one_steady_state():
    """Nothing that screens is said then, and the point gets its exact dynamics."""
    values = {"resonator.linewidth_MHz": 0.0, "transmon.t1_us": inf, "drive.rabi_rate_MHz": 0.0}
    lossless = FIXED.replace(values)
    assert steady_arm(lossless, "catalysed") is None
    weakest = steady_arm(FIXED.replace({"resonator.linewidth_MHz": 1e-3}), "catalysed")
    assert weakest is not None
    found = evaluate(lossless, box(), {"resonator.detuning_MHz": -100.0})
    assert np.isfinite(found.mean_gain)


def test_a_screened_point_says_so_and_keeps_its_exact_values():
    """Off the resonance there is no gain: screened by exact values, the measurement not asked."""
    text = LINE + "[objective]\nleast_gain = 0.9\n"
    values = {"resonator.detuning_MHz": -140.0}
    fast = FIXED.replace({"transmon.t1_us": 0.1})
    screened = evaluate(fast, box(text), values)
    exact = evaluate(fast, box(text), values, screening=False)
    assert (screened.status, exact.status) == (SCREENED, EXACT)
    for name in ("heat", "mean_gain", "late_gain", "fidelity", "merit"):
        assert getattr(screened, name) == getattr(exact, name)
    assert np.isnan(screened.sigmas)
    assert np.isfinite(exact.sigmas)


def test_the_resonance_of_the_dressed_qubit_carries_the_gain():
    """The gain is largest where the resonator lies a generalised Rabi frequency off the drive."""
    resonance = -45.0 - hypot(48.0, 45.0)
    gains = {
        off: evaluate(
            FIXED, box(), {"resonator.detuning_MHz": resonance + off}, screening=False
        ).late_gain
        for off in (-20.0, 0.0, 20.0)
    }
    assert max(gains, key=lambda off: gains[off]) == 0.0
    assert gains[0.0] > 0.4


def test_the_shipped_point_meets_all_three_within_its_hours():
    """Exact dynamics at the example: both gains over 0.5, F over 0.97, S below 0, 5 sigmas each."""
    experiment = Experiment.from_toml(EXAMPLES / "operating_point.toml")
    objective = read_box(EXAMPLES / "box.toml", experiment).objective
    point = exact_point(experiment, objective)
    assert min(point.mean_gain, point.late_gain) >= 0.5
    assert point.fidelity >= 0.97
    assert point.heat < 0
    assert point.meets(objective)
    settings = Settings(experiment)
    assert settings.hours(settings.shots) < objective.hours


def test_sigmas_stand_at_what_is_wanted_for_the_shots_that_are_needed():
    """A little fewer shots than needed leave an observation short; the needed ones do not."""
    experiment = point_experiment(FIXED, box(), {"resonator.detuning_MHz": -111.0})
    sigmas = Sigmas(experiment, expected_arms(experiment), box().objective)
    needed = sigmas.needed(2.0)
    assert needed is not None
    tomography, vacuum = needed
    assert min(sigmas.of(1.01 * tomography)[:2]) >= 2.0
    assert min(sigmas.of(0.9 * tomography)[:2]) < 2.0
    assert sigmas.of(1.01 * vacuum)[2] >= 2.0
    assert sigmas.needed(1e4) is None


def test_what_is_zero_for_certain_divides_nothing():
    """Without a drive the gain is 0 without variance: no sigmas above its bar of 0."""
    experiment = point_experiment(FIXED, box(), {"drive.rabi_rate_MHz": 0.0})
    _, gain, _ = Sigmas(experiment, expected_arms(experiment), box().objective).of(1e4)
    assert abs(gain) < 1e-6


def test_times_are_dense_early_and_cover_the_late_window():
    """Ten early times in a period, an even early grid, and three or more in the late window."""
    times, early = design_times(FIXED, 60.0, 4000.0)
    steps = np.diff(times[times <= early])
    assert steps.max() <= rabi_period(FIXED) / 10 + 0.01
    assert np.ptp(steps) < 0.02
    start, end, whole = late_window(FIXED, times)
    assert whole
    assert ((times >= start) & (times <= end)).sum() >= 3
    experiment = point_experiment(FIXED, box(), {"resonator.detuning_MHz": -111.0})
    stop, count = even_grid(experiment)
    assert stop / (count - 1) <= rabi_period(FIXED) / 3.5
    even = np.linspace(0, stop, count)
    assert np.abs(even - float(experiment.analysis.heat_window_end_ns)).min() < 1e-6


UNMEASURED = FIXED.replace(
    {
        "transmon.dephasing_rate_MHz": 0.15,
        "transmon.t1_us": 30.0,
        "resonator.frequency_GHz": 4.884,
        "vacuum.method": "displaced-parity",
        "vacuum.kappa_off_MHz": 0.01,
        "vacuum.shift_per_photon_MHz": 0.6,
        "charging.stop_ns": 3000.0,
    }
)
PLACE = {"resonator.detuning_MHz": -116.0}
CHI = '[measurement]\n"vacuum.shift_per_photon_MHz" = [0.6, 4.0]\n'
METHODS = '[measurement]\nvacuum.method = ["displaced-parity", "vacuum-rabi"]\n'


def test_a_promise_that_cannot_be_measured_is_said():
    """Exact physics that the resonator's measurement refuses is kept, with the reason."""
    wanted = parse_box(LINE + WANTED, "box.toml", UNMEASURED)
    point = evaluate(UNMEASURED, wanted, PLACE)
    assert point.status == UNREAD
    assert "coherence survives" in point.reason
    arms = expected_arms(point_experiment(UNMEASURED, wanted, PLACE).replace(NO_VACUUM)).arms
    assert point.fidelity == pytest.approx(arms["catalysed"]["vacuum_fidelity"][-1], abs=1e-12)
    assert point.sustained_gain > 0.2
    poor = PointResult(SCREENED, late_gain=0.1, fidelity=0.99)
    said = statement(wanted, poor, [point])
    assert said.startswith("1 of 1 points evaluated reach a gain of 0.2")
    assert point.reason in said
    assert "[measurement] in the box may allow others" in said
    nothing = statement(wanted, poor, [])
    assert nothing.startswith("nothing found in the box")
    assert point.reason not in nothing
    assert _merit_is_between(wanted, point, poor)


def _merit_is_between(wanted, unread, poor):
    """A point that cannot be measured is worth more than a poor one, less than a measured one."""
    measured = evaluate(UNMEASURED, parse_box(LINE + WANTED + CHI, "box.toml", UNMEASURED), PLACE)
    return (
        evaluate(FIXED, wanted, {"resonator.detuning_MHz": -90.0}).merit
        < unread.merit
        < (measured.merit)
    )


@pytest.mark.parametrize(("text", "count"), [(CHI, 31), (METHODS, 2), (CHI + METHODS[14:], 62)])
def test_the_measurement_is_chosen_for_the_point(text, count):
    """Of the ways that a box allows one that no other beats on F, its sigmas as alone it has."""
    wanted = parse_box(LINE + WANTED + text, "box.toml", UNMEASURED)
    allowed = ways(wanted)
    assert len(allowed) == count
    chosen = evaluate(UNMEASURED, wanted, PLACE)
    assert chosen.status == EXACT
    one_way = parse_box(LINE + WANTED, "box.toml", FIXED)
    for number in {0, count // 3, 2 * count // 3, count - 1, chosen.way}:
        alone = evaluate(UNMEASURED.replace(allowed[number]), one_way, PLACE)
        if number == chosen.way:
            assert alone.vacuum_sigmas == pytest.approx(chosen.vacuum_sigmas, rel=1e-9)
        elif alone.status == EXACT:
            assert alone.vacuum_sigmas <= chosen.vacuum_sigmas
    ready = ready_file(UNMEASURED, wanted, PLACE, allowed[chosen.way]).experiment
    for key, value in allowed[chosen.way].items():
        assert getattr(ready.vacuum, key.partition(".")[2]) == value


def test_reading_in_another_way_is_predicting_it():
    """The charging is not evolved again, and the probabilities are the same."""
    bare = predict(FIXED.replace(NO_VACUUM))
    other = FIXED.replace({"resonator.fock_levels": bare.fock.levels, "vacuum.points": 7})
    found = read_by(bare, other).vacuum_probability
    np.testing.assert_allclose(found, predict(other).vacuum_probability, atol=1e-12)


def test_reasons_are_counted():
    """Those that differ in their numbers alone are one; the most frequent comes first."""
    found = [PointResult(UNREAD, reason=f"it takes {n} ns") for n in (5, 17)]
    found += [PointResult(REFUSED, reason="no photons"), PointResult(EXACT)]
    rows = [(row["status"], row["points"], row["reason"]) for row in refusals(found)]
    assert rows == [("unmeasured", 2, "it takes 5 ns"), ("refused", 1, "no photons")]
    assert "2 points, it takes 5 ns; 1 points, no photons" in screening_statement(found)


def test_a_reason_survives_the_disk():
    """What is saved of a point is what was found, its sentence included."""
    wanted = parse_box(LINE + WANTED, "box.toml", UNMEASURED)
    saved = compute_point(UNMEASURED.to_toml(), wanted, PLACE, False)
    kinds = [(item["name"], item["dtype"]) for item in json.loads(saved.layout)["variables"]]
    back = unpack_point(np.frombuffer(saved.data, np.dtype(kinds))[0])
    assert back.reason == evaluate(UNMEASURED, wanted, PLACE, screening=False).reason
    assert (back.status, back.way) == (UNREAD, -1)


def test_a_file_has_the_shots_that_its_sigmas_belong_to():
    """Where the hours do not suffice for what is asked, the written file's shots fill them."""
    few = parse_box(LINE + WANTED.replace("hours = 12", "hours = 0.3"), "box.toml", FIXED)
    values = {"resonator.detuning_MHz": -116.0}
    ready = ready_file(FIXED, few, values).experiment
    settings = Settings(ready)
    hours = settings.hours(settings.shots)
    assert 0.2 < hours < 0.31  # a little more goes into knowing the reset
    assert ready.tomography.shots != FIXED.tomography.shots


NARROW = FIXED.replace(
    {"transmon.dephasing_rate_MHz": 0.3, "transmon.t1_us": 30.0, "vacuum.kappa_off_MHz": 0.01}
)


def test_a_narrow_range_of_what_the_device_serves_is_found():
    """Of shifts from 0.4 to 4 MHz those from 1.37 to 1.6 are neither too slow nor too strong."""
    text = "[measurement]\nvacuum.shift_per_photon_MHz = [0.4, 4.0]\n"
    device = NARROW.replace({"coupler.g_on_MHz": 8.0, "vacuum.method": "displaced-parity"})
    wanted = parse_box(LINE + WANTED + text, "box.toml", device)
    found = evaluate(device, wanted, PLACE, screening=False)
    assert found.status == EXACT
    assert 1.37 < ways(wanted)[found.way]["vacuum.shift_per_photon_MHz"] < 1.6
    slow = parse_box(LINE + WANTED + text.replace("4.0", "1.3"), "box.toml", device)
    strong = parse_box(LINE + WANTED + text.replace("0.4,", "1.7,"), "box.toml", device)
    assert "coherence survives" in evaluate(device, slow, PLACE, screening=False).reason
    assert "g/Delta" in evaluate(device, strong, PLACE, screening=False).reason
    both = parse_box(LINE + WANTED + text, "box.toml", device)
    weak = evaluate(device.replace({"coupler.g_on_MHz": 6.0}), both, PLACE, screening=False)
    assert "coherence survives" in weak.reason
    assert "g/Delta" in weak.reason
