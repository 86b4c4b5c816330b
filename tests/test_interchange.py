"""States and operators as QuTiP's and Qiskit's: there, back, and with the stated signs."""

import subprocess
import sys

import numpy as np
import pytest
from oracles import random_state

from cqed_battery import Device, Experiment
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import drive_envelope, rotating_frame
from cqed_battery.dynamics.recorder import density_matrices
from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform
from cqed_battery.energetics import bloch_state, bloch_vector, ergotropy, passive_state
from cqed_battery.files.interchange import (
    InterchangeError,
    MasterEquation,
    master_equation,
    to_density_matrix,
    to_operator,
    to_qobj,
)
from cqed_battery.operators import as_matrix, as_state

VECTORS = np.array([[0, 0, -1.0], [0, 0, 1.0], [0.3, -0.4, 0.5], [0.0, 0.6, -0.7]])
FOCK = 4


@pytest.fixture
def qutip():
    return pytest.importorskip("qutip")


@pytest.fixture
def device() -> Device:
    """Lossy, warm, detuned, driven with a phase: nothing about it is symmetric."""
    changes = {
        "transmon.t1_us": 0.05,
        "transmon.temperature_mK": 90.0,
        "resonator.temperature_mK": 80.0,
        "resonator.linewidth_MHz": 6.0,
        "drive.frequency_GHz": 4.99,
        "drive.phase_rad": 0.7,
        "drive.rabi_rate_MHz": 20.0,
        "coupler.g_on_MHz": 15.0,
    }
    return Experiment().replace(changes).device


@pytest.mark.parametrize("there", [to_qobj, to_density_matrix, to_operator])
def test_matrices_come_back(there):
    """What was given to QuTiP or Qiskit is what is read off the object again."""
    if there is to_qobj:
        pytest.importorskip("qutip")
    rho = random_state(np.random.default_rng(1), 6)
    np.testing.assert_array_equal(as_matrix(there(rho)), rho)
    np.testing.assert_array_equal(as_state(there(rho, (3, 2))), rho)


def test_parts_are_told_apart(qutip):
    """Partial traces of both libraries give a product's transmon and its resonator."""
    from qiskit.quantum_info import partial_trace

    rng = np.random.default_rng(2)
    transmon, resonator = random_state(rng, 3), random_state(rng, 2)
    joint = np.kron(transmon, resonator)
    found = to_qobj(joint, (3, 2))
    np.testing.assert_allclose(found.ptrace(0).full(), transmon, atol=1e-15)
    np.testing.assert_allclose(found.ptrace(1).full(), resonator, atol=1e-15)
    qiskit = to_density_matrix(joint, (3, 2))
    np.testing.assert_allclose(partial_trace(qiskit, [0]).data, transmon, atol=1e-15)
    np.testing.assert_allclose(partial_trace(qiskit, [1]).data, resonator, atol=1e-15)


@pytest.mark.parametrize("vector", VECTORS)
def test_qiskit_expects_the_bloch_components(vector):
    """Qiskit's X, Y and Z are x, -y and -z of the battery."""
    from qiskit.quantum_info import Pauli

    state = to_density_matrix(bloch_state(vector))
    found = [state.expectation_value(Pauli(name)).real for name in "XYZ"]
    np.testing.assert_allclose(found, vector * [1, -1, -1], atol=1e-15)


@pytest.mark.parametrize("vector", VECTORS)
def test_qutip_expects_the_bloch_components(qutip, vector):
    """QuTiP's sigma_x, sigma_y, sigma_z are x, -y, -z; its number operator is P(1)."""
    state = to_qobj(bloch_state(vector))
    operators = (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz(), qutip.num(2))
    found = [qutip.expect(operator, state) for operator in operators]
    np.testing.assert_allclose(found, [*(vector * [1, -1, -1]), (1 + vector[2]) / 2], atol=1e-15)


def test_qutip_evolves_the_exported_device_as_we_do(qutip, device):
    """mesolve with the exported H and c_ops gives our joint states to 1e-6."""
    equation = master_equation(device, FOCK)
    times = np.array([0.0, 3.0, 11.0, 30.0])
    start = np.zeros((3 * FOCK, 3 * FOCK), dtype=complex)
    start[0, 0] = 1.0
    options = {"atol": 1e-12, "rtol": 1e-10, "nsteps": 10**5}
    first = to_qobj(start, (3, FOCK))
    jumps = list(equation.jumps)
    run = qutip.mesolve(equation.hamiltonian, first, times, jumps, options=options)
    g = 2 * np.pi * 1e-3 * device.coupler.g_on_MHz
    waveform = Waveform((Segment(times[-1], Controls(g, drive_envelope(device))),))
    ours = density_matrices(Liouvillian(rotating_frame(device, FOCK)), start, waveform, times)
    theirs = np.array([as_state(state) for state in run.states])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert abs(ours[-1] - ours[0]).max() > 0.1
    assert len(equation.jumps) == 5


def test_qiskit_gets_the_same_master_equation(qutip, device):
    """Operators of both libraries hold the same matrices, in other orders of their parts."""
    held = Controls(0.1, 0.05 - 0.02j)
    ours = master_equation(device, FOCK, controls=held)
    theirs = master_equation(device, FOCK, "qiskit", controls=held)
    pairs = [(ours.hamiltonian, theirs.hamiltonian), *zip(ours.jumps, theirs.jumps, strict=True)]
    for one, other in pairs:
        np.testing.assert_array_equal(one.full(), other.data)
        assert one.dims == [[3, FOCK], [3, FOCK]]
        assert other.input_dims() == other.output_dims() == (FOCK, 3)
    assert isinstance(ours, MasterEquation)
    hamiltonian = ours.hamiltonian.full()
    assert hamiltonian[FOCK, 0] == pytest.approx((0.05 - 0.02j) / 2)  # eps b'/2, |0,0> to |1,0>
    assert hamiltonian[FOCK, 1] == pytest.approx(0.1)  # g b'a, |0,1> to |1,0>


def test_energies_take_their_objects(qutip):
    """Ergotropy, passive state and Bloch vector are those of the arrays, kets included."""
    from qiskit.quantum_info import Statevector

    rho, h = random_state(np.random.default_rng(3), 2), np.diag([0.0, 1.0])
    for state, operator in ((to_qobj(rho), to_qobj(h)), (to_density_matrix(rho), to_operator(h))):
        assert ergotropy(state, operator) == pytest.approx(ergotropy(rho, h), abs=1e-15)
        np.testing.assert_allclose(passive_state(state, operator), passive_state(rho, h))
        np.testing.assert_allclose(bloch_vector(state), bloch_vector(rho))
    for ket in (qutip.basis(2, 1), Statevector([0, 1])):
        assert ergotropy(ket, h) == pytest.approx(1.0)
        np.testing.assert_allclose(bloch_vector(ket), [0, 0, 1])


REFUSED = [
    ((np.eye(6), (3, 3)), r"dims must multiply to the matrix's 6 levels, but are \(3, 3\)"),
    (
        (np.zeros((4, 2, 2)), None),
        r"shape \(D, D\), but has the shape \(4, 2, 2\): give one",
    ),
    ((np.zeros((2, 3)), None), r"has the shape \(2, 3\)"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
@pytest.mark.parametrize("there", [to_qobj, to_density_matrix, to_operator])
def test_wrong_shapes_are_refused(there, given, words):
    """Stacks, other shapes and other dims are said, with what to give."""
    if there is to_qobj:
        pytest.importorskip("qutip")
    with pytest.raises(InterchangeError, match=words):
        there(*given)


def test_unknown_library_is_refused(device):
    """A library that is neither is named."""
    with pytest.raises(InterchangeError, match='"qutip" or "qiskit", but is "cirq": name one'):
        master_equation(device, FOCK, "cirq")


def test_missing_qutip_is_said(tmp_path):
    """Without QuTiP the module can be imported, and one sentence says what to install."""
    code = (
        "import sys; sys.modules['qutip'] = None\n"
        "from cqed_battery.files.interchange import to_qobj, InterchangeError\n"
        "try: to_qobj([[1, 0], [0, 0]])\n"
        "except InterchangeError as error: print(error)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.stdout.strip() == "to_qobj needs QuTiP, which is not installed: pip install qutip"
