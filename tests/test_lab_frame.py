"""The laboratory frame: how far the rotating-wave approximation of the drive is off."""

import numpy as np
import pytest
from devices import dense_of, liouvillian_of, lossless
from oracles import (
    DenseDevice,
    fock_populations,
    ground_state,
    integrate_lab,
    lab_to_rotating,
    to_transmon_first,
    transmon_state,
)
from oracles.conversions import ghz, mhz

from cqed_battery.dynamics.lab_frame.waveforms import with_counter_rotation
from cqed_battery.dynamics.recorder import density_matrices
from cqed_battery.dynamics.waveforms import Controls, flat
from protocols.prediction.predict import predict
from protocols.prediction.truth import truth_dataset

HALF_PERIOD = 0.05  # of the micromotion at twice 5 GHz


@pytest.mark.parametrize("method", ["exponential", "DOP853"])
def test_prediction_in_the_lab_frame_agrees_with_stepwise_integration(method):
    """A prediction in the laboratory frame is that of an independent integration, to 1e-6."""
    experiment = lossless(
        transmon__levels=3,
        transmon__t1_us=0.3,
        transmon__dephasing_rate_MHz=2.0,
        resonator__linewidth_MHz=3.0,
        resonator__fock_levels=5,
        coupler__g_on_MHz=30.0,
        drive__rabi_rate_MHz=8.0,
        drive__frequency_GHz=4.98,
        drive__phase_rad=0.7,
        drive__rise_ns=0.5,
        charging__times_ns=[0.0, 1.1, 4.0],
        control__enabled=False,
        simulation__frame="lab",
        simulation__method=method,
    )
    prediction = predict(experiment, 0.0)
    assert prediction.fock.levels == 5
    device = dense_of(experiment, 5)
    samples = mhz(8.0) * np.sin(np.pi * np.array([0.125, 0.375]) / 1.0) ** 2
    states = integrate_lab(
        device,
        ground_state(device),
        prediction.times,
        coupling=lambda t: mhz(30.0),
        rabi=lambda t: samples[int(t / 0.25)] if t < 0.5 else mhz(8.0),
        phase=0.7,
        breaks_ns=[0.25, 0.5],
        rtol=1e-10,
    )
    turned = lab_to_rotating(device, states, prediction.times)
    arm = prediction.arms["catalysed"]
    np.testing.assert_allclose(arm.transmon, transmon_state(device, turned), rtol=0, atol=1e-6)
    np.testing.assert_allclose(arm.photons, fock_populations(device, turned), rtol=0, atol=1e-6)
    assert abs(arm.bloch[-1, :2]).max() > 0.05


def test_held_counter_rotation_converges_at_second_order():
    """Holding the counter-rotating part in pieces of a period misses it by their length squared."""
    device = DenseDevice(levels=3, fock_levels=3, t1_us=0.3, drive_frequency_GHz=4.98)
    g, eps, times = mhz(60.0), 1j * mhz(80.0) * np.exp(-0.7j), np.array([0.0, 0.33, 1.07, 2.2])
    start = ground_state(device)
    states = integrate_lab(
        device, start, times, coupling=lambda t: g, rabi=lambda t: mhz(80.0), phase=0.7
    )
    expected = to_transmon_first(device, lab_to_rotating(device, states, times))
    numbers, errors = np.array([8, 16, 32, 64]), []
    for pieces in numbers:
        held = with_counter_rotation(flat(9.0, Controls(g, eps)), ghz(4.98), times, int(pieces))
        found = density_matrices(liouvillian_of(device), start, held, times, tolerance=1e-13)
        errors.append(abs(found - expected).max())
    order = -np.polyfit(np.log(numbers), np.log(errors), 1)[0]
    assert order == pytest.approx(2.0, abs=0.3)
    assert errors[1] < 5e-5


def test_lab_frame_agrees_with_the_rotating_frame():
    """Averaged over the micromotion, P agrees to 0.3 % and J to 0.8 % of their largest values.

    The Bloch vector itself wriggles, by at most Omega/w_d = 1 % after a sudden start.
    """
    slow = np.arange(1.0, 7.0)
    times = np.sort(np.concatenate([slow, slow + HALF_PERIOD]))
    turning = lossless(
        coupler__g_on_MHz=100.0, charging__times_ns=times.tolist(), control__enabled=False
    )
    lab = turning.replace({"simulation.frame": "lab", "simulation.tolerance": 1e-8})
    expected, found = (truth_dataset(e, predict(e, 0.0)).isel(arm=0) for e in (turning, lab))
    wriggle = 50.0 / 5000.0
    # P follows x' at the rate Omega/2, and J also the exchange at the rate 2 g
    follows = {"power": mhz(50.0) / 2, "heat_current": mhz(50.0) / 2 + 2 * mhz(100.0)}
    for name, size in (("power", 0.003), ("heat_current", 0.008)):
        misses = (found[name] - expected[name]).values
        averaged = misses.reshape(-1, 2).mean(axis=1)
        assert 1e-6 < abs(averaged).max() / abs(expected[name]).max() < size
        assert abs(misses).max() < follows[name] * wriggle
    assert wriggle / 10 < abs(found.bloch - expected.bloch).max() < wriggle


def test_lab_frame_before_any_charging():
    """At t = 0 alone there is nothing to integrate and the battery is as the reset left it."""
    experiment = lossless(charging__times_ns=[0.0], simulation__frame="lab")
    arm = predict(experiment, 0.1).arms["catalysed"]
    np.testing.assert_allclose(arm.bloch, [[0.0, 0.0, -0.8]], atol=1e-12)
    assert arm.photons[0, 0] == 1.0
