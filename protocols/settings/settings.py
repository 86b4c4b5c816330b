"""The one table of settings: what a run measures, how often, when, for how long, and how it reads.

Its rows and their order are those of `protocols.settings.rows`; arrays over them have shape (M,).
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import ns_from_us, seconds_from_ns
from protocols.prediction.predict import Prediction
from protocols.readout import assignment_errors, readout_ns
from protocols.reset import expected_excitation, expected_leakage, reset_of
from protocols.resonator import PULSES, vacuum_durations
from protocols.settings.rows import Rows
from protocols.stages.extraction import READINGS
from protocols.stages.qutrit import ROTATIONS, qutrit_steps
from protocols.stages.tomography import readout_sequence

_ORDER_KEY = 100  # spawn key of the random order, beside those of the settings' own seeds
_SECONDS_PER_HOUR, _MS_PER_S, _US_PER_MS = 3600.0, 1e3, 1e3


class Settings(Rows):
    """The table of an experiment's settings.

    Args:
        experiment: the experiment file's content.
    """

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
        for name, part in zip(self.arms, self.extraction_part(found), strict=True):
            for energy, column in zip(READINGS, part.T, strict=True):
                listed = getattr(lists, f"{name}_{energy}")
                column[:] = experiment.extraction.shots if listed is None else listed
        found[self.qutrit] = experiment.qutrit.shots
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
        if self.extraction_places:
            for name, part in zip(self.arms, self.extraction_part(shots), strict=True):
                for energy, column in zip(READINGS, part.T, strict=True):
                    changes[f"allocation.{name}_{energy}"] = tuple(map(int, column))
        return self.experiment.replace(changes)

    @property
    def heralded(self) -> bool:
        """Whether a prepared level is heralded by a readout of its own, and so pure."""
        return self.experiment.readout.preparation == "heralded"

    def prepared(
        self, excitation: float | None = None, leakage: float | None = None, share: float = 1.0
    ) -> FloatArray:
        """Return P(1) of the prepared levels 0 and 1 before assignment errors, (2,).

        Heralded levels are pure. Others are what the reset left, level 1 after an ideal flip of
        levels 0 and 1.

        Args:
            excitation: of level 1 that the reset left; by default what is expected.
            leakage: of level 2, likewise.
            share: of level 2 that is taken for 1.
        """
        if self.heralded:
            return np.array([0.0, 1.0])
        one = expected_excitation(self.experiment) if excitation is None else excitation
        two = expected_leakage(self.experiment) if leakage is None else leakage
        return np.array([one, 1 - one - two]) + share * two

    @cached_property
    def expected_prepared(self) -> tuple[float, float]:
        """`prepared` as the file leads one to expect."""
        zero, one = self.prepared(share=assignment_errors(self.experiment).leaked_reads_1)
        return float(zero), float(one)

    def _preparation_ns(self) -> FloatArray:
        """Return how long the prepared levels 0 and 1 take after the reset, (2,), in ns."""
        if self.heralded:
            return np.full(2, readout_ns(self.experiment))
        tomography = self.experiment.tomography
        return np.array([0.0, tomography.pulse_ns if tomography.pulse == "drag" else 0.0])

    @cached_property
    def sequences_ns(self) -> FloatArray:
        """From the start of charging to the readout, (M,), in ns.

        A heralded level takes a readout of its own, another one at most a pi pulse.
        """
        experiment = self.experiment
        arm_values = {}
        for name in self.arms:
            after = [readout_sequence(experiment, name, axis).duration for axis in COMPONENTS]
            arm_values[name] = self.times[:, None] + np.array(after)
        vacuum = None
        if len(self.exchange_times):
            vacuum = self.times[-1] + vacuum_durations(experiment)
        read_z = [arm_values[name][self.extraction_places, -1] for name in self.arms]
        extraction = np.repeat(np.array(read_z)[:, :, None], len(READINGS), axis=-1)
        qutrit = np.zeros((len(self.arms), len(self.qutrit_places), len(ROTATIONS)))
        for name, part in zip(self.arms, qutrit, strict=True):
            if self.qutrit_places:
                steps = qutrit_steps(experiment, name, "none")
                part[:] = self.times[self.qutrit_places][:, None]
                part += sum(step.duration for step in steps)
        return self.joined(self._preparation_ns(), arm_values, vacuum, extraction, qutrit)

    @cached_property
    def periods_ns(self) -> FloatArray:
        """How long one repetition that counts takes, (M,), in ns.

        Reset, sequence, readout and wait; those that are thrown away take their time, too.
        """
        experiment, reset = self.experiment, reset_of(self.experiment)
        rest = readout_ns(experiment) + ns_from_us(experiment.laboratory.idle_us)
        lasting = reset.duration_ns(experiment) + self.sequences_ns + rest
        return lasting / reset.kept(experiment)

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
        energies = np.zeros((len(self.arms), len(self.extraction_places), len(READINGS)))
        energies += _evenly(len(self.extraction_places))[:, None]
        levels = np.zeros((len(self.arms), len(self.qutrit_places), len(ROTATIONS)))
        levels += _evenly(len(self.qutrit_places))[:, None]
        by_arm = dict.fromkeys(self.arms, spread)
        place = self.joined(_evenly(2), by_arm, exchanges, energies, levels)
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
        share = assignment_errors(prediction.experiment).leaked_reads_1
        left = prediction.residual_excitation, prediction.residual_leakage
        extraction = self.extraction_of([prediction.arms[name].extraction for name in self.arms])
        prepared, vacuum = self.prepared(*left, share), prediction.vacuum_probability
        qutrit = self.qutrit_of([prediction.arms[name].qutrit for name in self.arms])
        return self.joined(prepared, charged, vacuum, extraction, qutrit)

    def qutrit_of(self, readings: Sequence[FloatArray]) -> FloatArray | None:
        """Return what `joined` takes for three levels, (arms, K, 9); None where not measured.

        Args:
            readings: of each arm at the charging times, (T, 9).
        """
        if not self.qutrit_places:
            return None
        return np.stack(readings)[:, self.qutrit_places]

    def extraction_of(self, readings: Sequence[FloatArray]) -> FloatArray:
        """Return what `joined` takes for the extraction, (arms, K, 2).

        Args:
            readings: of each arm at the charging times, before and after, (T, 2).
        """
        return np.stack(readings)[:, self.extraction_places]

    def through_calibration(self, frequency: FloatArray) -> FloatArray:
        """Return P(1) before assignment errors by the prepared levels' own frequencies, (M,).

        Args:
            frequency: of outcome 1, (M,).

        Raises:
            CqedBatteryError: they do not tell level 1 from level 0.
        """
        levels, (zero, one) = frequency[self.calibration], self.expected_prepared
        contrast = float(np.diff(levels)[0])
        if contrast <= 0:
            raise CqedBatteryError(
                "the calibration's counts do not tell level 1 from level 0, so tomography names no"
                " pulse: raise readout.calibration_shots"
            )
        return np.asarray(zero + (one - zero) * (frequency - levels[0]) / contrast)

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
