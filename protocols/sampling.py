"""Shots, drawn by Aer: each setting with its own seed. The only file that imports qiskit_aer.

A setting's seed is spawned from the experiment's seed and the setting's own place (stage, arm,
time, basis), never from the order of execution; so counts do not depend on how work is split.
"""

from collections.abc import Iterator, Sequence
from math import asin, inf, sqrt

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, thermal_relaxation_error

from cqed_battery.experiment import Experiment
from cqed_battery.units import ns_from_us
from protocols.reset import LATENCY, THERMALISE, active_reset_circuit

IntArray = NDArray[np.int64]

_LARGEST_PORTION = 10**6
STAGES = {"reset": 0, "calibration": 1, "tomography": 2, "vacuum": 3}


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
        readout = experiment.readout
        noise = NoiseModel()
        noise.add_readout_error(_assignment(readout.p1_given_0, readout.p0_given_1), [0])
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
        circuit.ry(2 * asin(sqrt(min(max(probability, 0.0), 1.0))), 0)
        circuit.measure(0, 0)
        ones = sum(
            self._simulator.run(circuit, shots=portion, seed_simulator=portion_seed)
            .result()
            .get_counts()
            .get("1", 0)
            for portion, portion_seed in _portions(shots, seed)
        )
        return np.array([shots - ones, ones], dtype=np.int64)


def _portions(shots: int, seed: int) -> Iterator[tuple[int, int]]:
    """Split shots into portions with seeds of their own: Aer keeps each shot of a run in memory."""
    yield min(shots, _LARGEST_PORTION), seed
    for number, done in enumerate(range(_LARGEST_PORTION, shots, _LARGEST_PORTION), start=1):
        state = np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)
        yield min(shots - done, _LARGEST_PORTION), int(state[0] >> np.uint64(1))


def sampled_excitation(experiment: Experiment) -> float:
    """Return the residual excitation that an active reset leaves, from Aer's repetitions.

    The circuit of `active_reset_circuit` runs `reset.shots` times with assignment errors on the
    transmon's measurements and relaxation to equilibrium during each latency.
    """
    rounds = experiment.reset.rounds
    simulator = AerSimulator(
        method="density_matrix", noise_model=_reset_noise(experiment), max_parallel_threads=1
    )
    job = simulator.run(
        active_reset_circuit(rounds),
        shots=experiment.reset.shots,
        seed_simulator=setting_seed(experiment.seed, "reset"),
    )
    counts = job.result().get_counts()
    excited = sum(number for bits, number in counts.items() if bits.split()[0] == "1")
    return float(excited / experiment.reset.shots)


def _reset_noise(experiment: Experiment) -> NoiseModel:
    readout, transmon = experiment.readout, experiment.transmon
    equilibrium = transmon.excited_population
    t1 = ns_from_us(transmon.t1_us) / (2 * transmon.thermal_photons + 1)
    noise = NoiseModel(basis_gates=["x", "cx", "unitary"])
    noise.add_readout_error(_assignment(readout.p1_given_0, readout.p0_given_1), [0])
    noise.add_quantum_error(_relaxation(1.0, 1e6, equilibrium), THERMALISE, [0])
    if t1 < inf and experiment.reset.latency_ns > 0:
        latency = _relaxation(t1, experiment.reset.latency_ns, equilibrium)
        noise.add_quantum_error(latency, LATENCY, [0])
    return noise


def _relaxation(t1: float, duration: float, equilibrium: float) -> object:
    return thermal_relaxation_error(t1, t1, duration, excited_state_population=equilibrium)


def _assignment(p1_given_0: float, p0_given_1: float) -> ReadoutError:
    rows: Sequence[Sequence[float]] = (
        (1 - p1_given_0, p1_given_0),
        (p0_given_1, 1 - p0_given_1),
    )
    return ReadoutError(rows)
