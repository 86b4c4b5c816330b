"""Reset before charging: how much excitation is left, in transmon and resonator.

The active reset is a Qiskit circuit: in each round the transmon is measured, the result is fed
back after a latency during which it relaxes, and a recorded 1 is followed by a flip. Aer runs
it with the device's assignment errors and T1 (`protocols.sampling`). The closed-form Markov
chain of the same rounds is what the analysis expects of it.
"""

from math import exp

import numpy as np
from qiskit.circuit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import UnitaryGate

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz, ns_from_us, rate_from_t1_us

THERMALISE = "thermalise"  # brings the transmon to its equilibrium
LATENCY = "latency"  # one round of measurement and feedback, in which T1 acts


def relaxed(excitation: float, duration: float, experiment: Experiment) -> float:
    """Return the excitation after a wait (ns): exponential decay to equilibrium.

    The rate is Gamma1 (2 n_q + 1), Gamma1 = 1/T1 at zero temperature.
    """
    occupation = experiment.transmon.thermal_photons
    rate = rate_from_t1_us(experiment.transmon.t1_us) * (2 * occupation + 1)
    equilibrium = experiment.transmon.excited_population
    return equilibrium + (excitation - equilibrium) * exp(-rate * duration)


def active_reset_circuit(rounds: int) -> QuantumCircuit:
    """Return the circuit of an active reset; its last bit is an errorless look at the outcome.

    Qubit 0 is the transmon. Qubit 1 copies its final state for that look, which the laboratory
    does not have. The gates named THERMALISE and LATENCY are where noise acts.
    """
    transmon, witness = QuantumRegister(1, "transmon"), QuantumRegister(1, "witness")
    record, final = ClassicalRegister(rounds, "record"), ClassicalRegister(1, "final")
    circuit = QuantumCircuit(transmon, witness, record, final)
    circuit.append(identity_gate(THERMALISE), [transmon[0]])
    for bit in record:
        circuit.measure(transmon[0], bit)
        circuit.append(identity_gate(LATENCY), [transmon[0]])
        with circuit.if_test((bit, 1)):
            circuit.x(transmon[0])
    circuit.cx(transmon[0], witness[0])
    circuit.measure(witness[0], final[0])
    return circuit


def identity_gate(label: str) -> UnitaryGate:
    """Return a one-qubit identity under its own label, for a noise model to act on."""
    return UnitaryGate(np.eye(2), label=label)


def expected_active_reset(experiment: Experiment) -> FloatArray:
    """Return the excitation after 0, 1, ..., N rounds of active reset, shape (N + 1,).

    Markov chain over (recorded bit, level): measure with assignment errors, relax during the
    latency, flip when the bit is 1.
    """
    readout, reset = experiment.readout, experiment.reset
    excitation = experiment.transmon.excited_population
    history = [excitation]
    for _ in range(reset.rounds):
        still_excited = relaxed(1.0, reset.latency_ns, experiment)
        newly_excited = relaxed(0.0, reset.latency_ns, experiment)
        missed = excitation * readout.p0_given_1 * still_excited
        idle = (1 - excitation) * (1 - readout.p1_given_0) * newly_excited
        flipped = excitation * (1 - readout.p0_given_1) * (1 - still_excited)
        false_alarm = (1 - excitation) * readout.p1_given_0 * (1 - newly_excited)
        excitation = missed + idle + flipped + false_alarm
        history.append(excitation)
    return np.array(history)


def expected_excitation(experiment: Experiment) -> float:
    """Return the transmon's excitation from which the charging is expected to start.

    "active": the Markov chain's last round; "passive": after a previous run that left levels 0
    and 1 equally likely, relaxed for the waiting time; "none": equilibrium.
    """
    kind = experiment.reset.kind
    if kind == "active":
        return float(expected_active_reset(experiment)[-1])
    if kind == "passive":
        return relaxed(0.5, ns_from_us(experiment.reset.wait_us), experiment)
    return experiment.transmon.excited_population


def remaining_photons(experiment: Experiment) -> float:
    """Return the resonator's mean photons when the charging starts.

    What the previous run left decays at kappa towards the thermal number during the stated
    wait; without a reset the resonator is in equilibrium.
    """
    thermal, reset = experiment.resonator.thermal_photons, experiment.reset
    if reset.kind == "none":
        return thermal
    kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
    wait = reset.resonator_wait_ns
    if reset.kind == "passive":
        wait = max(wait, ns_from_us(reset.wait_us))
    return thermal + (reset.resonator_photons - thermal) * exp(-kappa * wait)
