"""The Qiskit backend's dynamics: its instructions against closed forms and Qiskit's own algebra."""

from math import cos, exp, inf, pi

import numpy as np
import pytest
from devices import lossless
from oracles import ActiveReset
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Statevector

from cqed_battery import Experiment
from protocols import predict
from protocols.backend import CqedBackend
from protocols.backend.charge import Charge
from protocols.faults.drive_line import Line
from protocols.prediction.predict import named
from protocols.stages.extraction import extraction_pulses

T1_NS, GAMMA_MHZ = 8000.0, 0.02
GAMMA = 2e-3 * pi * GAMMA_MHZ
PERFECT = {
    "readout.p1_given_0": 0.0,
    "readout.p0_given_1": 0.0,
    "reset.resonator_photons": 0.0,
}
IDEAL = lossless().replace(PERFECT)
DRAG = IDEAL.replace({"tomography.pulse": "drag"})
DECAYING = IDEAL.replace({"transmon.t1_us": T1_NS / 1000, "transmon.dephasing_rate_MHz": GAMMA_MHZ})


def circuit_of(*steps: object, bits: int = 1) -> QuantumCircuit:
    """A circuit of names, (name, value) pairs and charges, measured at its end."""
    circuit = QuantumCircuit(1, bits)
    for step in steps:
        if isinstance(step, Charge):
            circuit.append(step, [0])
        elif isinstance(step, tuple):
            name, value = step
            circuit.delay(value, 0, "ns") if name == "delay" else circuit.rz(value, 0)
        else:
            getattr(circuit, str(step))(0)
    circuit.measure(0, bits - 1)
    return circuit


def reads_one(experiment: Experiment, *steps: object) -> float:
    """The probability that the last measurement of a circuit reads 1."""
    return reads_one_on(CqedBackend(experiment), *steps)


def reads_one_on(backend: CqedBackend, *steps: object) -> float:
    return backend.record_probabilities(circuit_of(*steps)).get((1,), 0.0)


def random_steps(seed: int) -> list[object]:
    rng = np.random.default_rng(seed)
    choices = ["x", "sx", ("rz", None), "id"]
    picked = [choices[k] for k in rng.integers(4, size=12)]
    return [("rz", rng.uniform(-pi, pi)) if isinstance(p, tuple) else p for p in picked] + ["sx"]


def qiskit_reads_one(steps: list[object]) -> float:
    circuit = circuit_of(*steps)
    circuit.remove_final_measurements()
    return float(Statevector(circuit).probabilities()[1])


@pytest.mark.parametrize("angle", [0.0, 0.3, 2.0, -1.2])
def test_two_half_flips_with_a_phase_between_are_a_fringe(angle):
    """sx rz sx reads 1 with probability (1 + cos phi)/2; without a phase it is x."""
    expected = (1 + cos(angle)) / 2
    assert reads_one(IDEAL, "sx", ("rz", angle), "sx") == pytest.approx(expected, abs=1e-12)
    assert reads_one(DRAG, "sx", ("rz", angle), "sx") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("changes", "tolerance"),
    [
        ({"tomography.pulse": "none"}, 1e-12),
        ({}, 1e-6),
        ({"drive.frequency_GHz": 4.97}, 4e-3),
        ({"transmon.levels": 3}, 5e-3),
    ],
)
def test_random_circuits_do_what_qiskits_algebra_says(seed, changes, tolerance):
    """Thirteen random rotations give Qiskit's probability: ideal, tuned, and with a third level.

    Off the drive's frequency a sample held for T while its carrier turns at Delta is weaker by
    (Delta T)^2/24, here 1e-4 of each pulse's angle.
    """
    steps = random_steps(seed)
    found = reads_one(DRAG.replace(changes), *steps)
    assert found == pytest.approx(qiskit_reads_one(steps), abs=tolerance)


@pytest.mark.parametrize("delay", [0.0, 700.0, 8000.0, 50_000.0])
def test_a_delay_after_a_flip_decays_with_t1(delay):
    """x, wait, measure reads 1 with probability exp(-t / T1)."""
    found = reads_one(DECAYING, "x", ("delay", delay))
    assert found == pytest.approx(exp(-delay / T1_NS), abs=1e-9)


@pytest.mark.parametrize("drive_GHz", [5.0, 4.93])
@pytest.mark.parametrize("angle", [0.0, 1.1])
def test_ramsey_and_echo_decay_with_t2(drive_GHz, angle):
    """Ramsey reads (1 + exp(-t/T2) cos phi)/2 and an echo (1 - exp(-t/T2))/2, on the carrier.

    The frame is the transmon's, wherever the drive of the charging sits.
    """
    experiment = DECAYING.replace({"drive.frequency_GHz": drive_GHz})
    delay = 3000.0
    fringe = exp(-delay * (GAMMA + 0.5 / T1_NS))
    ramsey = reads_one(experiment, "sx", ("delay", delay), ("rz", angle), "sx")
    assert ramsey == pytest.approx((1 + fringe * cos(angle)) / 2, abs=1e-9)
    half = ("delay", delay / 2)
    echo = reads_one(experiment, "sx", half, "x", half, "sx")
    assert echo == pytest.approx((1 - fringe) / 2, abs=1e-9)


@pytest.mark.parametrize("delay", [0.0, 900.0, 6000.0])
def test_slow_noise_blurs_a_ramsey_fringe_and_leaves_the_echo(delay):
    """Under a detuning delta +- sigma Ramsey reads (1 + exp(-(sigma t)^2/2) cos(delta t))/2."""
    noise, off = 0.15, 0.4
    noisy = IDEAL.replace(
        {"faults.frequency_noise_MHz": noise, "faults.transmon_detuning_MHz": off}
    )
    spread, turned = 2e-3 * pi * noise * delay, 2e-3 * pi * off * delay
    found = reads_one(noisy, "sx", ("delay", delay), "sx")
    assert found == pytest.approx((1 + exp(-(spread**2) / 2) * cos(turned)) / 2, abs=1e-8)
    half = ("delay", delay / 2)
    assert reads_one(noisy, "sx", half, "x", half, "sx") == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("g_off_MHz", [0.0, 0.02, 0.05])
def test_target_states_the_times_that_the_idle_qubit_lives(g_off_MHz):
    """T1 and T2 are those of T1, dephasing and the residual coupling's Purcell decay.

    On resonance with a broad line the coupling adds 4 g^2/(kappa + 2 gamma) to 1/T1; the next
    order is (2 g/kappa)^2, here 1 %.
    """
    experiment = DECAYING.replace({"coupler.g_off_MHz": g_off_MHz, "resonator.linewidth_MHz": 1.0})
    found = CqedBackend(experiment).target.qubit_properties[0]
    purcell = 4 * g_off_MHz**2 / (1.0 + 2 * GAMMA_MHZ) * 2e-3 * pi
    assert found.t1 == pytest.approx(1e-9 / (1 / T1_NS + purcell), rel=1e-6 + (2 * g_off_MHz) ** 2)
    if g_off_MHz == 0.0:
        assert found.t2 == pytest.approx(1e-9 / (0.5 / T1_NS + GAMMA), rel=1e-9)
    assert found.frequency == pytest.approx(5e9)


def test_a_lossless_idle_qubit_lives_for_ever():
    """Without any decay T1 and T2 are infinite."""
    found = CqedBackend(IDEAL).target.qubit_properties[0]
    assert (found.t1, found.t2) == (inf, inf)


CHAIN = {
    "p1_given_0": 0.03,
    "p0_given_1": 0.12,
    "latency_ns": 700.0,
    "t1_us": 3.0,
    "residual_excitation": 0.2,
}
NOISY = {
    "readout.p1_given_0": 0.03,
    "readout.p0_given_1": 0.12,
    "transmon.t1_us": 3.0,
    "transmon.residual_excitation": 0.2,
    "laboratory.readout_ns": 700.0,
}


def flipping_circuit(rounds: int, how: str) -> QuantumCircuit:
    """Measure and flip on 1, so many times, then measure into the last bit."""
    circuit = QuantumCircuit(1, rounds + 1)
    for bit in range(rounds):
        circuit.measure(0, bit)
        if how == "if_test":
            with circuit.if_test((circuit.clbits[bit], 1)):
                circuit.x(0)
        elif how == "else":
            with circuit.if_test((circuit.clbits[bit], 0)) as otherwise:
                circuit.barrier(0)
            with otherwise:
                circuit.x(0)
        else:
            circuit.x(0).c_if(circuit.clbits[bit], 1)
    circuit.measure(0, rounds)
    return circuit


@pytest.mark.filterwarnings("ignore:The method ``qiskit.circuit.*c_if:DeprecationWarning")
@pytest.mark.parametrize("how", ["if_test", "else", "c_if"])
def test_conditional_flips_follow_the_chain_of_the_active_reset(how):
    """Rounds of measure and flip leave the excitation of the oracle's Markov chain, to 1e-9."""
    rounds = 3
    records = CqedBackend(IDEAL.replace(NOISY)).record_probabilities(flipping_circuit(rounds, how))
    assert len(records) == 2 ** (rounds + 1)
    found = sum(share for record, share in records.items() if record[-1])
    chain = ActiveReset(**CHAIN)
    assert found == pytest.approx(chain.reported_one(rounds + 1)[-1], abs=1e-9)
    second = sum(share for record, share in records.items() if record[1])
    assert second == pytest.approx(chain.reported_one(2)[-1], abs=1e-9)


def test_a_measurement_takes_the_coherence():
    """sx, measure, sx, measure: both outcomes are even and independent; without the first, x."""
    circuit = QuantumCircuit(1, 2)
    for bit in (0, 1):
        circuit.sx(0)
        circuit.measure(0, bit)
    records = CqedBackend(IDEAL).record_probabilities(circuit)
    assert records == pytest.approx(dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], 0.25))


def test_records_that_become_equal_are_one():
    """Measuring again into the same bit leaves two records, of the last outcome."""
    circuit = QuantumCircuit(1, 1)
    for _ in range(12):
        circuit.sx(0)
        circuit.measure(0, 0)
    records = CqedBackend(IDEAL).record_probabilities(circuit)
    assert records == pytest.approx({(0,): 0.5, (1,): 0.5})


def test_reset_is_the_experiments_own():
    """Active: further rounds of the chain; passive: the wait's decay; each from a flipped qubit."""
    active = IDEAL.replace(NOISY | {"reset.kind": "active", "reset.latency_ns": 700.0})
    chain = ActiveReset(**CHAIN)
    left = 1 - chain.excited(2)[-1]
    expected = chain.reported_one(3, initial=left)[-1]
    assert reads_one(active, "x", "reset") == pytest.approx(expected, abs=1e-9)
    passive = DECAYING.replace({"reset.kind": "passive", "reset.wait_us": 4.0})
    start = 0.5 * exp(-4000.0 / T1_NS)
    expected = (1 - start) * exp(-4000.0 / T1_NS)
    assert reads_one(passive, "x", "reset") == pytest.approx(expected, abs=1e-9)


AXES: dict[str, list[object]] = {"x": [("rz", -pi / 2), "sx"], "y": ["sx"], "z": ["id"]}


@pytest.mark.parametrize(
    ("changes", "tolerance"),
    [
        ({}, 1e-9),
        ({"drive.frequency_GHz": 4.985, "drive.phase_rad": 0.4, "transmon.levels": 4}, 1e-9),
        ({"tomography.pulse": "none", "coupler.g_on_MHz": 20.0}, 1e-9),
        ({"faults.rabi_rate_error": 0.05, "faults.pulse_amplitude_error": 0.03}, 1e-9),
        ({"faults.drive_bandwidth_MHz": 200.0, "drive.frequency_GHz": 4.985}, 1e-7),
    ],
)
@pytest.mark.parametrize("time", [0.0, 7.3, 20.0])
def test_charge_and_tomography_have_the_predictions_probabilities(changes, tolerance, time):
    """charge(t) and a rotation read what `predict` says of every axis and time, to 1e-9.

    What a slow drive line still holds is cut into other pieces here and there, worth 1e-8.
    """
    settings = {"charging.times_ns": (time,), "control.enabled": False, "vacuum.method": "none"}
    experiment = Experiment().replace(changes | settings)
    backend, readout = CqedBackend(experiment), experiment.readout
    prediction = predict(experiment, line=Line.of(experiment.faults))
    slope = 1 - readout.p1_given_0 - readout.p0_given_1
    expected = readout.p1_given_0 + slope * prediction.arms["catalysed"].probability[0]
    found = [reads_one_on(backend, Charge(time), *AXES[axis]) for axis in "xyz"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_an_extraction_is_a_circuit():
    """Charge, turn about the axis that the file names, measure: what the extraction reads after."""
    file = IDEAL.replace(
        {
            "tomography.pulse": "none",
            "coupler.ramp_ns": 0.0,
            "charging.times_ns": (0.0, 7.0),
            "extraction.unitary": "model",
            "drive.frequency_GHz": 4.98,
        }
    )
    backend, known = CqedBackend(file), named(file)
    (pulse,) = extraction_pulses(known, "catalysed")
    turn = QuantumCircuit(1, 1)
    turn.append(Charge(7.0), [0])
    turn.r(pulse.angle, pulse.phase, 0)
    turn.measure(0, 0)
    found = backend.record_probabilities(transpile(turn, backend)).get((1,), 0.0)
    expected = predict(known).arms["catalysed"].extraction[-1, 1]
    assert found == pytest.approx(float(expected), abs=1e-6)
    (bloch,) = predict(known).arms["catalysed"].bloch[-1:]
    assert found == pytest.approx((1 - np.linalg.norm(bloch)) / 2, abs=1e-6)


def test_a_phase_before_the_charging_turns_its_drive():
    """rz before charge(t) turns transmon and resonator alike: the charged z does not change."""
    flat = reads_one(Experiment(), Charge(9.0))
    turned = reads_one(Experiment(), ("rz", 1.3), Charge(9.0))
    assert turned == pytest.approx(flat, abs=1e-9)
    mixed = reads_one(Experiment(), "sx", ("rz", 1.3), Charge(9.0))
    assert abs(mixed - reads_one(Experiment(), "sx", Charge(9.0))) > 0.01


def test_more_fock_levels_are_taken_where_the_charging_needs_them():
    """Two Fock levels asked for are raised until the probabilities are those of many."""
    few = Experiment().replace({"resonator.fock_levels": 2})
    many = Experiment().replace({"resonator.fock_levels": 20})
    expected = reads_one(many, Charge(12.0))
    assert reads_one(few, Charge(12.0)) == pytest.approx(expected, abs=1e-5)
