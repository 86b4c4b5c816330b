"""Many cases, worked off by one process after another; a dead or hanging one is a defect."""

import json
import os
import select
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PER_PROCESS = 2000
_GRACE_S = 20.0


@dataclass
class Summary:
    """What became of the cases: outcomes by kind, and the verdicts that are defects."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    defects: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        """How many cases were judged."""
        return sum(sum(found.values()) for found in self.outcomes.values())

    def add(self, verdict: dict[str, Any]) -> None:
        """Count a verdict."""
        self.outcomes.setdefault(verdict["kind"], Counter())[verdict["outcome"]] += 1
        if verdict["outcome"] == "defect":
            self.defects.append(verdict)

    def join(self, other: "Summary") -> None:
        """Count what became of other cases, too."""
        for kind, outcomes in other.outcomes.items():
            self.outcomes.setdefault(kind, Counter()).update(outcomes)
        self.defects += other.defects
        self.seconds += other.seconds


def campaign(numbers: range, *, limit_s: float = 20.0, log: Path | None = None) -> Summary:
    """Judge the cases with these numbers.

    Args:
        numbers: of the cases.
        limit_s: a case is interrupted, as by Ctrl-C, after this time.
        log: file that takes every verdict as a line of JSON.
    """
    summary, begun, left = Summary(), time.monotonic(), list(numbers)
    while left:
        with _Process(limit_s) as process:
            for _ in range(min(_PER_PROCESS, len(left))):
                verdict = process.ask(left.pop(0))
                summary.add(verdict)
                if log is not None:
                    with log.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(verdict) + "\n")
                if not process.alive():
                    break
    summary.seconds = time.monotonic() - begun
    return summary


class _Process:
    """A process that judges, with the files that cases begin with."""

    def __init__(self, limit_s: float) -> None:
        self._patience = limit_s + _GRACE_S
        paths = os.pathsep.join((str(_ROOT), str(_ROOT / "tests")))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fuzz.start", str(limit_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        )

    def __enter__(self) -> "_Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, number: int) -> dict[str, Any]:
        """Return the verdict on a case; a process that dies or hangs is a verdict, too."""
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None
        assert pipe_out is not None
        pipe_in.write(f"{number}\n".encode())
        pipe_in.flush()
        ready, _, _ = select.select([pipe_out], [], [], self._patience + 60.0)
        line = pipe_out.readline() if ready else b""
        if line:
            verdict: dict[str, Any] = json.loads(line)
            return verdict
        self._process.kill()
        code = self._process.wait()
        said = f"the process died with code {code}" if ready else "hung"
        return {"number": number, "kind": "unknown", "outcome": "defect", "said": said}
