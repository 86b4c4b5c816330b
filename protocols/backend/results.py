"""From the probabilities of records to Qiskit results: counts, memory, or IQ points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit.circuit import QuantumCircuit

from cqed_battery.operators import ComplexArray, FloatArray, IntArray
from protocols.backend.clouds import Clouds
from protocols.backend.records import Record
from protocols.emulation.sampling import sampled_outcomes


@dataclass(frozen=True)
class RunOptions:
    """How a run is sampled: shots, level of measurement (2 bits, 1 IQ points), what is kept."""

    shots: int = 1024
    seed_simulator: int | None = None
    meas_level: int = 2
    meas_return: str = "single"
    memory: bool = False


def sampled_data(
    records: Mapping[Record, float], options: RunOptions, seed: np.random.SeedSequence
) -> dict[str, Any]:
    """Return counts by hexadecimal word (first bit lowest), and each shot's word if asked for.

    Args:
        records: probability of each record of bits; they add up to 1.
        options: shots, and whether each shot's word is kept.
        seed: of the draws and of the order of the shots.

    Returns:
        The entry "data" of a Qiskit result: "counts" and, if asked for, "memory".

    Raises:
        CqedBatteryError: there are more than 1024 records.
    """
    numbers = _drawn(records, options.shots, seed)
    words = [hex(sum(bit << place for place, bit in enumerate(record))) for record in records]
    data: dict[str, Any] = {
        "counts": {word: int(n) for word, n in zip(words, numbers, strict=True) if n}
    }
    if options.memory:
        order = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(words)), numbers))
        data["memory"] = [words[index] for index in order]
    return data


def iq_data(
    records: Mapping[Record, float],
    measured: tuple[int, ...],
    clouds: Clouds,
    options: RunOptions,
    seed: np.random.SeedSequence,
) -> dict[str, Any]:
    """Return IQ points as Qiskit keeps them: [shot][bit][I, Q], or their mean [bit][I, Q].

    Args:
        records: probabilities of the transmon's levels at each measurement, as records.
        measured: bits that are measured into; the others are 0.
        clouds: the readout.
        options: shots and meas_return.
        seed: of the levels and of the points.
    """
    rng = np.random.default_rng(seed)
    numbers = _drawn(records, options.shots, seed)
    bits = len(next(iter(records)))
    points = np.zeros((options.shots, bits), dtype=complex)
    done = 0
    for record, number in zip(records, map(int, numbers), strict=True):
        for bit in measured:
            level = _one_level(record[bit], clouds.levels)
            points[done : done + number, bit] = clouds.iq_points(level, number, rng)
        done += number
    points = points.mean(axis=0) if options.meas_return == "avg" else rng.permutation(points)
    return {"memory": _pairs(points)}


def experiment_result(
    circuit: QuantumCircuit, options: RunOptions, data: dict[str, Any]
) -> dict[str, Any]:
    """Return a circuit's entry of a Qiskit result, as a dictionary.

    Args:
        circuit: that was run; its name, registers and metadata are handed on.
        options: of the run.
        data: counts, words or IQ points, from `sampled_data` or `iq_data`.
    """
    registers = [[register.name, register.size] for register in circuit.cregs]
    return {
        "shots": options.shots,
        "success": True,
        "status": "DONE",
        "meas_level": options.meas_level,
        "meas_return": options.meas_return,
        "data": data,
        "header": {
            "name": circuit.name,
            "n_qubits": circuit.num_qubits,
            "creg_sizes": registers,
            "memory_slots": circuit.num_clbits,
            "metadata": circuit.metadata,
        },
    }


def _drawn(records: Mapping[Record, float], shots: int, seed: np.random.SeedSequence) -> IntArray:
    state = int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1))
    return sampled_outcomes(np.array(list(records.values())), shots, state)


def _one_level(level: int, levels: int) -> FloatArray:
    weights = np.zeros(levels)
    weights[level] = 1.0
    return weights


def _pairs(points: ComplexArray) -> list[Any]:
    pairs: list[Any] = np.stack([points.real, points.imag], axis=-1).tolist()
    return pairs
