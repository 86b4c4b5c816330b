"""What the model-free estimators see: frequencies of outcome 1 in every setting.

They are counted, or those that the experiment file leads one to expect. Estimators take both the
same way, so what is planned is what is analysed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.data.inputs import Inputs
from analysis.estimators.agreement import Agreement, Discrepancy
from analysis.estimators.expectation import DeviceErrors, Expectation
from analysis.estimators.linear import Linear, share_of_ones
from analysis.estimators.state.assignment import Assignment, assignment_from, assignment_of
from analysis.estimators.state.bloch import BlochEstimate, estimate_bloch
from analysis.estimators.state.preparation import PREPARATION, excitation_error
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.settings.settings import Settings

SEQUENCE = "readout sequence"
"""Cause: what coupler closing, pulses and leakage add before the readout, all of it together."""

SCATTER = "readout sequence at each time"
"""Cause: the same, at each time on its own; only where the counts disagree with the model."""

_NO_NOISE = 1e15  # shots that stand for exact frequencies


@dataclass(frozen=True)
class Observed:
    """Frequencies (M,) of outcome 1 in the settings, with their shots (M,), and the model.

    counts: of outcomes 0 and 1, (M, 2), which scatter; None for exact frequencies, as expected
    ones. correction_uncertainty: relative standard error of the model's corrections. consistent:
    whether the counts agree with the model; discrepancy: what is left where they do not.
    """

    settings: Settings
    frequency: FloatArray
    shots: FloatArray | IntArray
    expected: Expectation
    assignment: Assignment
    correction_uncertainty: float
    counts: IntArray | FloatArray | None = None
    consistent: bool = True
    discrepancy: Discrepancy | None = None

    @classmethod
    def of(cls, inputs: Inputs, expected: Expectation, agreed: Agreement) -> "Observed":
        """Return what was counted, with the model trusted as far as the counts agree with it.

        Args:
            inputs: the checked dataset.
            expected: what its experiment file predicts.
            agreed: how the counts agree with it.

        Raises:
            DatasetError: the calibration is empty, or the readout does not tell 1 from 0.
        """
        known = inputs.experiment.priors.correction
        found = cls.drawn(expected, inputs.settings, inputs.table)
        return replace(
            found,
            correction_uncertainty=agreed.correction_uncertainty(known),
            consistent=agreed.consistent,
            discrepancy=agreed.discrepancy,
        )

    @classmethod
    def drawn(
        cls, expected: Expectation, settings: Settings, table: IntArray | FloatArray
    ) -> "Observed":
        """Return counts (M, 2) of outcomes 0 and 1 that agree with the model.

        Args:
            expected: what the experiment file predicts.
            settings: the table of settings.
            table: counts of outcomes 0 and 1, (M, 2); none where a setting was not measured.

        Raises:
            DatasetError: the readout does not tell 1 from 0.
        """
        shots = table.sum(axis=1)
        expected = expected.with_shots(shots)
        assignment = assignment_from(table[settings.calibration], settings.expected_prepared)
        known = settings.experiment.priors.correction
        frequency = share_of_ones(table[:, 1], shots)
        return cls(settings, frequency, shots, expected, assignment, known, table)

    @classmethod
    def exact(
        cls,
        expected: Expectation,
        settings: Settings,
        frequency: FloatArray,
        shots: FloatArray | IntArray,
    ) -> "Observed":
        """Return exact frequencies (M,); `shots` (M,) matter to weights that depend on them.

        Args:
            expected: what the experiment file predicts.
            settings: the table of settings.
            frequency: of outcome 1, in [0, 1], (M,).
            shots: of every setting, at least 0, (M,).
        """
        wrong = np.array([frequency[0], 1 - frequency[1]])
        assignment = assignment_of(wrong, settings.expected_prepared)
        expected = expected.with_shots(shots)
        known = settings.experiment.priors.correction
        return cls(settings, frequency, shots, expected, assignment, known)

    @property
    def counted(self) -> bool:
        """Whether the frequencies are those of counts."""
        return self.counts is not None

    @property
    def experiment(self) -> Experiment:
        """The experiment file of what was measured."""
        return self.settings.experiment

    @property
    def driven(self) -> Experiment:
        """The experiment whose drive did the work: the fitted one, or the file's."""
        return self.expected.experiment if self.uses_model else self.experiment

    @property
    def device(self) -> DeviceErrors | None:
        """How far the model may be off; None where it does not correct, or is not fitted."""
        return self.expected.device if self.uses_model else None

    def device_offset(self, arm: str) -> FloatArray | None:
        """Return how far the offset may be off by each cause, (T, 3, p).

        Args:
            arm: "catalysed" or "control".
        """
        if self.device is None:
            return None
        measured = self.settings.arm_part(self.device.measured, arm)
        return np.asarray(measured - self.device.arms[arm]["bloch"])

    def device_causes(
        self, by_arm: Mapping[str, FloatArray], truth: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return what each cause adds to numbers that are linear in the measured Bloch vectors.

        Args:
            by_arm: derivatives of the numbers by each arm's measured Bloch vectors, (Q, T, 3).
            truth: what each cause adds to the true numbers, (Q, p); by default to the same
                functions of the true Bloch vectors.

        Returns:
            By name, (Q,) each; empty where the model is not fitted.
        """
        if self.device is None:
            return {}
        total: FloatArray = np.zeros(1) if truth is None else -truth
        for arm, weights in by_arm.items():
            change: FloatArray = self.settings.arm_part(self.device.measured, arm)
            if truth is None:
                change = change - self.device.arms[arm]["bloch"]
            total = total + np.einsum("qti,tip->qp", weights, change)
        return self.device.named(total)

    @property
    def uses_model(self) -> bool:
        """Whether the model corrects the readout sequence and the grid."""
        return self.experiment.analysis.correction == "model"

    def offset(self, arm: str) -> FloatArray:
        """Return what is subtracted for the readout sequence, (T, 3).

        Args:
            arm: "catalysed" or "control".
        """
        if not self.uses_model:
            return np.zeros((len(self.settings.times), 3))
        return self.expected.offset(arm)

    def scatter(self, arm: str) -> FloatArray | None:
        """Return the standard error of the offset at each time on its own, (3,), if it has one.

        A readout sequence that is not the model's differs from it at every time, also where the
        model's is near 0.

        Args:
            arm: "catalysed" or "control".
        """
        if self.consistent:
            return None
        if self.discrepancy is not None:
            return np.full(3, self.discrepancy.by_arm[arm])
        return np.asarray(np.sqrt((self.offset(arm) ** 2).mean(axis=0)))

    def bloch(self, arm: str, *, constrained: bool = False) -> BlochEstimate:
        """Return an arm's Bloch vectors, corrected for readout and readout sequence.

        With `constrained`, their `value` is the most likely state.

        Args:
            arm: "catalysed" or "control".
            constrained: whether `value` is the most likely state; else it is `linear`.
        """
        frequency = None
        if self.uses_model and self.consistent:
            charged = self.expected.prediction.arms[arm].probability
            frequency = self.assignment.frequency(charged)
        return estimate_bloch(
            self._counts(arm),
            self.assignment,
            self.offset(arm),
            self.correction_uncertainty,
            frequency,
            self.scatter(arm),
            constrained=constrained,
            device=self.device_offset(arm),
        )

    def uncorrected_bloch(self, arm: str) -> BlochEstimate:
        """Return an arm's Bloch vectors, corrected for the readout alone.

        Args:
            arm: "catalysed" or "control".
        """
        counts = self._counts(arm)
        nothing = np.zeros(counts.shape[:2])
        return estimate_bloch(counts, self.assignment, nothing, 0.0, constrained=False)

    def measured_cells(self, arm: str) -> NDArray[np.bool_] | None:
        """Return which times and axes of an arm were counted, (T, 3); None of exact frequencies.

        Args:
            arm: "catalysed" or "control".
        """
        return self.settings.arm_part(self.shots > 0, arm) if self.counted else None

    def measured(self, arm: str) -> FloatArray:
        """Return 2 P(1) - 1 of each axis through the calibrated readout, (T, 3).

        Args:
            arm: "catalysed" or "control".
        """
        part = self.settings.arm_part(self.frequency, arm)
        return 2 * (part - self.assignment.p1_given_0) / self.assignment.contrast - 1

    @cached_property
    def table(self) -> FloatArray | IntArray:
        """Counts of outcomes 0 and 1, (M, 2); of exact frequencies so many that none scatters."""
        if self.counts is not None:
            return self.counts
        return _NO_NOISE * np.stack([1 - self.frequency, self.frequency], axis=-1)

    @cached_property
    def likely(self) -> FloatArray:
        """Frequencies of outcome 1 that standard errors are taken from, (M,), never 0 or 1.

        Those of the model where the counts agree with it, of arms; else the counted ones with half
        a count added to both outcomes.
        """
        found = (self.frequency * self.shots + 0.5) / (self.shots + 1)
        if self.uses_model and self.consistent:
            for arm in self.settings.arms:
                charged = self.expected.prediction.arms[arm].probability
                found[self.settings.arm(arm)] = self.assignment.frequency(charged).ravel()
            after = slice(self.settings.extraction.start, self.settings.qutrit.stop)
            own = self.settings.probabilities(self.expected.prediction)[after]
            found[after] = self.assignment.frequency(own)
        return np.asarray(found)

    def _counts(self, arm: str) -> FloatArray | IntArray:
        return self.settings.arm_part(self.table, arm)

    def linear(
        self,
        value: FloatArray,
        by_arm: Mapping[str, FloatArray],
        causes: Mapping[str, FloatArray],
        *,
        corrected: bool = True,
        truth: FloatArray | None = None,
    ) -> Linear:
        """Return numbers that are functions of Bloch vectors as `Linear`.

        Args:
            value: the numbers, (Q,).
            by_arm: their derivatives by each arm's Bloch vectors, (Q, T, 3).
            causes: causes of error beside those of the readout sequence.
            corrected: whether the Bloch vectors are corrected for the readout sequence.
            truth: what each cause of the device adds to the true numbers, (Q, p); by default to
                numbers that are these same functions of the true Bloch vectors.
        """
        contrast, rows, prepared = self.assignment.contrast, [], np.zeros(len(value))
        for number in range(len(value)):
            shift, scaled = np.zeros(2), {}
            for arm, weights in by_arm.items():
                measured, row = self.measured(arm), weights[number]
                shift += (row * (measured - 1)).sum(), (row * (measured + 1)).sum()
                scaled[arm] = 2 / contrast * row
            # f_0 = P(1|0) and f_1 = 1 - P(0|1) move every axis by (v - 1)/C and -(v + 1)/C
            pure = shift * [1, -1] / contrast
            prepared[number] = pure @ self.assignment.by_excitation
            rows.append(self.settings.joined(self.assignment.on_counts(pure), scaled, None))
        found = {**causes, **self.preparation_causes(prepared)}
        if corrected and self.uses_model:
            found |= self._sequence_causes(by_arm, len(value))
            found |= self.device_causes(by_arm, truth)
        return Linear(value, np.array(rows), found)

    def preparation_causes(self, slopes: FloatArray) -> dict[str, FloatArray]:
        """Return what the prepared levels' excitation leaves open, (Q,), where it counts.

        Args:
            slopes: derivatives of the numbers by that excitation, (Q,).
        """
        if self.settings.heralded:
            return {}
        return {PREPARATION: excitation_error(self.experiment) * slopes}

    def _sequence_causes(
        self, by_arm: Mapping[str, FloatArray], count: int
    ) -> dict[str, FloatArray]:
        shared, own = np.zeros(count), np.zeros(count)
        for arm, weights in by_arm.items():
            shared -= np.einsum("qti,ti->q", weights, self.offset(arm))
            scatter = self.scatter(arm)
            if scatter is not None:
                own += np.einsum("qti,i->q", weights**2, scatter**2)
        found = {SEQUENCE: self.correction_uncertainty * shared}
        return found if self.consistent else found | {SCATTER: np.sqrt(own)}
