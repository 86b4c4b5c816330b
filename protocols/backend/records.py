"""A program's run: one state for each record of classical bits, and the records' probabilities.

States are not normalised; the trace is the record's probability. Branches whose records become
equal are added, so their number is that of the records and never of the histories.
"""

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.backend.engine import Move, PulseEngine, clocked_ns
from protocols.backend.program import Choose, Program, Read, Step, Steps
from protocols.readout import assignment_errors, readout_ns
from protocols.reset import reset_of

Record = tuple[int, ...]
Branches = dict[Record, FloatArray]

_NEVER = 1e-15  # probability below which a record is rounding


def measurement_ns(experiment: Experiment) -> float:
    """Return how long a measurement takes, in ns, in whole periods of the clock.

    Args:
        experiment: the experiment file's content.
    """
    return clocked_ns(experiment, readout_ns(experiment))


def assignment(experiment: Experiment) -> FloatArray:
    """Return P(bit | level), (2, levels): leaked levels read 1 or 0, then assignment errors.

    Args:
        experiment: the experiment file's content, for its readout model and the transmon's levels.
    """
    errors, levels = assignment_errors(experiment), experiment.transmon.kept_levels
    share = np.full(levels, errors.leaked_reads_1)
    share[:2] = 0.0, 1.0
    reads_one = np.clip(errors.p1_given_0 + errors.contrast * share, 0.0, 1.0)
    return np.stack([1 - reads_one, reads_one])


def record_probabilities(
    engine: PulseEngine, program: Program, *, levels: bool = False
) -> dict[Record, float]:
    """Return the probability of every record (an entry for each classical bit, 0 at first).

    Args:
        engine: the device's instructions.
        program: what is done.
        levels: whether a record holds the transmon's true levels instead of the bits read.
    """
    weights = np.eye(engine.levels) if levels else assignment(engine.experiment)
    branches = _Run(engine, weights).through(program.steps, {(0,) * program.bits: engine.start()})
    found = {record: max(engine.trace(state), 0.0) for record, state in branches.items()}
    total = sum(found.values())
    return {record: share / total for record, share in sorted(found.items())}


class _Run:
    """Carries the branches through a program; weights are P(outcome | level)."""

    def __init__(self, engine: PulseEngine, weights: FloatArray) -> None:
        self._engine, self._weights = engine, weights
        self._readout_ns = measurement_ns(engine.experiment)

    def through(self, steps: Steps, branches: Branches, *, inside: bool = False) -> Branches:
        """Return the branches after the steps.

        Args:
            steps: of a program, or of one side of a choice.
            branches: state by record, real vectors (D^2,) whose trace is the record's probability.
            inside: whether the steps belong to a choice, after which something follows.
        """
        for number, step in enumerate(steps):
            last = number == len(steps) - 1 and not inside
            branches = self._step(step, branches, last)
        return branches

    def _step(self, step: Step, branches: Branches, last: bool) -> Branches:
        if isinstance(step, Read):
            return self._read(step.bit, branches, 0.0 if last else self._readout_ns)
        if isinstance(step, Choose):
            return self._choose(step, branches)
        move = self._reset() if step.name == "reset" else self._engine.move(step.name, step.value)
        return {record: move(state) for record, state in branches.items()}

    def _read(self, bit: int, branches: Branches, wait: float) -> Branches:
        found: Branches = {}
        after_it = self._engine.wait(wait)
        for record, state in branches.items():
            parts = np.array(self._engine.by_level(state))
            for outcome, weights in enumerate(self._weights):
                after = weights @ parts
                if self._engine.trace(after) > _NEVER:
                    new = (*record[:bit], outcome, *record[bit + 1 :])
                    _add(found, new, after_it(after))
        return found

    def _choose(self, step: Choose, branches: Branches) -> Branches:
        chosen: Branches = {}
        others: Branches = {}
        for record, state in branches.items():
            spelt = sum(record[bit] << place for place, bit in enumerate(step.bits))
            (chosen if spelt == step.value else others)[record] = state
        found: Branches = {}
        ringing = self._engine.ringing
        for steps, part in ((step.yes, chosen), (step.no, others)):
            self._engine.ringing = ringing
            for record, state in self.through(steps, part, inside=True).items():
                _add(found, record, state)
        self._engine.ringing = 0.0j
        return found

    def _reset(self) -> Move:
        """Return the experiment's own reset, step by step."""
        experiment, engine = self._engine.experiment, self._engine
        steps, weights = reset_of(experiment).sequence(experiment), assignment(experiment)
        waits = {step: engine.wait(step.wait_ns) for step in dict.fromkeys(steps)}
        flip = engine.move("x") if any(step.flips for step in steps) else None

        def emptied(state: FloatArray) -> FloatArray:
            """Return a state after the reset, a real vector (D^2,)."""
            for step in steps:
                if flip is None or not step.flips:
                    state = waits[step](state)
                    continue
                zero, one = weights @ np.array(engine.by_level(state))
                state = waits[step](zero) + flip(waits[step](one))
            return state

        return emptied


def _add(branches: Branches, record: Record, state: FloatArray) -> None:
    branches[record] = branches[record] + state if record in branches else state
