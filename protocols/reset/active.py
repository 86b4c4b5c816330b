"""Active reset: measure and flip, in rounds, and then the resonator empties.

It is a Qiskit circuit: in each round the transmon is measured, the result is fed back after a
latency during which it relaxes, and a recorded 1 is followed by a flip. Aer runs it with the
device's assignment errors and T1 (`protocols.emulation.sampling`). The closed-form Markov chain of
the same rounds is what the analysis expects of it. A flip may leak to level 2.
"""

from math import exp, inf

import numpy as np
from qiskit.circuit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import UnitaryGate

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import ns_from_us, rate_from_t1_us
from protocols.readout import AssignmentErrors, assignment_errors
from protocols.reset.method import (
    WAITS,
    HistoryRow,
    ResetCircuit,
    ResetMethod,
    Step,
    relaxed,
    two_levels,
)

THERMALISE = "thermalise"  # brings the transmon to its equilibrium
LATENCY = "latency"  # one round of measurement and feedback, in which T1 acts
REST = "rest"  # T1 acts while the resonator empties
LOOK = "look"  # level 2 is taken for 0 or 1
FLIP = "flip"  # levels 0 and 1 change places, with leakage

_LONG_NS = 1e6  # of a T1 of 1 ns: nothing but equilibrium is left
_FLIP_UNLESS_LEAKED = np.eye(4)[[1, 0, 2, 3]]  # acts on the transmon where "leaked" is 0


def active_reset_circuit(
    rounds: int, *, leakage: bool = False, rests: bool = False
) -> QuantumCircuit:
    """Return the circuit of an active reset; its last register is an errorless look at the outcome.

    Qubit 0 is the transmon. Qubit 1 copies its final state for that look, which the laboratory
    does not have. With leakage, qubit 2 is 1 where the transmon is in level 2, and the look's
    second bit tells it; qubit 0 then says what such a level is taken for. The gates named
    THERMALISE, LATENCY, LOOK and FLIP are where noise acts.

    Args:
        rounds: number of rounds, at least 1.
        leakage: whether level 2 is followed, with a qubit of its own.
        rests: whether T1 acts after the last round.
    """
    transmon, witness = QuantumRegister(1, "transmon"), QuantumRegister(1, "witness")
    leaked = [QuantumRegister(1, "leaked")] if leakage else []
    record = ClassicalRegister(rounds, "record")
    final = ClassicalRegister(1 + len(leaked), "final")
    circuit = QuantumCircuit(transmon, witness, *leaked, record, final)
    places = [transmon[0], *(register[0] for register in leaked)]
    circuit.append(identity_gate(THERMALISE), [transmon[0]])
    for bit in record:
        if leakage:
            circuit.append(identity_gate(LOOK, 2), places)
        circuit.measure(transmon[0], bit)
        circuit.append(identity_gate(LATENCY, len(places)), places)
        with circuit.if_test((bit, 1)):
            if leakage:
                circuit.append(UnitaryGate(_FLIP_UNLESS_LEAKED, label=FLIP), places)
            else:
                circuit.x(transmon[0])
    if rests:
        circuit.append(identity_gate(REST, len(places)), places)
    circuit.cx(transmon[0], witness[0])
    circuit.measure([witness[0], *places[1:]], final)
    return circuit


def identity_gate(label: str, qubits: int = 1) -> UnitaryGate:
    """Return an identity under its own label, for a noise model to act on.

    Args:
        label: by which the noise model finds the gate.
        qubits: that the gate acts on.
    """
    return UnitaryGate(np.eye(2**qubits), label=label)


def latency_matrix(experiment: Experiment, duration: float | None = None) -> FloatArray:
    """Return P(level after | level before a wait), (3, 3), rows before.

    Levels 0 and 1 relax as `relaxed` says; level 2 falls to 1 at 2 Gamma1 (n + 1). With
    G = Gamma1 (2n + 1), p1(t) from level 2 is p_eq (1 - exp(-G t)) + (n + 2) (exp(-G t) -
    exp(-2 Gamma1 (n + 1) t)). The bath's excitation of level 2 is left out.

    Args:
        experiment: the experiment file's content, for T1 and the transmon's bath.
        duration: of the wait in ns, by default `reset.latency_ns`.
    """
    duration = experiment.reset.latency_ns if duration is None else duration
    occupation = experiment.transmon.thermal_photons
    gamma = rate_from_t1_us(experiment.transmon.t1_us)
    settled = exp(-gamma * (2 * occupation + 1) * duration)
    stays = exp(-2 * gamma * (occupation + 1) * duration)
    equilibrium = experiment.transmon.excited_population
    fallen = equilibrium * (1 - settled) + (occupation + 2) * (settled - stays)
    up, one = relaxed(0.0, duration, experiment), relaxed(1.0, duration, experiment)
    return np.array([[1 - up, up, 0.0], [1 - one, one, 0.0], [1 - stays - fallen, fallen, stays]])


def flip_matrix(leakage: float) -> FloatArray:
    """Return P(level after | level before a flip), (3, 3), rows before.

    Levels 0 and 1 change places, and either ends in level 2 with the stated probability. A flip
    of level 2 leaves it there, but for the same probability of ending in 0, and in 1: a unitary
    pulse that lets in lets out as much.

    Args:
        leakage: probability that a flip ends in level 2, from 0 to 1/2.
    """
    kept = 1 - leakage
    return np.array(
        [[0.0, kept, leakage], [kept, 0.0, leakage], [leakage, leakage, 1 - 2 * leakage]]
    )


def look_share(errors: AssignmentErrors) -> float:
    """Return the share of level 2 that the reset's measurement takes for 1 before its errors.

    Args:
        errors: of the readout.

    Returns:
        From 0 to 1.
    """
    return min(max(errors.leaked_reads_1, 0.0), 1.0)


def expected_reset_levels(
    experiment: Experiment, rounds: int | None = None, flipped: float = 1.0
) -> FloatArray:
    """Return the populations of levels 0, 1 and 2 after 0, 1, ..., N rounds, shape (N + 1, 3).

    Markov chain over (recorded bit, level): measure with assignment errors, relax during the
    latency, flip when the bit is 1.

    Args:
        experiment: its reset, readout and transmon count.
        rounds: how many rounds N, by default the experiment's.
        flipped: how often a flip does what it should; else it does nothing.
    """
    errors, reset = assignment_errors(experiment), experiment.reset
    reads_1 = errors.p1_given_0 + errors.contrast * np.array([0.0, 1.0, look_share(errors)])
    waits = latency_matrix(experiment)
    flips = flipped * flip_matrix(reset.leakage_per_flip) + (1 - flipped) * np.eye(3)
    excited = experiment.transmon.excited_population
    history = [two_levels(excited)]
    for _ in range(reset.rounds if rounds is None else rounds):
        before = history[-1]
        history.append(before * (1 - reads_1) @ waits + before * reads_1 @ waits @ flips)
    return np.array(history)


class Active(ResetMethod):
    """Rounds of measurement, feedback and flip."""

    own_keys = (
        *("reset.rounds", "reset.latency_ns", "reset.leakage_per_flip", "reset.shots"),
        *("reset.rethermalises", *WAITS),
    )

    has_rounds = True

    def sequence(self, experiment: Experiment) -> tuple[Step, ...]:
        """Return a step of latency and flip for each round.

        Args:
            experiment: the experiment file's content.
        """
        reset = experiment.reset
        return (Step(reset.latency_ns, flips=True),) * reset.rounds

    def duration_ns(self, experiment: Experiment) -> float:
        """Return the length of the rounds and then of the resonator's wait, in ns.

        Args:
            experiment: the experiment file's content.
        """
        reset = experiment.reset
        return reset.rounds * reset.latency_ns + reset.resonator_wait_ns

    def levels(self, experiment: Experiment) -> FloatArray:
        """Return the populations after the last round, and after the rest where T1 acts, (3,).

        Args:
            experiment: the experiment file's content.
        """
        left = expected_reset_levels(experiment)[-1]
        if experiment.reset.rethermalises:
            left = left @ latency_matrix(experiment, experiment.reset.resonator_wait_ns)
        return np.asarray(left)

    def history(self, experiment: Experiment, rounds: int | None = None) -> list[HistoryRow]:
        """Return what is left after every round of the Markov chain, from equilibrium.

        Args:
            experiment: the experiment file's content.
            rounds: how many, by default the experiment's.
        """
        chain, latency = expected_reset_levels(experiment, rounds), experiment.reset.latency_ns
        found = [
            HistoryRow(number, number * latency, float(one), float(two))
            for number, (_, one, two) in enumerate(chain)
        ]
        if experiment.reset.rethermalises:
            wait = experiment.reset.resonator_wait_ns
            _, one, two = chain[-1] @ latency_matrix(experiment, wait)
            end = found[-1].time_ns + wait
            found.append(HistoryRow(found[-1].rounds, end, float(one), float(two)))
        return found

    def note(self, experiment: Experiment, history: list[HistoryRow]) -> str | None:
        """Say so if it leaves more in level 1 than equilibrium, where it began.

        Args:
            experiment: the experiment file's content.
            history: what the reset leaves after each round.
        """
        left = history[-1].residual_excitation
        equilibrium = experiment.transmon.excited_population
        if left <= equilibrium:
            return None
        return (
            f"the active reset leaves {left:.3g} in level 1, more than the {equilibrium:.3g} of"
            " thermal equilibrium: the bath, readout errors and flips excite more than it empties;"
            ' with reset.kind = "none" the charging would start emptier'
        )

    def shots(self, experiment: Experiment) -> int:
        """Return the repetitions that establish the residual excitation.

        Args:
            experiment: the experiment file's content.
        """
        return experiment.reset.shots

    def circuit(self, experiment: Experiment) -> ResetCircuit:
        """Return the rounds, with relaxation to equilibrium during each latency.

        Args:
            experiment: the experiment file's content.
        """
        transmon, reset = experiment.transmon, experiment.reset
        equilibrium = transmon.excited_population
        relaxations, hops = {THERMALISE: (1.0, _LONG_NS, equilibrium)}, {}
        # A warm bath relaxes faster: the rate is Gamma1 (2 n + 1).
        t1 = ns_from_us(transmon.t1_us) / (2 * transmon.thermal_photons + 1)
        leaks = reset.leakage_per_flip > 0
        if leaks:
            share = look_share(assignment_errors(experiment))
            hops = {
                LOOK: np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1 - share, share]]),
                LATENCY: latency_matrix(experiment),
                # what follows an errorless flip
                FLIP: flip_matrix(reset.leakage_per_flip)[[1, 0, 2]],
                REST: latency_matrix(experiment, reset.resonator_wait_ns),
            }
        elif t1 < inf:
            waits = {LATENCY: reset.latency_ns, REST: reset.resonator_wait_ns}
            relaxations |= {
                label: (t1, wait, equilibrium) for label, wait in waits.items() if wait > 0
            }
        rests = reset.rethermalises
        circuit = active_reset_circuit(reset.rounds, leakage=leaks, rests=rests)
        return ResetCircuit(circuit, leaks, relaxations, hops)


METHOD = Active()
