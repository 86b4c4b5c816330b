"""Counts of a whole run, drawn from Aer's law at once, beside Aer's own shots one by one."""

from functools import partial
from pathlib import Path

import numpy as np
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError

from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import best_seconds
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.emulation.sampling import drawn_counts, outcome_law
from protocols.prediction.predict import predict
from protocols.readout import AssignmentErrors, assignment_errors
from protocols.settings.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "examples" / "operating_point.toml"
_TINY = {"charging.points": 5, "tomography.shots": 100, "vacuum.points": 2}
_ONE_BY_ONE = 40  # settings that Aer draws shot by shot


def main(arguments: list[str] | None = None) -> None:
    """Time both ways, and ours with a thousand times as many shots, and print them."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    chosen = options.parse_args(arguments)
    experiment = Experiment.from_toml(EXAMPLE).replace(_TINY if chosen.tiny else {})
    settings, errors = Settings(experiment), assignment_errors(experiment)
    levels = settings.probabilities(predict(experiment))
    some = np.linspace(0, settings.size - 1, min(_ONE_BY_ONE, settings.size)).astype(int)
    best = best_seconds(
        {
            "all": partial(_at_once, levels, settings.shots, errors),
            "thousandfold": partial(_at_once, levels, 1000 * settings.shots, errors),
            "aer": partial(_one_by_one, levels[some], settings.shots[some], errors),
        },
        2 if chosen.tiny else chosen.rounds,
    )
    aer = best["aer"] * settings.size / len(some)
    shots = int(settings.shots.sum())
    rows = [
        ("at once, by Aer's law", f"{shots:,}", f"{best['all']:.2f}"),
        ("at once, by Aer's law", f"{1000 * shots:,}", f"{best['thousandfold']:.2f}"),
        ("Aer shot by shot (from 40 settings)", f"{shots:,}", f"{aer:.1f}"),
    ]
    print_table(f"counts of {settings.size} settings", ("way", "shots", "s"), rows)
    save(
        "sampling",
        chosen.out,
        {
            "settings": settings.size,
            "shots": shots,
            "seconds": best["all"],
            "seconds_thousandfold": best["thousandfold"],
            "aer_shot_by_shot_seconds": aer,
        },
        [
            Target("all settings, s", best["all"], 3.0, at_least=False),
            Target("Aer shot by shot / ours", aer / best["all"], 10.0),
            Target(
                "a thousand times the shots / ours",
                best["thousandfold"] / best["all"],
                1.5,
                at_least=False,
            ),
        ],
        tiny=chosen.tiny,
    )


def _at_once(levels: FloatArray, shots: IntArray, errors: AssignmentErrors) -> None:
    law = outcome_law(levels, errors)
    for seed, (frequency, count) in enumerate(zip(law, shots, strict=True)):
        drawn_counts(float(frequency), int(count), seed)


def _one_by_one(levels: FloatArray, shots: IntArray, errors: AssignmentErrors) -> None:
    wrong_0, wrong_1 = errors.p1_given_0, errors.p0_given_1
    noise = NoiseModel()
    noise.add_readout_error(ReadoutError([[1 - wrong_0, wrong_0], [wrong_1, 1 - wrong_1]]), [0])
    simulator = AerSimulator(method="statevector", noise_model=noise, max_parallel_threads=1)
    for seed, (level, count) in enumerate(zip(levels, shots, strict=True)):
        circuit = QuantumCircuit(1, 1)
        circuit.ry(2 * float(np.arcsin(np.sqrt(level))), 0)
        circuit.measure(0, 0)
        simulator.run(circuit, shots=int(count), seed_simulator=seed).result().get_counts()


if __name__ == "__main__":
    main()
