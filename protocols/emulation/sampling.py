"""Shots: Aer gives the law of every outcome, and each setting is drawn with its own seed.

Aer simulates what a setting prepares and holds the readout's errors; its law is drawn from at
once, binomially or multinomially, so a billion shots cost no more than one. Only the repetitions
of a reset are run shot by shot, at most 10^4 of them. A setting's seed is spawned from the
experiment's seed and the setting's own place (stage, arm, time, basis), never from the order of
execution; so counts do not depend on how work is split. The only file that imports qiskit_aer.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, kraus_error, thermal_relaxation_error

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.readout import AssignmentErrors, assignment_errors
from protocols.reset import expected_excitation, reset_of
from protocols.reset.method import ResetCircuit

_MOST_RESETS = 10**4  # an active reset costs Aer 20 us; more follow the expected levels
MOST_OUTCOMES = 1024  # of a register of ten qubits
STAGES = {"reset": 0, "calibration": 1, "tomography": 2, "vacuum": 3, "extraction": 4, "qutrit": 5}
"""First spawn key of a seed."""


def setting_seed(seed: int, stage: str, *place: int) -> int:
    """Return the Aer seed of one setting, spawned from the experiment's seed.

    Args:
        seed: the experiment's seed.
        stage: a key of `STAGES`.
        place: the setting's indices within its stage.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(STAGES[stage], *place))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def outcome_law(probabilities: FloatArray, errors: AssignmentErrors) -> FloatArray:
    """Return how often outcome 1 is read in each setting, (M,), as Aer has it.

    Aer rotates a qubit to each probability of level 1, all in one job, and its readout error
    turns levels into outcomes: P(1|0) (1 - p) + (1 - P(0|1)) p.

    Args:
        probabilities: of level 1 before assignment errors, (M,); rounding outside [0, 1] is cut.
        errors: P(1|0) and P(0|1) of the readout.
    """
    angle, circuit = Parameter("angle"), QuantumCircuit(1)
    circuit.ry(angle, 0)
    circuit.save_probabilities()
    angles = 2 * np.arcsin(np.sqrt(np.clip(probabilities, 0.0, 1.0)))
    job = _simulator().run(circuit, parameter_binds=[{angle: angles.tolist()}], shots=1)
    levels = np.array([each.data.probabilities for each in job.result().results])
    return np.clip(levels @ _assignment(errors).probabilities, 0.0, 1.0)[:, 1]


def drawn_counts(frequency: float, shots: int, seed: int) -> IntArray:
    """Return integer counts of outcomes 0 and 1, shape (2,), drawn binomially.

    Args:
        frequency: of outcome 1, from `outcome_law`.
        shots: number of repetitions.
        seed: from `setting_seed`.
    """
    ones = np.random.default_rng(seed).binomial(shots, frequency)
    return np.array([shots - ones, ones], dtype=np.int64)


def sampled_outcomes(probabilities: FloatArray, shots: int, seed: int) -> IntArray:
    """Return how often each of up to 1024 outcomes occurs, shape (K,), by the law that Aer gives.

    A register of qubits is prepared with the square roots of the probabilities as amplitudes.

    Args:
        probabilities: of the outcomes, (K,), >= 0; they are normalised.
        shots: number of repetitions.
        seed: from 0 to 2^63 - 1.

    Raises:
        CqedBatteryError: there are more outcomes than a register of ten qubits has.
    """
    if len(probabilities) > MOST_OUTCOMES:
        raise CqedBatteryError(
            f"at most {MOST_OUTCOMES} outcomes can be sampled at once, "
            f"but there are {len(probabilities)}: measure into fewer bits"
        )
    qubits = max((len(probabilities) - 1).bit_length(), 1)
    amplitudes = np.zeros(2**qubits)
    amplitudes[: len(probabilities)] = np.sqrt(probabilities / np.sum(probabilities))
    circuit = QuantumCircuit(qubits)
    circuit.initialize(amplitudes, range(qubits))
    circuit.save_probabilities()
    law = _simulator().run(circuit, shots=1).result().data()["probabilities"]
    return np.random.default_rng(seed).multinomial(shots, law / law.sum())[: len(probabilities)]


def sampled_levels(experiment: Experiment) -> tuple[float, float]:
    """Return the populations of levels 1 and 2 when the charging starts.

    Where the reset is a circuit, Aer runs it `reset.shots` times; another leaves what is expected.
    An excitation that is prepared afterwards is taken as the file says.

    Args:
        experiment: the experiment file's content.
    """
    method = reset_of(experiment)
    law, rounds = method.levels(experiment), method.circuit(experiment)
    if rounds is None or experiment.reset.initial_excitation is not None:
        return expected_excitation(experiment), float(law[2])
    noise = _reset_noise(rounds, assignment_errors(experiment))
    simulator = _simulator(method="density_matrix", noise_model=noise)
    shots, seed = method.shots(experiment), setting_seed(experiment.seed, "reset")
    drawn, rest = min(shots, _MOST_RESETS), max(shots - _MOST_RESETS, 0)
    job = simulator.run(rounds.circuit, shots=drawn, seed_simulator=seed)
    ends = [(bits.split()[0], number) for bits, number in job.result().get_counts().items()]
    leaked = sum(number for final, number in ends if rounds.leaks and final[0] == "1")
    excited = sum(number for final, number in ends if final in ("1", "01"))
    if rest:
        law = np.clip(law, 0.0, 1.0)
        _, more, out = np.random.default_rng(seed).multinomial(rest, law / law.sum())
        excited, leaked = excited + int(more), leaked + int(out)
    return float(excited / shots), float(leaked / shots)


def _simulator(**options: object) -> AerSimulator:
    return AerSimulator(**{"method": "statevector", "max_parallel_threads": 1} | options)


def _reset_noise(reset: ResetCircuit, errors: AssignmentErrors) -> NoiseModel:
    noise = NoiseModel(basis_gates=["x", "cx", "unitary"])
    noise.add_readout_error(_assignment(errors), [0])
    for label, (t1, duration, equilibrium) in reset.relaxations.items():
        error = thermal_relaxation_error(t1, t1, duration, excited_state_population=equilibrium)
        noise.add_quantum_error(error, label, [0])
    for label, matrix in reset.hops.items():
        noise.add_quantum_error(_hops(matrix), label, [0, 2])
    return noise


def _hops(matrix: FloatArray) -> object:
    """Return the error that moves levels 0, 1 and 2 at random, rows before, columns after.

    Level 2 is that of the states 2 and 3 of the qubits (transmon, leaked); where the matrix has
    three columns it ends in state 2.
    """
    operators = []
    for before, row in zip((0, 1, 2, 3), matrix[[0, 1, 2, 2]], strict=True):
        for after in np.flatnonzero(row):
            operator = np.zeros((4, 4))
            operator[after, before] = sqrt(row[after])
            operators.append(operator)
    return kraus_error(operators)


def _assignment(errors: AssignmentErrors) -> ReadoutError:
    rows: Sequence[Sequence[float]] = (
        (1 - errors.p1_given_0, errors.p1_given_0),
        (errors.p0_given_1, 1 - errors.p0_given_1),
    )
    return ReadoutError(rows)
