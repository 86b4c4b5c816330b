"""The resonator's pulse sequences behind a faulty line and on a detuned transmon."""

import numpy as np
import pytest
from devices import dense_of, lossless, segments_of
from oracles import number_state, product_state, propagate
from test_vacuum_sequences import liouvillian, lossy, reads_1

from cqed_battery.experiment.sections.faults import Faults
from cqed_battery.units import ghz_from_mhz
from protocols.faults.drive_line import Line
from protocols.prediction.predict import predict
from protocols.resonator import photon_response
from protocols.resonator.displaced_parity import parity_response, parity_wait
from protocols.resonator.number_selective import selective_response
from protocols.resonator.swap import flip_pulse, swap_response

OVER = 0.08  # a pulse amplitude that much too large
METHODS = ("swap", "number-selective", "displaced-parity")


def detuned(experiment, offset_MHz):
    """Return the experiment's device with its transmon that far off."""
    device = experiment.device
    frequency = device.transmon.frequency_GHz + ghz_from_mhz(offset_MHz)
    moved = device.transmon.model_copy(update={"frequency_GHz": frequency})
    return device.model_copy(update={"transmon": moved})


def test_overdriven_parity_pulses_lose_contrast():
    """Two pi/2 pulses too large by e give (-1)^n cos^2(pi e/2), where they are short."""
    changes = {
        "vacuum.displacement_MHz": 1e-6,
        "tomography.pulse_ns": 2.0,
        "vacuum.shift_per_photon_MHz": 0.2,
    }
    experiment = lossless(vacuum__method="displaced-parity").replace(
        {**changes, "transmon.levels": 2, "drive.clock_GHz": 16.0, "tomography.pulse": "drag"}
    )
    found = parity_response(experiment, 3, Line(pulse_scale=1 + OVER))[:, 0]
    expected = np.cos(np.pi * OVER / 2) ** 2 * np.array([1, -1, 1])
    np.testing.assert_allclose(found[0] - found[1], expected, atol=2e-4)


def test_a_detuned_transmon_turns_the_ramsey_fringe():
    """With ideal pulses the parity signal is cos((chi n + offset) wait)."""
    changes = {"vacuum.displacement_MHz": 1e-6, "tomography.pulse": "none", "transmon.levels": 2}
    experiment = lossless(vacuum__method="displaced-parity").replace(changes)
    found = parity_response(experiment, 3, actual=detuned(experiment, 0.4))[:, 0]
    chi = 2e-3 * np.pi * experiment.vacuum.shift_per_photon_MHz
    expected = np.cos((chi * np.arange(3) + 2e-3 * np.pi * 0.4) * parity_wait(experiment))
    np.testing.assert_allclose(found[0] - found[1], expected, atol=1e-9)


def test_a_detuned_transmon_counts_for_photons():
    """Off by the shift of one photon, the empty resonator looks as one photon did, and so on."""
    experiment = lossless(vacuum__method="number-selective")
    on = selective_response(experiment, 4)
    off = selective_response(
        experiment, 4, actual=detuned(experiment, experiment.vacuum.shift_per_photon_MHz)
    )
    np.testing.assert_allclose(off[:, :, :3], on[:, :, 1:], atol=1e-9)
    assert on[1, 0, 0] - off[1, 0, 0] > 0.9


def test_an_overdriven_selective_pulse_turns_too_far():
    """Beside the vacuum it flips with sin^2(pi (1 + e)/2)."""
    experiment = lossless(vacuum__method="number-selective").replace({"transmon.levels": 2})
    found = selective_response(experiment, 2, Line(pulse_scale=1 + OVER))
    assert found[1, 0, 0] == pytest.approx(np.cos(np.pi * OVER / 2) ** 2, abs=2e-3)


def test_the_pulse_after_a_swap_goes_through_the_line():
    """With amplitude, phase, DRAG and bandwidth wrong: as a dense integration of that pulse."""
    experiment = lossy(vacuum__method="swap", vacuum__points=2, coupler__ramp_ns=0.0)
    experiment = experiment.replace({"coupler.g_off_MHz": 0.0})
    faults = Faults(
        pulse_amplitude_error=OVER,
        pulse_phase_error_rad=0.2,
        drag_error=0.5,
        drive_bandwidth_MHz=200.0,
    )
    line, device = Line.of(faults), dense_of(experiment, 4)
    found = swap_response(experiment, liouvillian(experiment), line)
    begin = product_state(number_state(device.levels, 0), number_state(4, 2))
    swapped = propagate(device, begin, [(12.0, 2e-3 * np.pi * 50.0, 0j)])[-1]
    turns = [flip_pulse(experiment, k * np.pi / 2, line) for k in range(4)]
    after = np.mean([propagate(device, swapped, segments_of(t))[-1] for t in turns], axis=0)
    assert found[1, 1, 2] == pytest.approx(reads_1(device, after), abs=1e-9)
    plain = swap_response(experiment, liouvillian(experiment))
    assert abs(plain - found)[1].max() > 5e-3


@pytest.mark.parametrize("method", METHODS)
def test_a_run_meets_the_faults(method):
    """What is predicted with a faulty line or device differs from what the file promises."""
    experiment = lossy(vacuum__method=method, charging__points=3, charging__stop_ns=6.0)
    experiment = experiment.replace(
        {
            "coupler.g_on_MHz": 25.0,
            "vacuum.shift_per_photon_MHz": 1.4,
            "vacuum.selective_pulse_ns": 1000.0,
            "transmon.dephasing_rate_MHz": 0.01,
            "transmon.t1_us": 50.0,
            "vacuum.kappa_off_MHz": 0.05,
        }
    )
    plain = predict(experiment).vacuum_probability
    wrong = predict(experiment, line=Line(pulse_scale=1 + OVER)).vacuum_probability
    off = predict(experiment, actual=detuned(experiment, 3.0)).vacuum_probability
    assert abs(wrong - plain).max() > 1e-3
    assert abs(off - plain).max() > 1e-4
    response = photon_response(experiment, predict(experiment).liouvillian)
    assert response.shape[:2] == plain.shape
