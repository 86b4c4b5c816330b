"""What the forward model says at some parameters: probabilities, and quantities of each arm."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.estimators.global_fit.model.sensitivities import Slope
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import Prediction
from protocols.prediction.truth import arm_truth
from protocols.settings.settings import Settings

QUANTITIES = (
    "bloch",
    "energy",
    "energy_rate",
    "ergotropy",
    "power",
    "heat_current",
    "heat_integral",
    "exchange",
    "photon_number",
    "vacuum_fidelity",
)


@dataclass(frozen=True)
class Response:
    """The model at some parameters.

    probability (M,): of reading 1 before assignment errors, of the prepared levels 0 and 1 and
    of all settings (arm, time, axis; then the vacuum measurement's). quantities: per arm, those
    of `QUANTITIES` at the charging times.
    """

    probability: FloatArray
    quantities: dict[str, dict[str, FloatArray]]

    def packed(self) -> FloatArray:
        """Return probabilities and quantities in one row, (N, ...)."""
        parts = [self.probability]
        for found in self.quantities.values():
            for value in found.values():
                parts.append(value.reshape(-1, *self.probability.shape[1:]))
        return np.concatenate(parts)

    def unpacked(self, values: FloatArray) -> "Response":
        """Return values (N, ...) in the shapes of this response, whatever dims follow.

        Args:
            values: as `packed` lays them out, (N, ...).
        """
        sizes = [v.size for found in self.quantities.values() for v in found.values()]
        ends = np.cumsum([len(self.probability), *sizes])[:-1]
        probability, *parts = np.split(values, ends)
        rest, more = iter(parts), values.shape[1:]
        quantities = {
            arm: {name: next(rest).reshape(*old.shape, *more) for name, old in found.items()}
            for arm, found in self.quantities.items()
        }
        return Response(probability, quantities)

    @property
    def sizes(self) -> list[tuple[str, int]]:
        """Arm and size of each packed quantity."""
        return [
            (arm, value.size) for arm, found in self.quantities.items() for value in found.values()
        ]


def response_of(settings: Settings, prediction: Prediction) -> Response:
    """Return what a prediction says of the settings' probabilities and of the quantities.

    Args:
        settings: the table of settings.
        prediction: of its experiment, or of one with the same settings.
    """
    quantities = {
        name: _quantities(arm_truth(prediction.experiment, prediction, name))
        for name in prediction.arms
    }
    return Response(settings.probabilities(prediction), quantities)


def _quantities(truth: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return `QUANTITIES` of one arm, with dE/dt = P + J."""
    found = {**truth, "energy_rate": truth["power"] + truth["heat_current"]}
    return {name: found[name] for name in QUANTITIES}


def difference(moved: Response, at: Response, step: float) -> Response:
    """Return the difference quotient of two responses.

    Args:
        moved: with a parameter moved by `step`.
        at: without.
        step: in the parameter's unit, not 0.
    """
    quantities = {
        arm: {name: (moved.quantities[arm][name] - value) / step for name, value in found.items()}
        for arm, found in at.quantities.items()
    }
    return Response((moved.probability - at.probability) / step, quantities)


def stacked(columns: list[Response]) -> Slope:
    """Return the derivatives by p parameters from one response a parameter.

    Args:
        columns: p difference quotients.
    """
    quantities = {
        arm: {
            name: np.stack([column.quantities[arm][name] for column in columns], axis=-1)
            for name in found
        }
        for arm, found in columns[0].quantities.items()
    }
    return Slope(np.stack([column.probability for column in columns], axis=-1), quantities)
