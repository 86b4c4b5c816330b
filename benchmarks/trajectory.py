"""One trajectory, 3 x 12 levels over 300 ns at 61 times, beside every peer at equal accuracy."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.peers import methods
from benchmarks.peers.ours import TOOL
from benchmarks.problem import ACCURACY, Method, Problem, Tuned, default_device, exact_states, tuned
from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import best_seconds
from cqed_battery.operators import ComplexArray

PEERS = {"QuTiP", "dynamiqs", "qiskit-dynamics (numpy)", "qiskit-dynamics (JAX)"}


def main(arguments: list[str] | None = None) -> None:
    """Tune every method, then time the fastest two of each tool side by side."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=15, help="how often each is timed")
    chosen = options.parse_args(arguments)
    problem = default_device(*((2, 3, 5.0, 3) if chosen.tiny else (3, 12, 300.0, 61)))
    exact, exact_s = exact_states(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        found, failed = _screen(problem, exact, tiny=chosen.tiny)
        rounds = 2 if chosen.tiny else chosen.rounds
        best = best_seconds({str(i): entry.solve for i, entry in _finalists(found)}, rounds)
    rows = sorted((_row(found[int(i)], time) for i, time in best.items()), key=_seconds)
    ours = next(row for row in rows if row["tool"] == TOOL)
    for row in rows:
        row["times_ours"] = row["seconds"] / ours["seconds"]
    _print(rows)
    fastest = min((r["times_ours"] for r in rows if r["tool"] in PEERS), default=float("nan"))
    save(
        "trajectory",
        chosen.out,
        {
            "problem": {
                "levels": list(problem.dims),
                "duration_ns": float(problem.times[-1]),
                "saved_times": len(problem.times),
                "accuracy": ACCURACY,
                "dense_exponential_seconds": exact_s,
            },
            "methods": rows,
            "screened": [_row(entry, entry.solve_s) for entry in sorted(found, key=_screened)],
            "not_accurate_or_too_slow": failed,
        },
        [
            Target("fastest peer / ours", fastest, 5.0),
            Target("max |delta rho| of ours", ours["error"], ACCURACY, at_least=False),
        ],
        tiny=chosen.tiny,
    )


def _screen(problem: Problem, exact: ComplexArray, *, tiny: bool) -> tuple[list[Tuned], list[str]]:
    """Tune every method; return what is accurate and fast enough, and the names of the others."""
    found: list[Tuned] = []
    failed: list[str] = []
    for method in _first_of_each(methods(problem)) if tiny else methods(problem):
        same = [entry.solve_s for entry in found if entry.method.tool == method.tool]
        promising_s = 0.0 if tiny else 2 * min(same, default=np.inf)
        result = tuned(method, exact, 9 if tiny else 5, promising_s)
        name = f"{method.tool}: {method.settings}"
        if result is None:
            failed.append(name)
            print(f"{name}: not accurate enough, or too slow")
        else:
            found.append(result)
            print(f"{name}: {1e3 * result.solve_s:.0f} ms at first")
    return found, failed


def _first_of_each(given: Iterable[Method]) -> list[Method]:
    """Return one method of each tool."""
    found: dict[str, Method] = {}
    for method in given:
        found.setdefault(method.tool, method)
    return list(found.values())


def _finalists(found: list[Tuned]) -> list[tuple[int, Tuned]]:
    """Return the fastest two of each tool with their numbers."""
    ranked = sorted(enumerate(found), key=lambda pair: pair[1].solve_s)
    kept: dict[str, list[tuple[int, Tuned]]] = {}
    for number, entry in ranked:
        same = kept.setdefault(entry.method.tool, [])
        if len(same) < 2 and (not same or entry.solve_s < 5.0):
            same.append((number, entry))
    return [pair for same in kept.values() for pair in same]


def _row(entry: Tuned, seconds: float) -> dict[str, Any]:
    return {
        "tool": entry.method.tool,
        "settings": entry.label,
        "seconds": seconds,
        "prepare_seconds": entry.prepare_s,
        "error": entry.error,
    }


def _seconds(row: dict[str, Any]) -> float:
    return float(row["seconds"])


def _screened(entry: Tuned) -> float:
    return entry.solve_s


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(
        "one trajectory",
        ("tool and settings", "solve, ms", "x ours", "max |delta rho|", "prepare, s"),
        [
            (
                f"{row['tool']}: {row['settings']}",
                f"{1e3 * row['seconds']:.1f}",
                f"{row['times_ours']:.1f}",
                f"{row['error']:.1e}",
                f"{row['prepare_seconds']:.2f}",
            )
            for row in rows
        ],
    )


if __name__ == "__main__":
    main()
