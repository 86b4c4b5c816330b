"""The rows of the one table of settings, and where the parts of its arrays stand.

A row is one setting. The rows stand in one order everywhere: the prepared levels 0 and 1, each
arm (time, then axis x, y, z), then the vacuum measurement (trace, then exchange time), then the
extraction (arm, time, reading before and after), then three levels (arm, time, rotation). Arrays
over the rows have shape (M,).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray, IntArray
from protocols.resonator import PULSES, exchange_times
from protocols.stages.charging import arms
from protocols.stages.extraction import READINGS, extraction_places
from protocols.stages.qutrit import ROTATIONS, qutrit_places

Stage = Literal["calibration", "tomography", "vacuum", "extraction", "qutrit"]


@dataclass(frozen=True)
class Setting:
    """One row: its stage, its indices there, and what they stand for.

    place: (level,), (arm, time, axis), (trace, exchange time) or (arm, extraction time, reading),
    from which its seed is spawned. name: the prepared level, the axis, the pulse before an
    exchange, or when the energy is measured. time_ns: charging or exchange time. value: of what the
    charging settings sweep, in its units.
    """

    stage: Stage
    place: tuple[int, ...]
    name: str
    time_ns: float = 0.0
    arm: str | None = None
    value: float = 0.0


@dataclass(frozen=True)
class Rows:
    """The settings of an experiment, row by row."""

    experiment: Experiment

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Names of the measured arms, the catalysed one first."""
        return arms(self.experiment)

    @cached_property
    def times(self) -> FloatArray:
        """Charging times in ns, (T,); all the same where amplitude or detuning is swept."""
        return self.experiment.charging_times_ns

    @cached_property
    def axis_values(self) -> FloatArray:
        """What the charging settings sweep, (T,), increasing: times, amplitudes or detunings."""
        return self.experiment.axis_values

    @cached_property
    def exchange_times(self) -> FloatArray:
        """Exchange times of the vacuum measurement in ns, (K,); none where it is not made."""
        if not self.experiment.vacuum.measured:
            return np.zeros(0)
        return exchange_times(self.experiment)

    @cached_property
    def size(self) -> int:
        """Number of settings M."""
        return self.qutrit.stop

    @cached_property
    def qutrit_places(self) -> list[int]:
        """Places among the charging times after which three levels are measured, (K,)."""
        return qutrit_places(self.experiment)

    @cached_property
    def extraction_places(self) -> list[int]:
        """Places among the charging times after which there is an extraction, (K,)."""
        return extraction_places(self.experiment)

    @property
    def calibration(self) -> slice:
        """Rows of the prepared levels 0 and 1."""
        return slice(0, 2)

    def arm(self, name: str) -> slice:
        """Return the rows of an arm's times and axes, (T * 3).

        Args:
            name: "catalysed", or "control" where it is measured.
        """
        length = len(self.times) * len(COMPONENTS)
        start = 2 + self.arms.index(name) * length
        return slice(start, start + length)

    @property
    def vacuum(self) -> slice:
        """Rows of the two traces at the exchange times, (2 * K)."""
        start = self.arm(self.arms[-1]).stop
        return slice(start, start + len(PULSES) * len(self.exchange_times))

    @property
    def extraction(self) -> slice:
        """Rows of the energies before and after extraction, (arms * K * 2)."""
        start = self.vacuum.stop
        return slice(start, start + len(self.arms) * len(self.extraction_places) * len(READINGS))

    @property
    def qutrit(self) -> slice:
        """Rows of the rotations of three levels, (arms * K * 9)."""
        start = self.extraction.stop
        return slice(start, start + len(self.arms) * len(self.qutrit_places) * len(ROTATIONS))

    @property
    def read_times(self) -> FloatArray:
        """Charging time of every setting, and the exchange's after it, in ns, (M,)."""
        arms = {arm: np.repeat(self.times, len(COMPONENTS)) for arm in self.arms}
        vacuum = self.times[-1] + np.tile(self.exchange_times, (len(PULSES), 1))
        taken, levels = self.times[self.extraction_places], self.times[self.qutrit_places]
        extraction = np.tile(np.repeat(taken, len(READINGS)), len(self.arms))
        qutrit = np.tile(np.repeat(levels, len(ROTATIONS)), len(self.arms))
        return self.joined(0.0, arms, vacuum, extraction, qutrit)

    def rows(self) -> Iterator[Setting]:
        """Yield every row."""
        for level in range(2):
            yield Setting("calibration", (level,), str(level))
        for i, arm in enumerate(self.arms):
            swept = zip(self.times.tolist(), self.axis_values.tolist(), strict=True)
            for j, (time, value) in enumerate(swept):
                for k, axis in enumerate(COMPONENTS):
                    yield Setting("tomography", (i, j, k), axis, time, arm, value)
        for i, pulse in enumerate(PULSES[: 2 * len(self.exchange_times)]):
            for j, time in enumerate(self.exchange_times.tolist()):
                yield Setting("vacuum", (i, j), pulse, time)
        yield from self._after("extraction", self.extraction_places, READINGS)
        yield from self._after("qutrit", self.qutrit_places, list(ROTATIONS))

    def _after(self, stage: Stage, places: list[int], names: Sequence[str]) -> Iterator[Setting]:
        """Yield the rows of what is measured after some charging times of every arm."""
        for i, arm in enumerate(self.arms):
            for j, time in enumerate(self.times[places].tolist()):
                for k, name in enumerate(names):
                    yield Setting(stage, (i, j, k), name, time, arm)

    def joined(
        self,
        calibration: FloatArray | IntArray | float,
        arm_values: Mapping[str, FloatArray | IntArray],
        vacuum: FloatArray | IntArray | None,
        extraction: FloatArray | IntArray | None = None,
        qutrit: FloatArray | IntArray | None = None,
    ) -> NDArray[Any]:
        """Return one value a row from those of each stage; absent ones are 0.

        Args:
            calibration: (2, ...) or a number for both levels.
            arm_values: (T, 3, ...) of each arm.
            vacuum: (2, K, ...), where the vacuum measurement is made.
            extraction: (arms, K, 2, ...), where there is an extraction.
            qutrit: (arms, K, 9, ...), where three levels are measured.

        Returns:
            Values (M, ...), whole numbers where all are.
        """
        further = [part for part in (vacuum, extraction, qutrit) if part is not None]
        parts = [calibration, *arm_values.values(), *further]
        each = np.shape(calibration)[1:]
        values = np.zeros((self.size, *each), dtype=np.result_type(*parts))
        values[self.calibration] = calibration
        for name, part in arm_values.items():
            values[self.arm(name)] = np.reshape(part, (-1, *each))
        if vacuum is not None and len(self.exchange_times):
            values[self.vacuum] = np.reshape(vacuum, (-1, *each))
        if extraction is not None:
            values[self.extraction] = np.reshape(extraction, (-1, *each))
        if qutrit is not None:
            values[self.qutrit] = np.reshape(qutrit, (-1, *each))
        return values

    def arm_part(self, values: NDArray[Any], name: str) -> NDArray[Any]:
        """Return an arm's part (T, 3, ...) of values (M, ...).

        Args:
            values: one for each row, (M, ...).
            name: of the arm.
        """
        shape = (len(self.times), len(COMPONENTS), *values.shape[1:])
        return values[self.arm(name)].reshape(shape)

    def vacuum_part(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the vacuum measurement's part (2, K, ...) of values (M, ...).

        Args:
            values: one for each row, (M, ...).
        """
        shape = (len(PULSES), len(self.exchange_times), *values.shape[1:])
        return values[self.vacuum].reshape(shape)

    def extraction_part(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the extraction's part (arms, K, 2, ...) of values (M, ...).

        Args:
            values: one for each row, (M, ...).
        """
        shape = (len(self.arms), len(self.extraction_places), len(READINGS), *values.shape[1:])
        return values[self.extraction].reshape(shape)

    def qutrit_part(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the part of three levels (arms, K, 9, ...) of values (M, ...).

        Args:
            values: one for each row, (M, ...).
        """
        shape = (len(self.arms), len(self.qutrit_places), len(ROTATIONS), *values.shape[1:])
        return values[self.qutrit].reshape(shape)
