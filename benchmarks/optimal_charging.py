"""The best charging pulse of a three-level transmon in 25 ns, beside qutip-qoc's GRAPE.

qutip-qoc needs numpy 1.26, so it runs in an environment of its own (`make bench` makes it). Both
begin from the same flat half turn. GRAPE has no bandwidth; here the pulse is found without one, and
within 300 MHz.
"""

import json
import subprocess
from math import inf, pi
from pathlib import Path
from typing import Any

import numpy as np

from analysis.optimal_charging.envelope import Envelope
from analysis.optimal_charging.members import Ensemble, Member
from analysis.optimal_charging.search import Problem, climb
from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import ROOT, best_seconds
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_ghz, angular_from_mhz, rate_from_t1_us

PEER = ROOT / "build" / "qutip-qoc" / "bin" / "python"
_SCRIPT = ROOT / "benchmarks" / "peers" / "with_qutip_qoc.py"
_DURATION_NS, _SAMPLES, _BANDWIDTH_MHZ = 25.0, 100, 300.0
_LIMIT_S = 300.0
_ITERATIONS = 200
_EXPERIMENT = Experiment().replace(
    {
        "transmon.levels": 3,
        "transmon.t1_us": 30.0,
        "transmon.dephasing_rate_MHz": 0.1,
        "transmon.anharmonicity_GHz": -0.25,
        "transmon.temperature_mK": 0.0,
        "coupler.g_off_MHz": 0.0,
        "drive.rabi_rate_MHz": 50.0,
        "drive.phase_rad": pi / 2,  # eps = Omega, as the peer's drive
        "drive.clock_GHz": _SAMPLES / _DURATION_NS,
        "reset.kind": "none",
    }
)


def main(arguments: list[str] | None = None) -> None:
    """Time both, and print what their pulses give in the same evolution."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=7, help="how often each is timed")
    options.add_argument("--peer", type=Path, default=PEER, help="Python that has qutip-qoc")
    chosen = options.parse_args(arguments)
    rounds, iterations = (1, 5) if chosen.tiny else (chosen.rounds, _ITERATIONS)
    rows = [_ours(bandwidth, rounds, iterations) for bandwidth in (inf, _BANDWIDTH_MHZ)]
    theirs = _theirs(chosen.peer, rounds)
    targets = [
        Target("ergotropy less 1 - (1/T1 + gamma) 12.5 ns", rows[1]["ergotropy"] - _stated(), -0.02)
    ]
    if theirs is not None:
        for row in rows:
            row["seconds_to_theirs"] = _seconds_to(row, theirs["ergotropy"], rounds)
        best = rows[1]
        targets += [
            Target("ergotropy less qutip-qoc's", best["ergotropy"] - theirs["ergotropy"], 0.0),
            Target("qutip-qoc / ours until its", theirs["seconds"] / best["seconds_to_theirs"], 10),
        ]
    _print(rows, theirs)
    numbers = {"stated_ergotropy": _stated(), "ours": rows, "qutip-qoc": theirs}
    save("optimal_charging", chosen.out, numbers, targets, tiny=chosen.tiny)


def _stated() -> float:
    """Return the ergotropy that a half turn over the whole time leaves, in hbar w_q."""
    transmon = _EXPERIMENT.transmon
    rates = rate_from_t1_us(transmon.t1_us) + angular_from_mhz(transmon.dephasing_rate_MHz)
    return 1 - rates * _DURATION_NS / 2


def _problem(bandwidth: float) -> Problem:
    durations = np.full(_SAMPLES, _DURATION_NS / _SAMPLES)
    ensemble = Ensemble([Member(_EXPERIMENT)], "control", durations, 1)
    return Problem(ensemble, Envelope(durations, bandwidth), "ergotropy")


def _flat(problem: Problem) -> FloatArray:
    """Return a half turn over the whole time, with a little of the other quadrature."""
    envelope = problem.envelope
    area = envelope.free * _DURATION_NS / _SAMPLES * angular_from_mhz(50.0)
    flat = np.full(envelope.free, pi / area * (1 + 1e-3j))
    return envelope.numbers(flat)


def _ours(bandwidth: float, rounds: int, iterations: int) -> dict[str, Any]:
    """Return what the whole climb gives, and how long it takes from the experiment on."""

    def solve() -> None:
        problem = _problem(bandwidth)
        climb(problem, _flat(problem), iterations)

    problem = _problem(bandwidth)
    found = climb(problem, _flat(problem), iterations)
    samples = problem.envelope.samples(found.numbers)
    return {
        "bandwidth_MHz": None if bandwidth == inf else bandwidth,
        "seconds": best_seconds({"ours": solve}, rounds)["ours"],
        "ergotropy": found.value,
        "evaluations": found.evaluations,
        "largest_amplitude": float(np.abs(samples).max()),
    }


class _Reached(Exception):
    """The pulse is as good as wanted."""


def _seconds_to(row: dict[str, Any], ergotropy: float, rounds: int) -> float:
    """Return how long it takes to a pulse that gives at least so much."""
    bandwidth = row["bandwidth_MHz"] or inf

    def solve() -> None:
        problem = _problem(bandwidth)
        try:
            climb(_Stopping(problem, ergotropy), _flat(problem), _ITERATIONS)
        except _Reached:
            return
        raise RuntimeError(f"{ergotropy} was not reached within {row['bandwidth_MHz']} MHz")

    return best_seconds({"ours": solve}, rounds)["ours"]


class _Stopping(Problem):
    """A problem that ends the climb at a value."""

    def __init__(self, problem: Problem, enough: float) -> None:
        super().__init__(problem.ensemble, problem.envelope, problem.goal)
        object.__setattr__(self, "_enough", enough)

    def value(self, numbers: FloatArray) -> tuple[float, FloatArray]:
        """Return value and derivatives.

        Raises:
            _Reached: the value is enough.
        """
        found = super().value(numbers)
        if found[0] >= vars(self)["_enough"]:
            raise _Reached
        return found


def _theirs(python: Path, rounds: int) -> dict[str, Any] | None:
    """Return the peer's time, and what its pulse gives in our evolution; None without it."""
    if not python.exists():
        print(f"no qutip-qoc: {python} is missing; `make bench` installs it")
        return None
    transmon = _EXPERIMENT.transmon
    problem = {
        "levels": 3,
        "anharmonicity": angular_from_ghz(transmon.anharmonicity_GHz),
        "decay": rate_from_t1_us(transmon.t1_us),
        "dephasing": angular_from_mhz(transmon.dephasing_rate_MHz),
        "samples": _SAMPLES,
        "duration": _DURATION_NS,
        "amplitude": angular_from_mhz(50.0),
        "start": pi / _DURATION_NS,
        "limit_s": _LIMIT_S,
        "rounds": rounds,
        "options": {},
    }
    said = subprocess.run(
        [python, _SCRIPT], input=json.dumps(problem), capture_output=True, text=True, check=True
    )
    found = json.loads(said.stdout.splitlines()[-1])
    pulse: ComplexArray = np.array(found.pop("i")) + 1j * np.array(found.pop("q"))
    ergotropy = float(_problem(inf).figures(pulse / angular_from_mhz(50.0))[0])
    return {**found, "ergotropy": ergotropy}


def _print(rows: list[dict[str, Any]], theirs: dict[str, Any] | None) -> None:
    shown = [
        (
            f"ours, {row['bandwidth_MHz'] or 'any'} MHz",
            f"{row['ergotropy']:.5f}",
            f"{1e3 * row['seconds']:.0f}",
            f"{1e3 * row['seconds_to_theirs']:.0f}" if theirs else "-",
        )
        for row in rows
    ]
    if theirs is not None:
        seconds = f"{1e3 * theirs['seconds']:.0f}"
        shown.append(("qutip-qoc, GRAPE", f"{theirs['ergotropy']:.5f}", seconds, seconds))
    print_table("25 ns, 50 MHz", ("pulse", "ergotropy", "ms", "ms to GRAPE's"), shown)


if __name__ == "__main__":
    main()
