"""Predictions of several devices as one: an ensemble's mean, and a drifting device in time."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.predict import Prediction, swept
from protocols.prediction.quadrature import lagrange_weights
from protocols.settings.settings import Settings


def mixture(members: Sequence[Prediction], weights: FloatArray) -> Prediction:
    """Return the ensemble's mean; joint states and Fock levels are those of the middle member.

    Args:
        members: predictions of the ensemble's devices, N of them.
        weights: of each, (N,), which add up to 1.
    """
    middle = members[len(members) // 2]
    if middle.settings:
        each = zip(*(member.settings for member in members), strict=True)
        mixed = [mixture(one, weights) for one in each]
        return swept(middle.experiment, mixed, middle.actual)
    arms = {
        name: _combined([member.arms[name] for member in members], weights, middle.arms[name])
        for name in middle.arms
    }
    vacuum = middle.vacuum_probability
    if vacuum is not None:
        vacuum = np.tensordot(weights, np.stack(_vacuums(members)), axes=1)
    return replace(middle, arms=arms, vacuum_probability=vacuum)


def _combined(
    members: Sequence[ArmPrediction], weights: FloatArray, like: ArmPrediction
) -> ArmPrediction:
    """Return the weighted sum of arms, weights (N,) or of each time (T, N); joint states of `like`.

    All other parts of an arm are linear in its states, and have the times first.
    """
    most = max(member.photons.shape[1] for member in members)
    shares = np.broadcast_to(weights, (len(like.photons), len(members)))
    changes = {}
    for field in fields(ArmPrediction):
        if field.name != "joint_states":
            parts = [getattr(member, field.name) for member in members]
            if field.name == "photons":
                parts = [np.pad(part, ((0, 0), (0, most - part.shape[1]))) for part in parts]
            changes[field.name] = np.einsum("tn,nt...->t...", shares, np.stack(parts))
    return replace(like, **changes)


def interpolated(
    experiment: Experiment,
    nodes: FloatArray,
    found: Sequence[Prediction],
    truths: Sequence[xr.Dataset],
) -> tuple[Prediction, xr.Dataset]:
    """Return every setting at its own time within the run, from calculations at the nodes.

    Args:
        experiment: the experiment file's content.
        nodes: times within the run, from 0 to 1, (N,).
        found: the prediction at each node.
        truths: the truth at each node.

    Returns:
        The prediction, and the truth at the mean time of the settings of a charging time.
    """
    settings = Settings(experiment)
    times = settings.times_within_run
    middle, arms, shares = found[len(found) // 2], {}, []
    for number, (name, arm) in enumerate(middle.arms.items()):
        own = settings.arm_part(times, name)
        shares.append(lagrange_weights(nodes, own.mean(axis=1)))
        members = [prediction.arms[name] for prediction in found]
        probability = _at(nodes, own, [member.probability for member in members])
        arms[name] = replace(
            _combined(members, shares[-1], arm),
            probability=np.clip(probability, 0.0, 1.0),
            extraction=_some(
                nodes,
                settings.extraction_places,
                settings.extraction_part(times)[number],
                [member.extraction for member in members],
            ),
            qutrit=_some(
                nodes,
                settings.qutrit_places,
                settings.qutrit_part(times)[number],
                [member.qutrit for member in members],
            ),
        )
    vacuum = middle.vacuum_probability
    if vacuum is not None:
        vacuum = _at(nodes, settings.vacuum_part(times), _vacuums(found))
        vacuum = np.clip(vacuum, 0.0, 1.0)
    prediction = replace(middle, arms=arms, vacuum_probability=vacuum)
    return prediction, _combined_truth(prediction, truths, np.stack(shares))


def _some(
    nodes: FloatArray, places: Sequence[int], own: FloatArray, readings: Sequence[FloatArray]
) -> FloatArray:
    """Return readings that only some times have, each at its own time; 0 at the others.

    Args:
        nodes: times within the run, (N,).
        places: of the times that have them.
        own: when they are taken, (places, R).
        readings: at the nodes, of all times, N arrays (T, R).
    """
    found = np.zeros_like(readings[0])
    if places:
        found[places] = np.clip(_at(nodes, own, [each[places] for each in readings]), 0.0, 1.0)
    return found


def _vacuums(predictions: Sequence[Prediction]) -> list[FloatArray]:
    """Return the vacuum measurement's probabilities of those that have one."""
    found = (prediction.vacuum_probability for prediction in predictions)
    return [probability for probability in found if probability is not None]


def _at(nodes: FloatArray, run_time: FloatArray, values: Sequence[FloatArray]) -> FloatArray:
    """Return values at times within the run, from one array of their shape at each node."""
    weights = lagrange_weights(nodes, run_time.ravel()).reshape(*run_time.shape, len(nodes))
    return np.asarray(np.einsum("...n,n...->...", weights, np.stack(values)))


def _combined_truth(
    prediction: Prediction, truths: Sequence[xr.Dataset], shares: FloatArray
) -> xr.Dataset:
    """Return the truth with the shares (arms, T, N) of the nodes; what is measured is exact."""
    truth = truths[len(truths) // 2].copy()
    for name, variable in truth.data_vars.items():
        stacked = np.stack([part[name].values for part in truths])
        truth[name] = variable.copy(data=np.einsum("atn,nat...->at...", shares, stacked))
    measured = np.stack([arm.measured_bloch for arm in prediction.arms.values()])
    truth["measured_bloch"] = truth["measured_bloch"].copy(data=measured)
    return truth
