"""Shots, drawn by Aer: each setting with its own seed. The only file that imports qiskit_aer.

A setting's seed is spawned from the experiment's seed and the setting's own place (stage, arm,
time, basis), never from the order of execution; so counts do not depend on how work is split.
Of more than 10^6 shots of a setting, or 10^5 resets, Aer draws so many; the others follow the
same binomial or multinomial law at once.
"""

from collections.abc import Sequence
from math import asin, sqrt

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, kraus_error, thermal_relaxation_error

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.readout import AssignmentErrors, assignment_errors
from protocols.reset import reset_of
from protocols.reset.method import ResetCircuit

IntArray = NDArray[np.int64]

_LARGEST_PORTION = 10**6  # shots of a setting that Aer draws
_MOST_RESETS = 10**5  # an active reset costs Aer a hundred times as much as a readout
MOST_OUTCOMES = 1024  # of a register of ten qubits
STAGES = {"reset": 0, "calibration": 1, "tomography": 2, "vacuum": 3}  # first spawn key of a seed


def setting_seed(seed: int, stage: str, *place: int) -> int:
    """Return the Aer seed of one setting, spawned from the experiment's seed.

    Args:
        seed: the experiment's seed.
        stage: a key of `STAGES`.
        place: the setting's indices within its stage.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(STAGES[stage], *place))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


class Sampler:
    """Draws counts through the device's assignment errors.

    P(1|0) and P(0|1) act as an Aer readout error on the measured qubit.
    """

    def __init__(self, experiment: Experiment) -> None:
        noise = NoiseModel()
        self._errors = assignment_errors(experiment)
        noise.add_readout_error(_assignment(self._errors), [0])
        self._simulator = AerSimulator(
            method="statevector", noise_model=noise, max_parallel_threads=1
        )

    def counts(self, probability: float, shots: int, seed: int) -> IntArray:
        """Return integer counts of outcomes 0 and 1, shape (2,).

        Args:
            probability: of level 1 (before assignment errors); rounding outside [0, 1] is cut.
            shots: number of repetitions.
            seed: from `setting_seed`.
        """
        circuit = QuantumCircuit(1, 1)
        # |1> with this probability: sin^2(angle/2)
        circuit.ry(2 * asin(sqrt(min(max(probability, 0.0), 1.0))), 0)
        circuit.measure(0, 0)
        drawn, rest = _split(shots)
        found = self._simulator.run(circuit, shots=drawn, seed_simulator=seed).result()
        ones = int(found.get_counts().get("1", 0))
        if rest:
            excited = min(max(probability, 0.0), 1.0)
            reads = self._errors.p1_given_0 + self._errors.contrast * excited
            ones += int(_rest_generator(seed).binomial(rest, reads))
        return np.array([shots - ones, ones], dtype=np.int64)


def _split(shots: int, most: int | None = None) -> tuple[int, int]:
    """Return how many shots Aer draws and how many follow the same law at once.

    Aer takes 0.1 us to 1 us for each and keeps each in memory: of 10^9 it would take hours.
    """
    portion = _LARGEST_PORTION if most is None else most
    return min(shots, portion), max(shots - portion, 0)


def _rest_generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))


def sampled_outcomes(probabilities: FloatArray, shots: int, seed: int) -> IntArray:
    """Return how often each of up to 1024 outcomes occurs, shape (K,), drawn by Aer.

    A register of qubits is prepared with the square roots of the probabilities as amplitudes
    and measured.

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
    circuit = QuantumCircuit(qubits, qubits)
    circuit.initialize(amplitudes, range(qubits))
    circuit.measure(range(qubits), range(qubits))
    simulator = AerSimulator(method="statevector", max_parallel_threads=1)
    counts = np.zeros(2**qubits, dtype=np.int64)
    drawn, rest = _split(shots)
    job = simulator.run(circuit, shots=drawn, seed_simulator=seed)
    for word, number in job.result().get_counts().items():
        counts[int(word, 2)] += number
    if rest:
        counts += _rest_generator(seed).multinomial(rest, amplitudes**2)
    return counts[: len(probabilities)]


def sampled_levels(experiment: Experiment) -> tuple[float, float]:
    """Return the populations of levels 1 and 2 that the reset leaves.

    Where the reset is a circuit, Aer runs it `reset.shots` times; another leaves what is expected.

    Args:
        experiment: the experiment file's content.
    """
    method = reset_of(experiment)
    law, rounds = method.levels(experiment), method.circuit(experiment)
    if rounds is None:
        return float(law[1]), float(law[2])
    simulator = AerSimulator(
        method="density_matrix",
        noise_model=_reset_noise(rounds, assignment_errors(experiment)),
        max_parallel_threads=1,
    )
    shots, seed = method.shots(experiment), setting_seed(experiment.seed, "reset")
    drawn, rest = _split(shots, _MOST_RESETS)
    job = simulator.run(rounds.circuit, shots=drawn, seed_simulator=seed)
    ends = [(bits.split()[0], number) for bits, number in job.result().get_counts().items()]
    leaked = sum(number for final, number in ends if rounds.leaks and final[0] == "1")
    excited = sum(number for final, number in ends if final in ("1", "01"))
    if rest:
        law = np.clip(law, 0.0, 1.0)
        _, more, out = _rest_generator(seed).multinomial(rest, law / law.sum())
        excited, leaked = excited + int(more), leaked + int(out)
    return float(excited / shots), float(leaked / shots)


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
