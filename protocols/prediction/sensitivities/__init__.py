"""Exact derivatives of a prediction by parameters of the device and of what is done to it.

One forward pass an arm, one backward pass a measurement, for all parameters at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cqed_battery.compute.threads import one_thread
from cqed_battery.operators import FloatArray
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.directions import Direction
from protocols.prediction.predict import Prediction
from protocols.prediction.sensitivities.charging import arm_sensitivities
from protocols.prediction.sensitivities.propagation import Propagation
from protocols.prediction.sensitivities.vacuum import vacuum_sensitivities

__all__ = ["PredictionSensitivities", "prediction_sensitivities"]


@dataclass(frozen=True)
class PredictionSensitivities:
    """Derivatives of a prediction by p directions: p of each arm, as `ArmPrediction`.

    `vacuum_probability` is (p, 2, K), or None where nothing is measured.
    """

    arms: dict[str, list[ArmPrediction]]
    vacuum_probability: FloatArray | None


@one_thread()
def prediction_sensitivities(
    prediction: Prediction, directions: Sequence[Direction]
) -> PredictionSensitivities:
    """Return the derivatives of what `predict` gave, in the rotating frame.

    Args:
        prediction: what `predict` gave, on a line without a filter.
        directions: p parameters by which it is differentiated.
    """
    whole = Propagation(prediction, directions)
    arms, vacuum = {}, None
    for arm, own in prediction.liouvillians.items():
        found = whole
        if own is not prediction.liouvillian:
            found = Propagation(prediction, directions, own, whole)
        derivatives, end = arm_sensitivities(found, arm)
        arms[arm] = [derivative.widened(whole.fock_levels) for derivative in derivatives]
        if arm == "catalysed" and prediction.vacuum_probability is not None:
            vacuum = vacuum_sensitivities(found, end)
    return PredictionSensitivities(arms, vacuum)
