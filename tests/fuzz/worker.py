"""One process that works off cases: reads their numbers, writes a verdict in JSON for each."""

import json
import os
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from points import Here
from typer.testing import CliRunner

from cqed_battery.cli import app, interrupt_again
from cqed_battery.compute.points import Workers

from .cases import Case, Corpus, draw_case

MEMORY_BYTES = 12 << 30
_GRACE_S = 40
_FILES = ("results.json", "design.json", "validation.json")


def work(corpus: Corpus, limit_s: float) -> None:
    """Judge the cases whose numbers arrive, one line each, until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    Workers.pool = _here  # type: ignore[method-assign,assignment]
    signal.signal(signal.SIGALRM, _interrupt)
    sys.unraisablehook = interrupt_again
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not stand between the verdicts
    for line in sys.stdin:
        case = draw_case(int(line), corpus)
        apart = "netCDF" in case.kind  # whose library is in C and may leave memory in disorder
        outcome, said = (judge_apart if apart else judge)(case, limit_s)
        verdict = {
            "number": int(line),
            "kind": case.kind,
            "outcome": outcome,
            "said": said,
            "command": list(case.arguments),
        }
        answers.write(json.dumps(verdict) + "\n")
        answers.flush()


def judge_apart(case: Case, limit_s: float) -> tuple[str, str]:
    """Run a case in a copy of this process, so that what a torn file breaks is its own."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        seconds = int(limit_s) + _GRACE_S  # a loop in C does not hear the time limit
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        with os.fdopen(there, "w") as pipe:
            json.dump(judge(case, limit_s), pipe)
        os._exit(0)
    os.close(there)
    with os.fdopen(here) as pipe:
        verdict = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status or not verdict:
        return "defect", f"the process ended with code {status}"
    outcome, said = json.loads(verdict)
    return outcome, said


def judge(case: Case, limit_s: float) -> tuple[str, str]:
    """Run a case in a folder of its own; return an outcome and what was said.

    Outcomes: "result", "refused" and "stopped" (by the time limit, in order) are good; "defect"
    is a traceback, a warning, a NaN, a changed input, a leftover, or more than a sentence.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name, content in case.files.items():
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            (here / name).write_bytes(content)
        os.chdir(here)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _quiet()
            signal.setitimer(signal.ITIMER_REAL, limit_s)
            try:
                answer = CliRunner().invoke(app, list(case.arguments))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        os.chdir("/")
        return _verdict(case, here, answer)


def _verdict(case: Case, here: Path, answer: Any) -> tuple[str, str]:
    error = answer.exception
    if error is not None and not isinstance(error, SystemExit):
        where = traceback.extract_tb(answer.exc_info[2])
        own = [f"{Path(at.filename).name}:{at.lineno}" for at in where][-6:]
        return "defect", f"traceback {type(error).__name__}: {error} at {' > '.join(own)}"
    for name, content in case.files.items():
        if not (here / name).is_file() or (here / name).read_bytes() != content:
            return "defect", f"the input {name} was changed"
    if leftover := [path.name for path in here.rglob("*.part")]:
        return "defect", f"left behind {leftover}"
    # A file that moves the transmon alone is noted, whatever comes of it.
    every = answer.stderr.splitlines(keepends=True)
    said = "".join(line for line in every if not line.startswith("note: "))
    if answer.exit_code == 130:
        return "stopped", said
    if answer.exit_code == 2:
        if said.startswith("Usage:"):
            return "refused", " ".join(said.split()[-40:])
        lines = said.splitlines()
        notes = [line for line in lines[1:] if not line.startswith(("The ", "0 of"))]
        if not lines or not lines[0].startswith("error: ") or notes:
            return "defect", f"not one sentence: {said[:500]!r}"
        return ("refused", lines[0]) if len(lines[0]) < 1500 else ("defect", "a very long sentence")
    if answer.exit_code != 0 or said:
        return "defect", f"exit code {answer.exit_code}, said {said[:500]!r}"
    return _numbers(here)


def _numbers(here: Path) -> tuple[str, str]:
    for path in here.rglob("*.json"):
        if path.name in _FILES and path.parent.name != "run":
            try:
                json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
            except ValueError as error:
                return "defect", f"{path.name} holds {error}"
    return "result", ""


def _refuse(word: str) -> float:
    raise ValueError(word)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _here(self: Workers, most: int) -> Any:
    yield Here()


def _quiet() -> None:
    """Let pass what qiskit 1.3 warns of in its own code, as the project's tests do."""
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"qiskit.*")
    warnings.filterwarnings("ignore", message="The property ``qiskit", category=DeprecationWarning)
