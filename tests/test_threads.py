"""Linear algebra in one thread: the same bytes whatever the machine's threads are."""

import os
import subprocess
import sys

import scipy.linalg  # noqa: F401  # whose library has threads of its own
from threadpoolctl import ThreadpoolController

from cqed_battery.compute.threads import one_thread

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


def test_bytes_do_not_depend_on_the_threads() -> None:
    """States and results of 300 times are the same to the last bit for one thread and for two."""
    answers = [measured(count) for count in ("1", "2")]
    assert answers[0] == answers[1]


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
