"""Unmodified qiskit-experiments on the backend finds the device's own values."""

from math import pi, sqrt
from typing import Any

import numpy as np
import pytest
from devices import lossless
from qiskit import QuantumCircuit
from qiskit.quantum_info import Pauli

from cqed_battery import Experiment
from protocols import predict
from protocols.backend import CqedBackend
from protocols.backend.charge import Charge

pytest.importorskip("qiskit_experiments")

from qiskit_experiments.library import (
    T1,
    LocalReadoutError,
    MitigatedStateTomography,
    T2Hahn,
    T2Ramsey,
)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:qiskit")]

T1_US, GAMMA_MHZ, SHOTS, SIGMAS = 20.0, 0.01, 4000, 4.0
T2_S = 1e-6 / (0.5 / T1_US + pi * 2 * GAMMA_MHZ)
P10, P01 = 0.02, 0.06
DEVICE = lossless().replace(
    {
        "transmon.levels": 3,
        "transmon.t1_us": T1_US,
        "transmon.dephasing_rate_MHz": GAMMA_MHZ,
        "resonator.linewidth_MHz": 1.0,
        "coupler.ramp_ns": 1.0,
        "drive.rise_ns": 1.0,
        "tomography.pulse": "drag",
        "readout.p1_given_0": P10,
        "readout.p0_given_1": P01,
        "charging.times_ns": (20.0,),
    }
)


@pytest.fixture(scope="module")
def backend() -> CqedBackend:
    return CqedBackend(DEVICE)


def found(experiment: Any, backend: CqedBackend, name: str, **options: Any) -> Any:
    """The named result of an experiment, which must have run without an error."""
    run = {"shots": SHOTS, "seed_simulator": 11, "backend_run": True} | options
    data = experiment.run(backend, **run).block_for_results()
    assert data.errors() == ""
    return data.analysis_results(name, dataframe=True).iloc[0]


def check(result: Any, expected: float, wrong: float) -> None:
    """The value lies within its error bars of what is expected, and far from what is wrong."""
    value, error = result["value"].nominal_value, result["value"].std_dev
    assert abs(value - expected) < SIGMAS * error
    assert abs(value - wrong) > SIGMAS * error
    assert error < 0.1 * expected


@pytest.mark.parametrize("seed", [11, 12])
def test_t1(backend, seed):
    """T1 finds the device's T1, and tells it from one 10 % longer; the target says the same."""
    delays = np.linspace(1e-6, 60e-6, 25)
    result = found(T1([0], delays), backend, "T1", seed_simulator=seed)
    check(result, T1_US * 1e-6, 1.1 * T1_US * 1e-6)
    assert result["quality"] == "good"
    assert backend.target.qubit_properties[0].t1 == pytest.approx(T1_US * 1e-6, rel=1e-6)


def test_t1_from_iq_points(backend):
    """T1 finds it from averaged IQ points, too, within 8 %: averages have no error bars."""
    delays = np.linspace(1e-6, 60e-6, 25)
    result = found(T1([0], delays), backend, "T1", meas_level=1, meas_return="avg")
    assert result["value"].nominal_value == pytest.approx(T1_US * 1e-6, rel=0.08)


def test_t2_ramsey(backend):
    """T2Ramsey finds T2 with its error bar, and the oscillation that was asked for."""
    delays, asked = np.linspace(0, 40e-6, 60), 1e5
    experiment = T2Ramsey([0], delays, osc_freq=asked)
    result = found(experiment, backend, "T2star")
    check(result, T2_S, T1_US * 1e-6)
    check(found(experiment, backend, "Frequency"), asked, 1.02 * asked)


def test_t2_hahn(backend):
    """T2Hahn finds the same T2: the dephasing has no memory."""
    result = found(T2Hahn([0], np.linspace(0, 40e-6, 25)), backend, "T2")
    check(result, T2_S, T1_US * 1e-6)


def test_echo_outlives_ramsey_under_slow_noise():
    """With a frequency that differs from shot to shot T2Hahn still finds T2, T2Ramsey less."""
    backend = CqedBackend(DEVICE.replace({"faults.frequency_noise_MHz": 0.02}))
    delays = np.linspace(0, 40e-6, 21)
    check(found(T2Hahn([0], delays), backend, "T2"), T2_S, T1_US * 1e-6)
    blurred = found(T2Ramsey([0], delays, osc_freq=1e5), backend, "T2star")["value"]
    assert blurred.nominal_value + SIGMAS * blurred.std_dev < T2_S


def test_readout_calibration(backend):
    """LocalReadoutError finds the assignment matrix within its counts' error bars.

    The flip that prepares level 1 loses at most half a pulse of T1, 4e-4.
    """
    shots = 40_000
    result = found(LocalReadoutError([0]), backend, "Local Readout Mitigator", shots=shots)
    matrix = result["value"].assignment_matrix()
    errors = np.array([P10, P01])
    spread = SIGMAS * np.sqrt(errors * (1 - errors) / shots) + [0.0, 4e-4]
    assert np.all(np.abs([matrix[1, 0], matrix[0, 1]] - errors) < spread)
    assert np.all(np.abs([matrix[1, 0], matrix[0, 1]] - errors[::-1]) > spread)


@pytest.mark.parametrize("time_ns", [6.0, 20.0])
def test_state_tomography_of_a_charged_battery(time_ns):
    """State tomography recovers the charged state: x = X, y = -Y, z = -Z of the prediction.

    Two levels: a leaked third one would read 1 whatever the axis.
    """
    experiment: Experiment = DEVICE.replace({"transmon.levels": 2, "drive.phase_rad": 0.7})
    experiment = experiment.replace({"charging.times_ns": (time_ns,)})
    circuit = QuantumCircuit(1)
    circuit.append(Charge(time_ns), [0])
    tomography = MitigatedStateTomography(circuit, physical_qubits=[0])
    state = found(tomography, CqedBackend(experiment), "state", shots=20_000)["value"]
    expected = predict(experiment).arms["catalysed"].measured_bloch[0] * [1, -1, -1]
    bloch = np.array([state.expectation_value(Pauli(name)).real for name in "XYZ"])
    spread = SIGMAS / sqrt(20_000) / (1 - P10 - P01) + 2e-3
    assert np.all(np.abs(bloch - expected) < spread)
    assert np.abs(bloch - expected * [1, -1, 1]).max() > spread
