"""Linear algebra in one thread: the same bytes whatever the machine's threads are."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  # whose library has threads of its own
from qiskit import QuantumCircuit
from threadpoolctl import ThreadpoolController

from analysis.planning.vacuum_table import compare_methods
from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics import chebyshev
from cqed_battery.experiment import Experiment
from protocols.backend import CqedBackend, engine
from protocols.prediction.predict import predict
from protocols.stages import calibration
from protocols.stages.calibration import pulse_errors

MEASURED = """
import hashlib, json
from analysis import analyse
from drawn_counts import drawn_dataset
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict

changes = {"charging.points": 300, "vacuum.points": 5, "analysis.global_fit": False}
experiment = Experiment().replace(changes)
digest = hashlib.sha256()
for arm in predict(experiment).arms.values():
    digest.update(arm.bloch.tobytes() + arm.photons.tobytes())
print(digest.hexdigest())
print(json.dumps(analyse(drawn_dataset(experiment)).to_dict()))
"""


def threads() -> set[int]:
    """Return the numbers of threads of all libraries for linear algebra."""
    found = ThreadpoolController().select(user_api="blas")
    return {library["num_threads"] for library in found.info()}


def test_threads_are_given_back() -> None:
    """One thread within, as many as before afterwards, whatever happens."""
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        before = threads()
        with one_thread():
            assert threads() == {1}
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == before


@pytest.mark.study
def test_bytes_do_not_depend_on_the_threads() -> None:
    """States and results of 300 times are the same to the last bit for one thread and for two."""
    answers = [measured(count) for count in ("1", "2")]
    assert answers[0] == answers[1]


def run_backend(experiment: Experiment) -> None:
    """Run a rotated and measured qubit on the backend."""
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.measure(0, 0)
    CqedBackend(experiment).run(circuit, shots=10).result()


ENTRIES = {
    "backend": run_backend,
    "pulses": pulse_errors,
    "prediction": predict,
    "vacuum methods": lambda experiment: list(compare_methods(experiment)),
}


@pytest.mark.study
@pytest.mark.parametrize("entry", ENTRIES)
def test_linear_algebra_has_one_thread_inside(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever computes, every eigenproblem and exponential inside sees one thread."""
    seen: list[set[int]] = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **options: Any) -> Any:
            seen.append(threads())
            return function(*args, **options)

        return wrapper

    for module, name in ((np.linalg, "eigh"), (np.linalg, "solve"), (engine, "expm")):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    monkeypatch.setattr(chebyshev, "propagate", watched(chebyshev.propagate))
    calibration._tune.cache_clear()
    small = {"charging.points": 5, "charging.stop_ns": 8.0, "vacuum.points": 3}
    small |= {"transmon.levels": 3, "resonator.fock_levels": 6, "tomography.pulse_ns": 13.0}
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        ENTRIES[entry](Experiment().replace(small | {"vacuum.kappa_off_MHz": 0.02}))
    assert seen
    assert all(found == {1} for found in seen)


def measured(threads: str) -> str:
    """Return a prediction's digest and results, from a process with so many threads."""
    names = (f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL"))
    path = os.pathsep.join((os.path.dirname(__file__), os.getcwd()))
    answer = subprocess.run(
        [sys.executable, "-c", MEASURED],
        env={**os.environ, **dict.fromkeys(names, threads), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout
