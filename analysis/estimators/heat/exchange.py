"""The estimator of the claim J < 0: the energy that left the battery through the coupling."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat.integral import HeatIntegral, heat_integrals
from analysis.estimators.linear import Linear
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import Observed
from analysis.estimators.windows import heat_window_end
from analysis.results.estimates import NINETY_FIVE
from cqed_battery.operators import FloatArray

UNCORRECTED = "what a model would correct"
"""Cause: readout sequence, grid and what S holds beside the exchange, where no model corrects."""
ONE_SIDED = 2.0
"""Standard errors for an error whose size and sign are known: it is then half of one, always."""
OTHER = "leakage, relaxation and drive energy"
"""Cause: what S holds beside the exchange, on the model's word."""


@dataclass(frozen=True)
class Exchange(ModelFree):
    """The energy that left the battery through the coupling by the end of its window (J < 0).

    S less the control's, or S alone where no control is measured. S counts the qubit's energy, so
    the drive's work on level 2, T1 and the energy of a detuned drive are in it, too: the control
    has nearly the same of them, and the model takes off the rest. The numbers are those with the
    model's corrections and, where there are any, without: an effect that only the corrections make
    is no evidence.

    end: index of the time up to which S is taken; by default that of the file's own window.
    """

    end: int | None = None

    @property
    def arms(self) -> tuple[str, ...]:
        """The catalysed arm, and the control where it is measured."""
        return self.settings.arms

    @cached_property
    def window_end(self) -> int:
        """Index of the time up to which S is taken."""
        if self.end is not None:
            return self.end
        return heat_window_end(self.settings.experiment, self.expected, self.settings.times)

    def estimate(self, data: Observed) -> Linear:
        """Return what left with the model's corrections and without, (2,), or without alone, (1,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            In hbar w_q, positive where energy left.
        """
        arms, end, last = data.settings.arms, self.window_end, np.zeros(len(self.settings.times))
        last[end] = 1.0
        times = self.settings.times
        by_arm = {
            arm: SIGNS[arm]
            * HeatIntegral.at(data.driven, times, arm, data.measured_cells(arm)).adjoint(last)[None]
            for arm in arms
        }
        series = {arm: heat_integrals(data, arm) for arm in arms}
        found = []
        for number, used in enumerate((True, False)):
            value, causes = np.zeros(1), dict[str, FloatArray]()
            for arm, sign in ((arm, SIGNS[arm]) for arm in arms):
                value += sign * series[arm][number].value[end]
                for name, change in series[arm][number].causes.items():
                    causes[name] = causes.get(name, np.zeros(1)) + sign * change[[end]]
            if used and data.uses_model:
                other = self.other(data.expected, arms)
                value -= other
                causes[OTHER] = np.array([-data.correction_uncertainty * other])
            elif not data.uses_model:
                causes[UNCORRECTED] = ONE_SIDED * np.array([self._uncorrected(data)])
            truth = None
            if data.device is not None:
                truth = data.device.arms["catalysed"]["exchange"][[end]]
            found.append(data.linear(value, by_arm, causes, corrected=used, truth=truth))
        return -Linear.stacked(found if data.uses_model else found[1:])

    def _uncorrected(self, data: Observed) -> float:
        """Return what the file's own device makes S differ from the exchange by, in hbar w_q."""
        times, seen = self.settings.times, 0.0
        for arm in data.settings.arms:
            functional = HeatIntegral.at(data.driven, times, arm, data.measured_cells(arm))
            heat = functional.of(data.expected.arms[arm]["measured_bloch"])
            seen += SIGNS[arm] * float(heat[self.window_end])
        return seen - float(data.expected.arms["catalysed"]["exchange"][self.window_end])

    def std(self, data: Observed, found: Linear) -> tuple[FloatArray, bool]:
        """Return the standard errors of the estimate, and whether bounds by |r| <= 1 enter.

        What a component that was not measured may add, at most, is 1.96 of them.

        Args:
            data: of the estimate.
            found: the estimate.
        """
        own = found.without(data.shots == 0).std(data.likely, data.shots)
        room = np.zeros(len(own))
        for arm in data.settings.arms:
            series = heat_integrals(data, arm)[-len(own) :]
            room += [np.broadcast_to(s.room, s.value.shape)[self.window_end] for s in series]
        return own + room / NINETY_FIVE, bool(room.any())

    def other(self, model: Expectation, arms: Sequence[str]) -> float:
        """Return what S, less the control's, holds beside the exchange, by the model.

        Args:
            model: what the experiment file predicts.
            arms: that were measured.

        Returns:
            In hbar w_q.
        """
        end = self.window_end
        heat = sum(SIGNS[arm] * model.arms[arm]["heat_integral"][end] for arm in arms)
        return float(heat - model.arms["catalysed"]["exchange"][end])
