"""Every setting of a run in one order, its shots, and how long one repetition of it takes.

The order is that of the global fit: the prepared levels 0 and 1, each arm (time, axis x, y, z),
then the vacuum measurement without and with the pi pulse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import ns_from_us
from protocols.charging import arms
from protocols.readout import readout_ns
from protocols.reset import reset_of
from protocols.resonator import PULSES, vacuum_durations
from protocols.tomography import tail

Values = TypeVar("Values", FloatArray, IntArray)


@dataclass(frozen=True)
class Schedule:
    """The settings of an experiment: calibration, arms and vacuum measurement as one vector."""

    arms: tuple[str, ...]
    times: int
    exchanges: int

    @classmethod
    def of(cls, experiment: Experiment) -> "Schedule":
        """Return the schedule of an experiment file."""
        return cls(
            arms(experiment),
            len(experiment.charging.grid_ns()),
            experiment.vacuum.points if experiment.vacuum.measured else 0,
        )

    @property
    def size(self) -> int:
        """Number of settings M."""
        return 2 + len(self.arms) * self.times * 3 + 2 * self.exchanges

    @property
    def calibration(self) -> slice:
        """Where the prepared levels 0 and 1 stand."""
        return slice(0, 2)

    def arm(self, name: str) -> slice:
        """Where an arm's times and axes stand, (T * 3)."""
        start = 2 + self.arms.index(name) * self.times * 3
        return slice(start, start + self.times * 3)

    @property
    def vacuum(self) -> slice:
        """Where the exchange times stand, (2 * K)."""
        return slice(self.size - 2 * self.exchanges, self.size)

    def joined(
        self,
        calibration: FloatArray | IntArray,
        arm_values: Mapping[str, FloatArray | IntArray],
        vacuum: FloatArray | IntArray | None,
    ) -> FloatArray:
        """Return values (M,) of calibration (2,), arms (T, 3) and vacuum (2, K); absent are 0."""
        values = np.zeros(self.size)
        values[self.calibration] = calibration
        for name, part in arm_values.items():
            values[self.arm(name)] = np.ravel(part)
        if vacuum is not None and self.exchanges:
            values[self.vacuum] = np.ravel(vacuum)
        return values

    def arm_part(self, values: Values, name: str) -> Values:
        """Return an arm's part (T, 3) of values (M,)."""
        return values[self.arm(name)].reshape(self.times, 3)

    def vacuum_part(self, values: Values) -> Values:
        """Return the vacuum measurement's part (2, K) of values (M,)."""
        return values[self.vacuum].reshape(2, self.exchanges)


def shots_of(experiment: Experiment) -> IntArray:
    """Return the shots of every setting, (M,), whole numbers."""
    schedule = Schedule.of(experiment)
    shots = schedule.joined(
        calibration_shots(experiment),
        {name: tomography_shots(experiment, name) for name in schedule.arms},
        vacuum_shots(experiment),
    )
    return shots.astype(np.int64)


def calibration_shots(experiment: Experiment) -> IntArray:
    """Return the shots of the prepared levels 0 and 1, (2,)."""
    lists, plain = experiment.allocation, experiment.readout.calibration_shots
    return np.array([lists.prepared_0 or plain, lists.prepared_1 or plain], dtype=np.int64)


def tomography_shots(experiment: Experiment, arm: str) -> IntArray:
    """Return the shots of an arm's settings, (T, 3), axes in the order x, y, z."""
    count, plain = len(experiment.charging.grid_ns()), experiment.tomography.shots
    columns = [
        getattr(experiment.allocation, f"{arm}_{axis}") or np.full(count, plain)
        for axis in COMPONENTS
    ]
    return np.stack([np.asarray(column, dtype=np.int64) for column in columns], axis=1)


def vacuum_shots(experiment: Experiment) -> IntArray:
    """Return the shots of the vacuum measurement, (2, K), without and with the pi pulse."""
    vacuum = experiment.vacuum
    rows = [
        getattr(experiment.allocation, f"vacuum_{pulse}") or np.full(vacuum.points, vacuum.shots)
        for pulse in PULSES
    ]
    return np.stack([np.asarray(row, dtype=np.int64) for row in rows])


def with_shots(experiment: Experiment, shots: IntArray) -> Experiment:
    """Return the experiment whose every setting has these shots (M,)."""
    schedule = Schedule.of(experiment)
    changes: dict[str, object] = {
        f"allocation.prepared_{level}": int(shots[schedule.calibration][level]) for level in (0, 1)
    }
    for name in schedule.arms:
        part = schedule.arm_part(shots, name)
        for axis, column in zip(COMPONENTS, part.T, strict=True):
            changes[f"allocation.{name}_{axis}"] = tuple(map(int, column))
    if schedule.exchanges:
        for pulse, row in zip(PULSES, schedule.vacuum_part(shots), strict=True):
            changes[f"allocation.vacuum_{pulse}"] = tuple(map(int, row))
    return experiment.replace(changes)


def repetition_periods(experiment: Experiment) -> FloatArray:
    """Return how long one repetition of every setting takes, (M,), in ns.

    Reset, sequence, readout and wait. The sequence is charging and its tail, or what the vacuum
    measurement's method plays after the last charging time. A prepared level is heralded by a
    readout of its own.
    """
    schedule, laboratory = Schedule.of(experiment), experiment.laboratory
    times = experiment.charging.grid_ns()
    arm_values = {}
    for name in schedule.arms:
        after = [tail(experiment, name, axis).duration for axis in COMPONENTS]
        arm_values[name] = times[:, None] + np.array(after)
    vacuum = None
    if schedule.exchanges:
        vacuum = times[-1] + vacuum_durations(experiment)
    herald = np.full(2, readout_ns(experiment))
    sequence = schedule.joined(herald, arm_values, vacuum)
    rest = readout_ns(experiment) + ns_from_us(laboratory.idle_us)
    return reset_of(experiment).duration_ns(experiment) + sequence + rest
