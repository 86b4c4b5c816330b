"""Times taken side by side, and what other processes take."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_LONG_S = 5.0
PEERS = ("jax", "jaxlib", "diffrax", "dynamiqs", "qutip")
CLUSTER = ("dask", "distributed")
ROOT = Path(__file__).parents[1]


def seconds(function: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def best_seconds(functions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the best time of each; in every round each is called once, in turn.

    So whatever else the machine does meets all of them alike. What takes over 5 s is called once.
    """
    best = dict.fromkeys(functions, float("inf"))
    for called in range(rounds):
        for name, function in functions.items():
            if called == 0 or best[name] < _LONG_S:
                best[name] = min(best[name], seconds(function))
    return best


def fitted_exponent(sizes: list[float], times: list[float]) -> float:
    """Return p of the power law time = c size^p that fits best, in logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def plain_environment(*, cluster: bool = False) -> dict[str, str]:
    """Return the environment of processes as in a plain installation, with dask if asked for."""
    hidden = PEERS if cluster else (*PEERS, *CLUSTER)
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "benchmarks" / "plain"),
        "HIDDEN_PACKAGES": " ".join(hidden),
    }


def run_python(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run this interpreter in a process of its own, in the project's folder; return its output.

    Raises:
        RuntimeError: it fails; the message holds what it wrote to stderr.
    """
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr or f"exit code {done.returncode}")
    return done.stdout


def probe(*arguments: str) -> dict[str, Any]:
    """Run `benchmarks.probe` as in a plain installation and return what it measured."""
    environment = plain_environment(cluster="--scheduler" in arguments)
    said = run_python("-m", "benchmarks.probe", *arguments, environment=environment)
    return json.loads(said.splitlines()[-1])


def best_probe(rounds: int, *arguments: str) -> dict[str, Any]:
    """Return the smallest of each number that a probe measures in some processes."""
    found = [probe(*arguments) for _ in range(rounds)]
    return {name: min(numbers[name] for numbers in found) for name in found[0]}
