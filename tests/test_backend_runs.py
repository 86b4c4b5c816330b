"""The Qiskit backend's runs: what is refused, counts, memory, and IQ points."""

import numpy as np
import pytest
from oracles import agrees, chi_square
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import ClassicalRegister, Parameter, QuantumRegister
from qiskit.circuit.classical import expr
from scipy.stats import norm

from cqed_battery import Experiment
from cqed_battery.errors import CqedBatteryError
from protocols.backend import CqedBackend
from protocols.backend.charge import Charge
from protocols.emulation.sampling import sampled_outcomes

FIVE_SIGMA = 2 * norm.sf(5.0)
SHOTS = 20_000
QUIET: dict[str, object] = {
    "transmon.levels": 2,
    "transmon.t1_us": float("inf"),
    "transmon.residual_excitation": 0.0,
    "transmon.dephasing_rate_MHz": 0.0,
    "coupler.g_off_MHz": 0.0,
    "readout.p1_given_0": 0.0,
    "readout.p0_given_1": 0.0,
    "reset.kind": "none",
}


@pytest.fixture(scope="module")
def backend() -> CqedBackend:
    return CqedBackend()


def started(*names: str, bits: int = 1) -> QuantumCircuit:
    circuit = QuantumCircuit(1, bits)
    for name in names:
        circuit.measure(0, 0) if name == "measure" else getattr(circuit, name)(0)
    return circuit


def with_charge(time_ns: object) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.append(Charge(time_ns), [0])
    circuit.measure(0, 0)
    return circuit


def with_delay(duration: float, unit: str) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.delay(duration, 0, unit)
    circuit.measure(0, 0)
    return circuit


def with_turn(angle: object) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.rz(angle, 0)
    circuit.measure(0, 0)
    return circuit


def many_bits() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 11)
    for bit in range(11):
        circuit.measure(0, bit)
    return circuit


def on_expression() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2)
    circuit.measure(0, 0)
    with circuit.if_test(expr.bit_and(circuit.clbits[0], circuit.clbits[1])):
        circuit.x(0)
    circuit.measure(0, 1)
    return circuit


REFUSED = (
    (lambda: started("x"), "has no measurement: measure at its end"),
    (lambda: started("measure", "x"), "measures before it acts: .* follows its last x"),
    (lambda: started("h", "measure"), "h is not an instruction of the device, which has x, sx"),
    (lambda: QuantumCircuit(2, 1), "one qubit, but the circuit .* has 2: transpile"),
    (lambda: with_turn(Parameter("theta")), "parameters without a value, theta: assign"),
    (lambda: with_turn(np.inf), "angle of rz must be a number in rad, but is inf"),
    (lambda: with_charge(61.0), "time of charge must be a number from 0 to 60 in ns, but is 61"),
    (lambda: with_delay(2.0, "ms"), "duration of delay must be a number from 0 to 1e.06 in ns"),
    (many_bits, "at most 1024 records, but its 11 measured bits have 2048"),
    (on_expression, "condition must compare a classical bit or register with a number"),
)


@pytest.mark.parametrize(("make", "sentence"), REFUSED)
def test_circuits_that_cannot_be_served_are_refused(backend, make, sentence):
    """Each mistake is refused in a sentence that names it, before anything is run."""
    circuit = make()
    with pytest.raises(CqedBatteryError, match=sentence):
        backend.run(circuit, shots=10)


@pytest.mark.parametrize("time_ns", [-1.0, "long", np.nan, True, None])
def test_a_charging_time_is_a_number(time_ns):
    """charge refuses what is not a number of at least 0 when it is made."""
    with pytest.raises(CqedBatteryError, match="charge takes a time in ns, a number >= 0"):
        Charge(time_ns)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shots": 0}, "shots must be a whole number from 1 to 100000000, but is 0"),
        ({"shots": 1.5}, "shots must be a whole number"),
        ({"seed_simulator": -1}, "seed_simulator must be None or a whole number >= 0"),
        ({"meas_level": 0}, r"meas_level must be 1 \(IQ points\) or 2 \(bits\), but is 0"),
        ({"meas_return": "all"}, 'meas_return must be "single" or "avg", but is "all"'),
        ({"noise_model": None}, "noise_model is not an option of a run, which has shots"),
    ],
)
def test_options_out_of_range_are_refused(backend, options, sentence):
    """Each option is checked before anything is run."""
    with pytest.raises(CqedBatteryError, match=sentence):
        backend.run(started("measure"), **options)


def test_reset_and_frame_must_be_the_devices():
    """Without a reset there is no reset instruction, and the laboratory frame is refused."""
    bare = CqedBackend(Experiment().replace({"reset.kind": "none"}))
    assert "reset" not in bare.target.operation_names
    with pytest.raises(CqedBatteryError, match=r'reset\.kind "active", .* but it is "none"'):
        bare.run(started("reset", "measure"))
    drifting = Experiment().replace({"faults.frequency_drift_MHz": 0.1})
    with pytest.raises(CqedBatteryError, match=r"one by one, so faults.rabi_rate_drift, .* be 0"):
        CqedBackend(drifting)
    amplitude = CqedBackend(Experiment().replace({"charging.axis": "amplitude"}))
    with pytest.raises(CqedBatteryError, match="charge in a circuit needs moments of one pulse"):
        amplitude.run(with_charge(5.0))
    qutrit = Experiment().replace({"transmon.levels": 3, "qutrit.measured": True})
    with pytest.raises(CqedBatteryError, match=r"no rotations on 1-2, .* qutrit.measured = false"):
        CqedBackend(qutrit)
    lab = Experiment().replace({"simulation.frame": "lab"})
    with pytest.raises(CqedBatteryError, match=r'rotating frame, but simulation.frame is "lab"'):
        CqedBackend(lab)


def test_a_noisy_circuit_may_be_too_long():
    """Slow noise that turns the qubit too often to be averaged is refused with its numbers."""
    noisy = CqedBackend(Experiment().replace({"faults.frequency_noise_MHz": 1.0}))
    with pytest.raises(CqedBatteryError, match=r"101000 ns is too long .* noise of 1 MHz"):
        noisy.run(with_delay(100.0, "us"))


def test_conditionals_have_no_iq_points(backend):
    """A circuit that waits for a bit cannot run without bits."""
    circuit = started("measure")
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    circuit.measure(0, 0)
    with pytest.raises(CqedBatteryError, match=r"conditionals need bits: run .* meas_level=2"):
        backend.run(circuit, meas_level=1)


def test_what_follows_the_last_measurement_may_be_harmless(backend):
    """Waits, phases and a reset for the next repetition may follow the last measurement."""
    circuit = started("x", "measure", "reset", "barrier")
    circuit.delay(100, 0)
    circuit.rz(0.1, 0)
    plain = backend.record_probabilities(started("x", "measure"))
    assert backend.record_probabilities(circuit) == plain


def test_counts_follow_the_exact_probabilities(backend):
    """Counts of a circuit with two bits and a condition scatter about the exact records."""
    circuit = started("sx", "measure", bits=2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.sx(0)
    circuit.measure(0, 1)
    exact = backend.record_probabilities(circuit)
    counts = backend.run(circuit, shots=SHOTS, seed_simulator=3).result().get_counts()
    observed = np.array([[counts.get(f"{b}{a}", 0) for a, b in exact]])
    chances = np.array([list(exact.values())])
    assert observed.sum() == SHOTS
    assert FIVE_SIGMA < chi_square(observed, chances)[2] < 1 - FIVE_SIGMA
    assert chi_square(observed, chances[:, ::-1])[2] < FIVE_SIGMA


def test_seeds_and_memory(backend):
    """A seed repeats every shot; several circuits of a run have seeds of their own."""
    circuit = started("sx", "measure")
    run = {"shots": 500, "memory": True}
    first = backend.run([circuit, circuit], seed_simulator=5, **run).result()
    again = backend.run([circuit, circuit], seed_simulator=5, **run).result()
    assert [first.get_memory(k) for k in (0, 1)] == [again.get_memory(k) for k in (0, 1)]
    assert first.get_memory(0) != first.get_memory(1)
    assert first.get_memory(0).count("1") == first.get_counts(0)["1"]
    ones = np.flatnonzero([word == "1" for word in first.get_memory(0)])
    assert 150 < ones.mean() < 350  # the shots' order is random


def test_registers_keep_their_names_and_order(backend):
    """Words come out as Qiskit writes them: the last register first, metadata kept."""
    first, second = ClassicalRegister(1, "first"), ClassicalRegister(2, "second")
    circuit = QuantumCircuit(QuantumRegister(1), first, second, metadata={"xval": 1})
    circuit.measure(0, first[0])
    circuit.x(0)
    circuit.measure(0, second[1])
    clean = {"readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0}
    ideal = Experiment().replace(clean | {"tomography.pulse": "none"})
    result = CqedBackend(ideal).run(circuit, shots=200, seed_simulator=1).result()
    assert max(result.get_counts(), key=result.get_counts().get) == "10 0"
    assert result.results[0].header.metadata == {"xval": 1}


@pytest.mark.parametrize("name", ["id", "x"])
def test_iq_points_tell_the_levels_as_often_as_the_bits(backend, name):
    """Points on the far side of the threshold are as many as the assignment errors say."""
    circuit = started(name, "measure")
    result = backend.run(circuit, shots=SHOTS, seed_simulator=2, meas_level=1).result()
    points = np.asarray(result.get_memory(0))
    assert points.shape == (SHOTS, 1)
    ones = int((points.real > 0).sum())
    assert agrees(ones, SHOTS, backend.record_probabilities(circuit)[(1,)])
    assert np.std(points.imag) == pytest.approx(1.0, abs=5 / np.sqrt(2 * SHOTS))


def test_averaged_iq_points_are_the_mean(backend):
    """meas_return avg gives the mean of the points that single gives; other bits stay 0."""
    circuit = started("sx", "measure", bits=2)
    run = {"shots": 1000, "seed_simulator": 2, "meas_level": 1}
    single = np.asarray(backend.run(circuit, **run).result().get_memory(0))
    mean = np.asarray(backend.run(circuit, meas_return="avg", **run).result().get_memory(0))
    assert mean.shape == (2,)
    np.testing.assert_allclose(mean, single.mean(axis=0), rtol=0, atol=1e-12)
    assert mean[1] == 0


def test_iq_points_of_two_measurements_belong_together():
    """A level that was found stays: both points of a shot lie on the same side."""
    still = {"transmon.t1_us": float("inf"), "tomography.pulse": "none"}
    circuit = started("sx", "measure", bits=2)
    circuit.measure(0, 1)
    run = {"shots": 4000, "seed_simulator": 2, "meas_level": 1}
    quiet = Experiment().replace(still | {"coupler.g_off_MHz": 0.0})
    points = np.asarray(CqedBackend(quiet).run(circuit, **run).result().get_memory(0)).real > 0
    share = (points[:, 0] == points[:, 1]).mean()
    errors = (0.01, 0.04)
    same = np.mean([1 - 2 * e * (1 - e) for e in errors])
    assert share == pytest.approx(same, abs=5 * np.sqrt(same * (1 - same) / 4000) + 1e-3)


def test_dispersive_readout_gives_its_own_points():
    """With the dispersive model bits follow its assignment errors, and IQ points its clouds."""
    experiment = Experiment().replace({"readout.model": "dispersive"})
    backend = CqedBackend(experiment)
    bits = [backend.record_probabilities(started(name, "measure"))[(1,)] for name in ("id", "x")]
    assert bits[0] < 0.1 < 0.8 < bits[1]
    run = {"shots": 2000, "seed_simulator": 2, "meas_level": 1, "meas_return": "avg"}
    circuits = [started("id", "measure"), started("x", "measure")]
    result = backend.run(circuits, **run).result()
    distance = abs(result.get_memory(0)[0] - result.get_memory(1)[0])
    assert distance > 1.0


def test_outcomes_are_drawn_as_their_probabilities_say():
    """Seventeen outcomes drawn by Aer agree with their weights, and refuse shuffled ones."""
    weights = np.random.default_rng(4).uniform(size=17)
    weights[3] = 0.0
    counts = sampled_outcomes(weights, SHOTS, seed=9)[None]
    assert counts.sum() == SHOTS
    assert FIVE_SIGMA < chi_square(counts, weights / weights.sum())[2] < 1 - FIVE_SIGMA
    assert chi_square(counts, np.roll(weights, 1) / weights.sum())[2] < FIVE_SIGMA
    with pytest.raises(CqedBatteryError, match=r"at most 1024 outcomes .* there are 1025"):
        sampled_outcomes(np.ones(1025), 10, seed=1)


@pytest.mark.filterwarnings("ignore:The property ``qiskit.circuit.instr:DeprecationWarning:qiskit")
def test_any_circuit_of_one_qubit_can_be_transpiled():
    """Hadamards become sx and rz, a charge(t) and delays in us stay; the counts are right."""
    backend = CqedBackend(Experiment().replace(QUIET))
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.delay(0.1, 0, "us")
    circuit.h(0)
    circuit.x(0)
    circuit.measure(0, 0)
    found = backend.record_probabilities(transpile(circuit, backend))
    assert found[(1,)] == pytest.approx(1.0, abs=1e-6)
    charged = transpile(with_charge(5.0), backend)
    assert charged.count_ops()["charge"] == 1


def test_target_keeps_the_clock():
    """dt is the clock's period, and every duration a whole number of them."""
    target = CqedBackend(Experiment().replace({"tomography.pulse_ns": 15.9})).target
    assert target.dt == pytest.approx(0.25e-9)
    assert target["x"][(0,)].duration == pytest.approx(16e-9)
    for name in ("x", "sx", "id", "measure", "reset"):
        periods = target[name][(0,)].duration / target.dt
        assert periods == pytest.approx(round(periods), abs=1e-6)
    assert set(target.operation_names) >= {"rz", "delay", "charge", "if_else"}


def test_a_job_that_is_done_is_not_cancelled(backend: CqedBackend) -> None:
    """`cancel` answers as Qiskit expects, False, and the result stays."""
    job = backend.run(started("x", "measure"), shots=10, seed_simulator=1)
    assert job.cancel() is False
    assert job.done()
    assert not job.cancelled()
    assert sum(job.result().get_counts().values()) == 10
