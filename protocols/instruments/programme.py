"""Programmes: settings laid out on the instruments' grid, as amplitudes, sample by sample.

A setting is played as blocks, each a whole number of steps of the grid on which readouts begin:
rounds of the reset, the wait in which the resonator empties, the body (charging, pulses and what
the measurement needs), a heralding readout, the readout, the wait after it. The body begins at a
sample and ends at the grid: what is missing to whole steps is silence before the charging.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray
from protocols.instruments.setup import Setup
from protocols.settings.rows import Setting

Kind = Literal["round", "wait", "body", "herald", "readout", "idle"]


@dataclass(frozen=True)
class Block:
    """One block of a setting: what it is, and how long it takes, in ns."""

    kind: Kind
    length_ns: float


@dataclass(frozen=True)
class Part:
    """One setting of a programme.

    Args:
        row: its place in the table of settings.
        setting: which it is.
        blocks: in their order.
        samples: amplitudes of the body by channel, (N,), the silence before it included.
        silence_ns: how much of the body comes before the charging.
    """

    row: int
    setting: Setting
    blocks: tuple[Block, ...]
    samples: Mapping[str, ComplexArray]
    silence_ns: float

    @property
    def duration_ns(self) -> float:
        """How long one repetition takes."""
        return sum(block.length_ns for block in self.blocks)

    @property
    def readouts(self) -> int:
        """How many outcomes a repetition has, those of the reset not counted."""
        return sum(block.kind in ("herald", "readout") for block in self.blocks)

    @property
    def rounds(self) -> int:
        """How many rounds of measurement and feedback it begins with."""
        return sum(block.kind == "round" for block in self.blocks)

    def start_ns(self, kind: Kind) -> float:
        """Return when the first block of a kind begins, from the repetition's beginning.

        Args:
            kind: of a block that the setting has.
        """
        kinds = [block.kind for block in self.blocks]
        return sum(block.length_ns for block in self.blocks[: kinds.index(kind)])


@dataclass(frozen=True)
class Programme:
    """Settings that an instrument plays one after the other, all of them `shots` times.

    Args:
        setup: of the instruments.
        experiment: the experiment file's content.
        parts: in their order.
        shots: repetitions of each.
        flip: amplitudes of the pulse that the reset plays where 1 was read, by channel, (N,).
        first_outcome: the outcome that a simulation of the instruments takes for the reset's; what
            is played for it is what their samples show.
    """

    setup: Setup
    experiment: Experiment
    parts: tuple[Part, ...]
    shots: int
    flip: Mapping[str, ComplexArray]
    first_outcome: int = 0

    @property
    def duration_ns(self) -> float:
        """How long one pass over all settings takes."""
        return sum(part.duration_ns for part in self.parts)

    @property
    def starts_ns(self) -> list[float]:
        """When each part begins in a pass."""
        ends = np.cumsum([0.0, *(part.duration_ns for part in self.parts)])
        return [float(end) for end in ends[:-1]]

    @property
    def results(self) -> int:
        """How many outcomes it returns, those of the reset included."""
        return self.shots * sum(part.rounds + part.readouts for part in self.parts)
