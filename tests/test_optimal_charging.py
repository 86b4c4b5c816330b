"""Pulses that serve a goal best, beside closed forms, finite differences and the emulator."""

from math import inf, pi

import numpy as np
import pytest

import cqed_battery as cb
from analysis.optimal_charging.best_pulse import Wanted, best_pulse
from analysis.optimal_charging.envelope import Envelope
from analysis.optimal_charging.errors import OptimisationError
from analysis.optimal_charging.goals import GOALS, over_the_ensemble
from analysis.optimal_charging.members import Ensemble, Member, drawn_members
from analysis.optimal_charging.played import played_arm, played_experiment
from analysis.optimal_charging.quickest import quickest_pulse
from analysis.optimal_charging.search import Problem
from analysis.optimal_charging.speed_limit import fastest_ergotropy, fastest_ns, start_purity
from analysis.optimal_charging.summary import over_the_draw
from cqed_battery.energetics import qubit_ergotropy
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz, ghz_from_mhz, rate_from_t1_us
from protocols.faults.drive_line import Line
from protocols.prediction.predict import predict

LOSSLESS = {
    "transmon.levels": 2,
    "transmon.t1_us": inf,
    "transmon.dephasing_rate_MHz": 0.0,
    "transmon.temperature_mK": 0.0,
    "coupler.g_off_MHz": 0.0,
    "reset.kind": "none",
    "vacuum.method": "none",
}
LABORATORY = LOSSLESS | {
    "transmon.levels": 3,
    "transmon.t1_us": 30.0,
    "transmon.dephasing_rate_MHz": 0.1,
    "transmon.anharmonicity_GHz": -0.25,
    "drive.rabi_rate_MHz": 50.0,
}
ROUGH_LINE = {
    "faults.rabi_rate_error": 0.02,
    "faults.drive_bandwidth_MHz": 250.0,
    "faults.drive_saturation_MHz": 900.0,
    "faults.transmon_detuning_MHz": 2.0,
    "faults.resonator_detuning_MHz": -3.0,
}


def device(changes):
    return Experiment().replace(changes)


@pytest.mark.parametrize("bandwidth", [inf, 300.0, 120.0])
def test_samples_keep_amplitude_and_bandwidth_whatever_the_numbers(bandwidth):
    envelope = Envelope(np.full(100, 0.25), bandwidth)
    numbers = np.random.default_rng(0).choice([-1.0, 1.0, 0.2], 2 * envelope.free)
    samples = envelope.samples(numbers)
    assert len(samples) == 100
    assert np.abs(samples).max() <= 1 + 1e-12
    if bandwidth < inf:  # |U| <= |H| times the sum of what enters the filter, each at most 1
        frequency = np.linspace(bandwidth, 3 * bandwidth, 60)
        turns = np.exp(-2j * pi * ghz_from_mhz(1.0) * np.outer(frequency, np.arange(100) * 0.25))
        passed = np.exp2(-((frequency / bandwidth) ** 2) / 2)
        # What is cut off at three standard deviations is below 1 %.
        assert (np.abs(turns @ samples) <= (passed + 0.01) * envelope.free).all()
        kernel = turns[0, : len(envelope.kernel)] @ envelope.kernel
        assert np.abs(kernel) ** 2 == pytest.approx(0.5, abs=0.01)


def test_numbers_give_back_the_pulse_they_were_made_for():
    rng = np.random.default_rng(1)
    disc = rng.random(50) ** 0.5 * np.exp(2j * pi * rng.random(50)) * 0.999
    envelope = Envelope(np.full(50, 0.25))
    np.testing.assert_allclose(envelope.samples(envelope.numbers(disc)), disc, atol=1e-10)


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("over", ["mean", "worst"])
def test_gradients_agree_with_finite_differences(goal, over):
    """Through limits, line, levels, resonator, losses and ensemble, to 1e-6 of the largest."""
    changes = {**LABORATORY, "coupler.g_on_MHz": 30.0, "drive.saturation_MHz": 800.0}
    experiment = device(changes)
    members = [Member(experiment), *drawn_members(experiment.replace(ROUGH_LINE), 1, 3)]
    durations = np.full(24, 0.5)
    envelope = Envelope(durations, 200.0, smoothness=0.01)
    problem = Problem(Ensemble(members, "catalysed", durations, 2), envelope, goal, over)
    numbers = np.random.default_rng(4).uniform(-0.8, 0.8, 2 * envelope.free)
    _, exact = problem.value(numbers)
    for place in (0, 3, envelope.free - 1, envelope.free, 2 * envelope.free - 2):
        step = np.zeros_like(numbers)
        step[place] = 1e-5
        above, below = (problem.value(numbers + sign * step)[0] for sign in (1, -1))
        found = (above - below) / 2e-5
        assert exact[place] == pytest.approx(found, abs=1e-6 * np.abs(exact).max())


@pytest.mark.parametrize(("ripple", "tolerance"), [(0.0, 1e-6), (0.02, 1e-4)])
def test_a_member_is_charged_as_the_emulator_charges_it(ripple, tolerance):
    """The line of a drawn device acts on the samples as the emulator's does; a ripple in the mean.

    Without the ripple the state would be off by 1e-3 and more.
    """
    experiment = device({**LABORATORY, "coupler.g_on_MHz": 20.0, "drive.saturation_MHz": 800.0})
    faulty = experiment.replace(
        ROUGH_LINE | {"faults.drive_ripple": ripple, "faults.drive_ripple_period_ns": 7.0}
    )
    durations = np.full(40, 0.25)
    envelope = Envelope(durations, 300.0)
    samples = envelope.samples(np.random.default_rng(5).uniform(-1, 1, 2 * envelope.free))
    member = Member(faulty, 1.5)
    ensemble = Ensemble([member], "catalysed", durations, 5)
    played = played_experiment(faulty, ensemble.times, samples)
    bare = {"tomography.pulse": "none", "resonator.fock_levels": 5}
    there = predict(played.replace(bare), actual=member.device, line=Line.of(faulty.faults)).arms[
        "catalysed"
    ]
    assert abs(there.bloch[-1, 2]) > 0.01
    np.testing.assert_allclose(ensemble.charged(samples)[0][-1, 0], there.bloch[-1], atol=tolerance)


def test_the_worst_case_lies_just_above_the_smallest():
    value, shares = over_the_ensemble(np.array([0.9, 0.95, 0.99]), "worst")
    assert 0.9 <= value <= 0.9 + np.log(3) / 300 + 1e-12
    assert shares.sum() == pytest.approx(1.0)


def test_the_time_optimal_inversion_of_a_qubit_meets_the_speed_limit():
    """pi/Omega, to 1 %, though it is no whole number of samples."""
    experiment = device({**LOSSLESS, "drive.rabi_rate_MHz": 47.0})
    wanted = Wanted(arm="control", duration_ns=14.0, starts=2, iterations=60)
    found = quickest_pulse(experiment, wanted, 0.9999)
    assert found.value >= 0.9999
    assert found.wanted.duration_ns == pytest.approx(pi / angular_from_mhz(47.0), rel=0.01)


def test_the_laboratorys_pulse_keeps_what_the_losses_leave():
    """25 ns, 50 MHz, three levels, 300 MHz: 1 - (1/T1 + gamma) 25 ns/2, to 0.02; no leakage."""
    experiment = device(LABORATORY)
    wanted = Wanted(arm="control", duration_ns=25.0, bandwidth_MHz=300.0, starts=2, iterations=60)
    found = best_pulse(experiment, wanted)
    arm = played_arm(found.played, "control")
    rates = rate_from_t1_us(30.0) + angular_from_mhz(0.1)
    assert qubit_ergotropy(arm.bloch)[-1] == pytest.approx(found.value, abs=1e-7)
    assert found.value == pytest.approx(1 - rates * 12.5, abs=0.02)
    assert found.value > 1 - rates * 12.5  # as it may charge late and fast
    assert found.value > found.square_value + 0.005
    assert arm.leakage[-1] < 0.002


def test_a_robust_pulse_keeps_its_gain_over_the_laboratory_draw():
    """Devices that it was not made for keep 95 % of the gain over the best square pulse."""
    wanted = Wanted(
        arm="control",
        duration_ns=25.0,
        bandwidth_MHz=300.0,
        starts=1,
        iterations=25,
        robust="mean",
        draws=3,
    )
    told = over_the_draw(best_pulse(device(LABORATORY), wanted))
    assert told["gain_kept"] >= 0.95
    assert told["worst"] <= told["mean"]


def test_no_pulse_is_ahead_of_the_speed_limit_and_the_square_one_is_not_behind():
    """Until the inversion of a lossless qubit that began with 4 % in level 1."""
    hot = {"transmon.temperature_mK": None, "transmon.residual_excitation": 0.04}
    experiment = device(LOSSLESS | hot)
    durations = np.full(80, 0.25)
    ensemble = Ensemble([Member(experiment)], "control", durations, 1)
    limit = fastest_ergotropy(experiment, ensemble.times)
    square = qubit_ergotropy(ensemble.charged(np.ones(80, dtype=complex))[0])[:, 0]
    rising = ensemble.times <= fastest_ns(experiment, start_purity(experiment))
    np.testing.assert_allclose(square[rising], limit[rising], atol=1e-9)
    assert limit[-1] == pytest.approx(0.92)
    envelope = Envelope(durations)
    numbers = np.random.default_rng(8).uniform(-1, 1, 2 * envelope.free)
    other = qubit_ergotropy(ensemble.charged(envelope.samples(numbers))[0])[:, 0]
    assert (other <= limit + 1e-9).all()


def test_fock_levels_are_added_until_the_pulse_found_is_that_of_the_emulator(monkeypatch):
    monkeypatch.setattr("analysis.optimal_charging.best_pulse.played_levels", lambda *_: 2)
    experiment = device({**LABORATORY, "coupler.g_on_MHz": 40.0, "drive.clock_GHz": 1.0})
    found = best_pulse(experiment, Wanted(duration_ns=12.0, starts=1, iterations=20))
    assert found.problem.ensemble.fock_levels > 2
    arm = played_arm(found.played, "catalysed")
    assert qubit_ergotropy(arm.bloch)[-1] == pytest.approx(found.value, abs=1e-4)


def test_devices_are_drawn_for_a_file_that_keeps_to_its_clock():
    """Their edges are no whole numbers of samples; the file's own stays as it is."""
    experiment = device({**LABORATORY, "drive.timing": "clock"})
    members = drawn_members(experiment, 2, 1)
    assert members[0].experiment == experiment
    ramps = {member.experiment.coupler.ramp_ns for member in members}
    assert len(ramps) == 3


def test_the_largest_power_of_a_qubit_is_that_of_the_closed_form():
    """Omega max sin^2(x/2)/x: at full amplitude, cut off before the inversion."""
    experiment = device({**LOSSLESS, "drive.rabi_rate_MHz": 50.0})
    wanted = Wanted(goal="power", arm="control", duration_ns=15.0, starts=1, iterations=40)
    angle = np.linspace(0.01, pi, 10_000)
    best = angular_from_mhz(50.0) * (np.sin(angle / 2) ** 2 / angle).max()
    assert best_pulse(experiment, wanted).value == pytest.approx(best, rel=1e-3)


def test_a_sustained_pulse_beside_the_resonator_beats_the_square_one():
    """And all that is told of it is what its file predicts."""
    experiment = device(
        {
            **LABORATORY,
            "coupler.g_on_MHz": 15.0,
            "drive.clock_GHz": 1.0,
            "drive.rabi_rate_MHz": 25.0,
        }
    )
    wanted = Wanted(goal="sustained", duration_ns=30.0, starts=1, iterations=10)
    found = best_pulse(experiment, wanted)
    assert found.value > found.square_value + 0.05
    arm = played_arm(found.played, "catalysed")
    late = found.played.charging_times_ns >= 15.0
    assert qubit_ergotropy(arm.bloch)[late].mean() == pytest.approx(found.value, abs=0.02)


def test_without_coupling_there_is_no_gain_over_the_controls_own_pulse():
    experiment = device({**LABORATORY, "coupler.g_on_MHz": 0.0})
    found = cb.optimise(experiment, goal="gain", duration_ns=12.0, starts=1, iterations=12)
    assert found["value"] - found["control"] == pytest.approx(0.0, abs=1e-6)
    assert "+0.0000 hbar w_q over the control" in found["statement"]


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({}, {"goal": "fame"}, "`goal` must be one of ergotropy, sustained"),
        ({}, {"arm": "left"}, "`arm` must be one of catalysed, control, but is left"),
        ({}, {"robust": "best"}, "`robust` must be mean or worst, but is best"),
        ({}, {"goal": "gain", "arm": "control"}, "`arm` must be catalysed, but is control"),
        ({}, {"target": 0.5}, "`target` belongs to the goal time"),
        ({}, {"starts": 0}, "`starts` must be a whole number from 1 to 50"),
        ({}, {"duration_ns": 2e4}, "`duration_ns` must be above 0 and at most 4000 samples"),
        (
            {"charging.points": 1},
            {"duration_ns": None},
            "must be above 0 and at most .*, but is 0$",
        ),
        ({}, {"duration_ns": 2.0, "bandwidth_MHz": 100.0}, "`bandwidth_MHz` must let a pulse of 2"),
        ({"drive.rabi_rate_MHz": 0.0}, {}, "drive.rabi_rate_MHz is the largest amplitude"),
        ({"drive.second_ratio": 0.5}, {}, "drive.second_ratio must be 0"),
        ({"drive.timing": "clock"}, {"duration_ns": 10.1}, "`duration_ns` must be a whole number"),
        ({}, {"goal": "time", "duration_ns": 5.0, "arm": "control"}, "not reached in 5 ns"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(changes, arguments, message):
    experiment = device({**LABORATORY, **changes})
    with pytest.raises(OptimisationError, match=message):
        cb.optimise(experiment, **({"duration_ns": 10.0, "iterations": 2} | arguments))
