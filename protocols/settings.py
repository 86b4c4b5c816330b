"""The one table of settings: what a run measures, how often, when, for how long, and how it reads.

A row is one setting. The rows stand in one order everywhere: the prepared levels 0 and 1, each
arm (time, then axis x, y, z), then the vacuum measurement (trace, then exchange time). Arrays over
the rows have shape (M,).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import ns_from_us, seconds_from_ns
from protocols.charging import arms
from protocols.prediction.predict import Prediction
from protocols.readout import assignment_errors, readout_ns
from protocols.reset import reset_of
from protocols.resonator import PULSES, exchange_times, vacuum_durations
from protocols.tomography import readout_sequence

Stage = Literal["calibration", "tomography", "vacuum"]

_ORDER_KEY = 100  # spawn key of the random order, beside those of the settings' own seeds
_SECONDS_PER_HOUR, _MS_PER_S, _US_PER_MS = 3600.0, 1e3, 1e3


@dataclass(frozen=True)
class Setting:
    """One row: its stage, its indices there, and what they stand for.

    place: (level,), (arm, time, axis) or (trace, exchange time), from which its seed is spawned.
    name: the prepared level, the axis, or the pulse before an exchange. time_ns: charging or
    exchange time.
    """

    stage: Stage
    place: tuple[int, ...]
    name: str
    time_ns: float = 0.0
    arm: str | None = None


@dataclass(frozen=True)
class Settings:
    """The table of an experiment's settings."""

    experiment: Experiment

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Names of the measured arms, the catalysed one first."""
        return arms(self.experiment)

    @cached_property
    def times(self) -> FloatArray:
        """Charging times in ns, (T,)."""
        return self.experiment.charging_times_ns

    @cached_property
    def exchange_times(self) -> FloatArray:
        """Exchange times of the vacuum measurement in ns, (K,); none where it is not made."""
        if not self.experiment.vacuum.measured:
            return np.zeros(0)
        return exchange_times(self.experiment)

    @cached_property
    def size(self) -> int:
        """Number of settings M."""
        return self.vacuum.stop

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

    def rows(self) -> Iterator[Setting]:
        """Yield every row."""
        for level in range(2):
            yield Setting("calibration", (level,), str(level))
        for i, arm in enumerate(self.arms):
            for j, time in enumerate(self.times.tolist()):
                for k, axis in enumerate(COMPONENTS):
                    yield Setting("tomography", (i, j, k), axis, time, arm)
        for i, pulse in enumerate(PULSES[: 2 * len(self.exchange_times)]):
            for j, time in enumerate(self.exchange_times.tolist()):
                yield Setting("vacuum", (i, j), pulse, time)

    def joined(
        self,
        calibration: FloatArray | IntArray | float,
        arm_values: Mapping[str, FloatArray | IntArray],
        vacuum: FloatArray | IntArray | None,
    ) -> NDArray[Any]:
        """Return one value a row from those of each stage; absent ones are 0.

        Args:
            calibration: (2, ...) or a number for both levels.
            arm_values: (T, 3, ...) of each arm.
            vacuum: (2, K, ...), where the vacuum measurement is made.

        Returns:
            Values (M, ...), whole numbers where all are.
        """
        parts = [calibration, *arm_values.values()] + ([] if vacuum is None else [vacuum])
        each = np.shape(calibration)[1:]
        values = np.zeros((self.size, *each), dtype=np.result_type(*parts))
        values[self.calibration] = calibration
        for name, part in arm_values.items():
            values[self.arm(name)] = np.reshape(part, (-1, *each))
        if vacuum is not None and len(self.exchange_times):
            values[self.vacuum] = np.reshape(vacuum, (-1, *each))
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

    @cached_property
    def shots(self) -> IntArray:
        """Shots of every setting, (M,): those of [allocation], else the uniform ones."""
        lists, experiment = self.experiment.allocation, self.experiment
        found = np.empty(self.size, dtype=np.int64)
        for level in (0, 1):
            listed = getattr(lists, f"prepared_{level}")
            found[level] = listed or experiment.readout.calibration_shots
        for name in self.arms:
            part = self.arm_part(found, name)
            for k, axis in enumerate(COMPONENTS):
                listed = getattr(lists, f"{name}_{axis}")
                part[:, k] = experiment.tomography.shots if listed is None else listed
        if len(self.exchange_times):
            for row, pulse in zip(self.vacuum_part(found), PULSES, strict=True):
                listed = getattr(lists, f"vacuum_{pulse}")
                row[:] = experiment.vacuum.shots if listed is None else listed
        return found

    def with_shots(self, shots: IntArray) -> Experiment:
        """Return the experiment whose every setting has these shots, (M,), as [allocation].

        Args:
            shots: whole numbers, (M,).
        """
        changes: dict[str, object] = {
            f"allocation.prepared_{level}": int(shots[level]) for level in (0, 1)
        }
        for name in self.arms:
            for axis, column in zip(COMPONENTS, self.arm_part(shots, name).T, strict=True):
                changes[f"allocation.{name}_{axis}"] = tuple(map(int, column))
        if len(self.exchange_times):
            for pulse, row in zip(PULSES, self.vacuum_part(shots), strict=True):
                changes[f"allocation.vacuum_{pulse}"] = tuple(map(int, row))
        return self.experiment.replace(changes)

    @cached_property
    def sequences_ns(self) -> FloatArray:
        """From the start of charging to the readout, (M,), in ns.

        A prepared level is heralded by a readout of its own.
        """
        experiment = self.experiment
        arm_values = {}
        for name in self.arms:
            after = [readout_sequence(experiment, name, axis).duration for axis in COMPONENTS]
            arm_values[name] = self.times[:, None] + np.array(after)
        vacuum = None
        if len(self.exchange_times):
            vacuum = self.times[-1] + vacuum_durations(experiment)
        return self.joined(readout_ns(experiment), arm_values, vacuum)

    @cached_property
    def periods_ns(self) -> FloatArray:
        """How long one repetition takes, (M,), in ns: reset, sequence, readout and wait."""
        experiment = self.experiment
        rest = readout_ns(experiment) + ns_from_us(experiment.laboratory.idle_us)
        return reset_of(experiment).duration_ns(experiment) + self.sequences_ns + rest

    @cached_property
    def order(self) -> IntArray:
        """The rows in the order of laboratory time, (M,).

        "as listed": calibration, catalysed, control, vacuum measurement. "interleaved": each of
        these, axis by axis and trace by trace, is spread evenly over the run. "random": a
        permutation drawn from the experiment's seed.
        """
        order = self.experiment.faults.order
        if order == "random":
            sequence = np.random.SeedSequence(self.experiment.seed, spawn_key=(_ORDER_KEY,))
            return np.random.default_rng(sequence).permutation(self.size)
        if order == "as listed":
            return np.arange(self.size)
        spread = np.tile(_evenly(len(self.times))[:, None], (1, len(COMPONENTS)))
        exchanges = np.tile(_evenly(len(self.exchange_times)), (len(PULSES), 1))
        place = self.joined(_evenly(2), dict.fromkeys(self.arms, spread), exchanges)
        return np.argsort(place, kind="stable")

    @cached_property
    def times_within_run(self) -> FloatArray:
        """When each setting is taken, (M,), from 0, the first, to 1, the last.

        A setting lasts its shots times the repetition period, and its overhead; its time is the
        middle of that.
        """
        overhead = ns_from_us(_US_PER_MS * self.experiment.laboratory.setting_overhead_ms)
        lasting = self.shots * self.periods_ns + overhead
        ends = np.cumsum(lasting[self.order])
        middle = np.empty_like(lasting)
        middle[self.order] = ends - lasting[self.order] / 2
        return np.asarray((middle - middle.min()) / (middle.max() - middle.min()))

    @cached_property
    def shot_hours(self) -> FloatArray:
        """Hours that one shot of every setting takes, (M,)."""
        seconds = [seconds_from_ns(float(period)) for period in self.periods_ns]
        return np.array(seconds) / _SECONDS_PER_HOUR

    def fixed_hours(self, measured: int | None = None) -> float:
        """Return the hours that no shot count changes: loading settings, and knowing the reset.

        Args:
            measured: number of settings that are measured, by default all.
        """
        experiment, reset = self.experiment, reset_of(self.experiment)
        laboratory = experiment.laboratory
        count = self.size if measured is None else measured
        loading = count * laboratory.setting_overhead_ms / _MS_PER_S
        waiting = readout_ns(experiment) + ns_from_us(laboratory.idle_us)
        period = seconds_from_ns(reset.duration_ns(experiment) + waiting)
        return (loading + reset.shots(experiment) * period) / _SECONDS_PER_HOUR

    def hours(self, shots: IntArray | FloatArray) -> float:
        """Return the hours of shots (M,), loading of the settings that have some included.

        Args:
            shots: of every setting, (M,).
        """
        return float(self.shot_hours @ shots) + self.fixed_hours(int((shots > 0).sum()))

    def probabilities(self, prediction: Prediction) -> FloatArray:
        """Return the probability of reading 1 before assignment errors, (M,).

        Args:
            prediction: of this table's experiment.
        """
        charged = {name: prediction.arms[name].probability for name in self.arms}
        return self.joined(np.array([0.0, 1.0]), charged, prediction.vacuum_probability)

    def frequencies(self, prediction: Prediction, *, drifting: bool = False) -> FloatArray:
        """Return the frequency of outcome 1, (M,), through the file's readout model.

        Args:
            prediction: of the experiment, or of what is simulated with its faults.
            drifting: whether the assignment errors drift in the course of the run, as
                `faults.readout_drift` says.
        """
        errors, change = assignment_errors(self.experiment), np.zeros(self.size)
        if drifting:
            change = self.experiment.faults.readout_drift * self.times_within_run
        wrong_0, wrong_1 = errors.p1_given_0 + change, errors.p0_given_1 + change
        return np.asarray(wrong_0 + (1 - wrong_0 - wrong_1) * self.probabilities(prediction))


def _evenly(count: int) -> NDArray[np.float64]:
    return (np.arange(count) + 0.5) / max(count, 1)
