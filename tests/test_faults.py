"""Faults of the laboratory, each against a closed form or an independent calculation."""

from math import inf, pi, sqrt
from typing import Any

import numpy as np
import pytest
from devices import lossless
from scipy.linalg import expm

from cqed_battery import Experiment
from cqed_battery.dynamics.rotation_pulse import gaussian_shape
from cqed_battery.dynamics.waveforms import Controls, Waveform, flat
from cqed_battery.experiment import ExperimentError
from protocols.emulation.emulate import emulate
from protocols.faults import simulated as faults
from protocols.faults.drive_line import Line, filtered_value, low_pass
from protocols.faults.simulated import simulate
from protocols.prediction.predict import predict
from protocols.prediction.quadrature import (
    chebyshev_nodes,
    gauss_hermite_count,
    lagrange_weights,
    normal_average,
)
from protocols.settings.settings import Settings
from protocols.stages.calibration import pulse_errors

MHZ = 0.002 * pi
SHORT: dict[str, Any] = {"charging.stop_ns": 12.0, "charging.points": 7, "vacuum.points": 5}


def uncoupled(**changes: Any) -> Experiment:
    """A lossless qubit without resonator; `section__key` changes it."""
    return lossless(coupler__g_on_MHz=0.0, resonator__fock_levels=2, **changes)


def free_decay(sigma_MHz: float, times: np.ndarray) -> np.ndarray:
    """Coherence left after times of free precession behind a sudden pi/2 pulse."""
    nodes, weights = normal_average(gauss_hermite_count(sigma_MHz * MHZ * times[-1], 1e-9))
    return weights @ np.cos(np.outer(nodes * sigma_MHz * MHZ, times))


def test_no_fault_is_exactly_what_the_file_says():
    """Without faults the simulated probabilities are those of `predict`, bit for bit."""
    experiment = Experiment().replace(SHORT)
    simulated, plain = simulate(experiment).prediction, predict(experiment)
    for name, arm in plain.arms.items():
        assert np.array_equal(simulated.arms[name].probability, arm.probability)
    assert np.array_equal(simulated.vacuum_probability, plain.vacuum_probability)


def test_quadrature_gives_the_gaussian_of_a_ramsey_decay():
    """The ensemble's coherence is exp(-(sigma t)^2 / 2) to the tolerance of the nodes."""
    times = np.linspace(0.0, 400.0, 21)
    expected = np.exp(-((1.5 * MHZ * times) ** 2) / 2)
    assert np.abs(free_decay(1.5, times) - expected).max() < 1e-9


@pytest.mark.parametrize(("own", "fault"), [(2.0, 0.0), (1.2, 1.6)])
def test_slow_noise_makes_ramsey_a_gaussian(own, fault):
    """After a short pi/2 pulse, x decays in an undriven wait as exp(-(sigma t)^2/2).

    The transmon's own spread and the fault's add in squares.
    """
    seen = {}
    for pulse_ns in (16.0, 60.0, 120.0):
        experiment = uncoupled(
            charging__times_ns=(0.25,),
            drive__rabi_rate_MHz=1000.0,
            coupler__ramp_ns=pulse_ns,
            transmon__frequency_noise_MHz=own,
            faults__frequency_noise_MHz=fault,
            control__enabled=False,
        )
        arm = simulate(experiment).prediction.arms["catalysed"]
        seen[pulse_ns] = arm.measured_bloch[0, 0] / arm.bloch[0, 0]
    within = 0.25 * 2 / pi  # a pi/2 pulse counts as so much precession
    for wait, ratio in seen.items():
        gone = (wait + within) ** 2 - within**2
        assert ratio == pytest.approx(np.exp(-((2.0 * MHZ) ** 2) * gone / 2), abs=2e-5)
    assert seen[120.0] < 0.5 < seen[16.0]


def test_a_detuned_transmon_oscillates_at_the_generalised_rabi_rate():
    """z = -1 + 2 (Omega/W)^2 sin^2(W t/2), W^2 = Omega^2 + delta^2, of the actual device."""
    experiment = uncoupled(faults__transmon_detuning_MHz=30.0, control__enabled=False)
    truth = simulate(experiment).truth.sel(arm="catalysed")
    rabi, delta = 50.0 * MHZ, 30.0 * MHZ
    full = np.hypot(rabi, delta)
    z = 2 * (rabi / full) ** 2 * np.sin(full * truth.time.values / 2) ** 2 - 1
    assert np.abs(truth.bloch.values[:, 2] - z).max() < 1e-9


def test_a_rabi_error_shifts_the_oscillation_and_not_the_expectation():
    """The simulated z is -cos of the wrong rate, and the power that of the wrong amplitude."""
    experiment = uncoupled(faults__rabi_rate_error=0.05, control__enabled=False)
    truth = simulate(experiment).truth.sel(arm="catalysed")
    rabi, times = 52.5 * MHZ, truth.time.values
    assert np.abs(truth.bloch.values[:, 2] + np.cos(rabi * times)).max() < 1e-9
    power = rabi * np.sin(rabi * times) / 2
    assert np.abs(truth.power.values - power).max() < 1e-9
    expected = predict(experiment).arms["catalysed"].bloch[:, 2]
    assert np.abs(expected + np.cos(50.0 * MHZ * times)).max() < 1e-9


def test_a_step_behind_the_line_rises_exponentially():
    """The held means average x (1 - exp(-a t)) over each sample, and so does the value between."""
    rate, period = 150.0 * MHZ, 0.25
    step = flat(inf, Controls(eps=0.3j))
    behind = low_pass(step, rate, period)
    edges = np.cumsum([0.0, *(part.duration for part in behind.segments[:-1])])
    area = 0.3 * (edges + (np.exp(-rate * edges) - 1) / rate)
    means = np.array([part.controls.eps.imag for part in behind.segments[:-1]])
    assert np.abs(means - np.diff(area) / np.diff(edges)).max() < 1e-12
    assert behind.segments[-1].controls.eps == pytest.approx(0.3j, abs=3e-7)
    for time in (0.1, 1.0, 7.3):
        value = filtered_value(step, rate, time)
        assert value == pytest.approx(0.3j * (1 - np.exp(-rate * time)))


def test_what_rings_down_completes_the_area_of_the_pulse():
    """A filter of unit gain delays and keeps the area: behind and ring-down add up to the step."""
    line, period = Line(bandwidth=200.0 * MHZ), 0.25
    step = flat(inf, Controls(eps=0.3))
    behind = line.charging(step, period)
    held = line.ringing(step, np.array([5.0]))[0]
    rest = line.ring_down(flat(100.0, Controls()), held, period)

    def area(waveform: Waveform, until: float) -> float:
        ends = np.minimum(np.cumsum([part.duration for part in waveform.segments]), until)
        lengths = np.diff(ends, prepend=0.0)
        return sum(
            length * part.controls.eps.real
            for length, part in zip(lengths, waveform.segments, strict=True)
        )

    assert area(behind, 5.0) + area(rest, 100.0) == pytest.approx(0.3 * 5.0, rel=1e-5)


def test_a_slow_line_is_read_as_if_it_were_delayed():
    """On an uncoupled qubit the ring-down turns on: what is read is -cos of the full area.

    At the end of charging itself the state lags: -cos of the area that had arrived.
    """
    rate = 100.0 * MHZ
    experiment = uncoupled(
        faults__drive_bandwidth_MHz=100.0, coupler__ramp_ns=40.0, control__enabled=False
    )
    simulated = simulate(experiment)
    arm, times = simulated.prediction.arms["catalysed"], simulated.prediction.times
    arrived = times - (1 - np.exp(-rate * times)) / rate
    assert np.abs(arm.bloch[:, 2] + np.cos(50.0 * MHZ * arrived)).max() < 1e-6
    assert np.abs(arm.measured_bloch[:, 2] + np.cos(50.0 * MHZ * times)).max() < 1e-5


def gaussian_drag(duration: float, angle: float, drag: float, levels: int, alpha: float) -> Any:
    """Independent propagator of a sampled DRAG pulse, by matrix exponentials of fine samples."""
    b = np.diag(np.sqrt(np.arange(1.0, levels)), 1)
    ladder = np.diag([alpha * k * (k - 1) / 2 for k in range(levels)])
    unitary = np.eye(levels, dtype=complex)
    for k in range(round(duration / 0.25)):
        value, slope = gaussian_shape((k + 0.5) * 0.25, duration)
        eps = angle * (value + 1j * drag * slope)
        unitary = expm(-0.25j * (ladder + (eps * b.T + np.conj(eps) * b) / 2)) @ unitary
    return unitary


def test_drag_lowers_the_leakage_of_the_plain_pulse():
    """Untuned leakage agrees with an independent propagator; tuning lowers it at least tenfold."""
    rows = {(row.pulse, row.line): row for row in pulse_errors(Experiment())}
    unitary = gaussian_drag(16.0, pi / 2, 0.0, 3, -0.5 * pi)
    leaked = np.linalg.svd(unitary[2:, :2], compute_uv=False)[0] ** 2
    assert rows["pi/2", "untuned"].leakage == pytest.approx(leaked, rel=1e-9)
    assert rows["pi/2", "tuned"].leakage < leaked / 10
    assert abs(rows["pi/2", "tuned"].angle) < 1e-4 < abs(rows["pi/2", "untuned"].angle)


def test_pulses_are_retuned_behind_the_filter():
    """A pulse tuned on the ideal line errs behind the filter; retuned there it does not."""
    experiment = Experiment().replace({"faults.drive_bandwidth_MHz": 100.0})
    rows = {(row.pulse, row.line): row for row in pulse_errors(experiment)}
    assert abs(rows["pi/2", "not retuned"].angle) > 0.01
    assert abs(rows["pi/2", "retuned"].angle) < 1e-3
    assert rows["pi/2", "with faults"] == rows["pi/2", "retuned"].__class__(
        **{**vars(rows["pi/2", "retuned"]), "line": "with faults"}
    )


def test_pulse_errors_act_as_they_say():
    """An amplitude error turns 2 % too far; a phase error turns the measured axis out of plane."""
    experiment = Experiment().replace({"transmon.levels": 2, "faults.pulse_amplitude_error": 0.02})
    found = {row.pulse: row for row in pulse_errors(experiment) if row.line == "with faults"}
    assert found["pi/2"].angle == pytest.approx(0.02 * pi / 2, rel=1e-5)
    assert found["pi"].angle == pytest.approx(0.02 * pi, rel=1e-4)
    turned = Experiment().replace({"transmon.levels": 2, "faults.pulse_phase_error_rad": 0.03})
    found = {row.pulse: row for row in pulse_errors(turned) if row.line == "with faults"}
    assert abs(found["pi/2"].axis) == pytest.approx(0.03, rel=1e-4)


def test_drift_is_interpolated_to_each_setting():
    """Interpolated probabilities equal those solved at the setting's own time to 2e-5."""
    experiment = Experiment().replace(
        {
            **SHORT,
            "faults.rabi_rate_drift": 0.1,
            "faults.frequency_drift_MHz": 3.0,
            "faults.order": "interleaved",
        }
    )
    simulated, settings = simulate(experiment).prediction, Settings(experiment)
    for arm, time, axis in (("catalysed", 3, 0), ("control", 6, 1), ("control", 2, 2)):
        there = float(settings.arm_part(settings.times_within_run, arm)[time, axis])
        frozen = experiment.replace(
            {
                "faults.rabi_rate_drift": 0.0,
                "faults.frequency_drift_MHz": 0.0,
                "faults.transmon_detuning_MHz": 3.0 * there,
            }
        )
        device = faults._detuned(frozen, 3.0 * there)
        line = Line(charge_scale=1 + 0.1 * there, pulse_scale=1 + 0.1 * there)
        exact = predict(frozen, actual=device, line=line).arms[arm].probability[time, axis]
        start = predict(experiment).arms[arm].probability[time, axis]
        assert simulated.arms[arm].probability[time, axis] == pytest.approx(exact, abs=2e-5)
        assert abs(start - exact) > 1e-3


def test_the_order_decides_what_drift_is_mistaken_for():
    """As listed, drift follows the arm; interleaved, no arm and no axis; random, hardly a time."""
    correlations = {}
    for order in ("as listed", "interleaved", "random"):
        experiment = Experiment().replace({"faults.order": order})
        settings = Settings(experiment)
        within = settings.times_within_run
        first, second = (settings.arm_part(within, name) for name in settings.arms)
        assert sorted(settings.order) == list(range(settings.size))
        assert (within.min(), within.max()) == (0.0, 1.0)
        if order == "interleaved":
            assert within[settings.calibration].mean() == pytest.approx(0.5, abs=0.05)
            assert within[settings.vacuum].mean() == pytest.approx(0.5, abs=0.05)
        times = np.arange(len(first))
        correlations[order] = (
            float(second.mean() - first.mean()),
            float(np.corrcoef(times, first.mean(axis=1))[0, 1]),
        )
    assert correlations["as listed"][0] > 0.3
    assert abs(correlations["interleaved"][0]) < 0.02
    assert correlations["interleaved"][1] > 0.99
    assert abs(correlations["random"][1]) < 4 / sqrt(61)


def test_a_random_order_is_fixed_by_the_seed():
    """The same seed gives the same order, another seed another one."""
    first, again, other = (
        Settings(Experiment().replace({"faults.order": "random", "seed": seed})).order
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_readout_drifts_within_its_calibration():
    """Calibration reads the errors of its own times, later settings those of theirs."""
    experiment = Experiment().replace(
        {
            **SHORT,
            "faults.readout_drift": 0.2,
            "readout.calibration_shots": 10**5,
            "tomography.shots": 10**5,
        }
    )
    counts, settings = emulate(experiment), Settings(experiment)
    wrong = counts["calibration_counts"].values[0, 1] / 1e5
    spread = sqrt(0.01 * 0.99 / 1e5)
    assert abs(wrong - 0.01) < 5 * spread + 0.2 * settings.times_within_run[1]
    control = counts["counts"].sel(arm="control", basis="z").values[0]
    within = settings.arm_part(settings.times_within_run, "control")[0, 2]
    level_1 = predict(experiment).arms["control"].probability[0, 2]
    expected = (0.01 + 0.2 * within) + (0.95 - 0.4 * within) * level_1
    spread = sqrt(expected * (1 - expected) / 1e5)
    assert abs(control[1] / 1e5 - expected) < 5 * spread + 1e-3
    assert expected > 0.05


def test_a_drift_out_of_range_is_refused():
    """Assignment errors that would become negative are refused with their last values."""
    experiment = Experiment().replace({"faults.readout_drift": -0.03})
    with pytest.raises(ExperimentError, match=r"readout_drift must leave .* at least 0"):
        simulate(experiment)


def test_more_noise_than_can_be_followed_is_refused():
    """A spread that turns the state by hundreds of radians needs too many calculations."""
    experiment = Experiment().replace(
        {"faults.frequency_noise_MHz": 10.0, "charging.times_ns": [0.0, 5000.0]}
    )
    with pytest.raises(ValueError, match=r"lower faults\.frequency_noise_MHz"):
        simulate(experiment)


def test_chebyshev_interpolation_is_exact_for_polynomials():
    """n nodes reproduce a polynomial of degree n - 1 anywhere."""
    nodes, points = chebyshev_nodes(0.0, 1.0, 4), np.linspace(0.0, 1.0, 9)
    cubic = np.polynomial.Polynomial([0.3, -1.0, 2.0, 0.7])
    assert np.abs(lagrange_weights(nodes, points) @ cubic(nodes) - cubic(points)).max() < 1e-14
    assert not np.allclose(lagrange_weights(nodes[:3], points) @ cubic(nodes[:3]), cubic(points))
