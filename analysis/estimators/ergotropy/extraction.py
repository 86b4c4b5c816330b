"""The work that the extraction pulse takes out, measured: the energy before less that after.

Each energy is a reading of P(1) through the calibrated readout, less what the readout sequence adds
by the model, as in tomography: so both are those of the state at the end of charging, and the work
is W = (z - n r)/2 of an ideal pulse that turns the axis n onto z (`protocols.stages.extraction`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.ergotropy.ergotropy import (
    SIGNS,
    ErgotropyAt,
    estimate_ergotropy,
)
from analysis.estimators.heat.exchange import ONE_SIDED, UNCORRECTED
from analysis.estimators.linear import Linear, binomial_variance
from analysis.estimators.model_free import ModelFree
from analysis.estimators.observed import SCATTER, SEQUENCE, Observed
from analysis.results import quantity
from analysis.results.tested import tested
from cqed_battery.energetics import qubit_ergotropy_curvature_error
from cqed_battery.operators import FloatArray
from protocols.stages.extraction import READINGS, directions, extraction_pulses

_UNLIKELY = 1e-3  # probability below which work and tomographic ergotropy disagree
_METHOD = "energy before less energy after the extraction pulse, readout and sequence corrected"


@dataclass(frozen=True)
class ExtractedWork(ModelFree):
    """The work taken out of an arm at some extraction times, or a sum over arms with signs.

    numbers: of the extraction times, (Q,). signs: of the arms, `SIGNS` for the gain.
    """

    numbers: tuple[int, ...] = ()
    signs: Mapping[str, float] = field(default_factory=lambda: {"catalysed": 1.0})

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that the estimator uses."""
        return tuple(self.signs)

    @property
    def own(self) -> FloatArray:
        """1 in the arms' readings of the energy, (M,)."""
        found = np.zeros(self.settings.size)
        part = self.settings.extraction_part(found)
        for arm in self.arms:
            part[self.settings.arms.index(arm), list(self.numbers)] = 1.0
        found[self.settings.extraction] = part.ravel()
        return found

    def estimate(self, data: Observed) -> Linear:
        """Return the work, (Q,).

        Args:
            data: frequencies of all settings, and the model.

        Returns:
            In hbar w_q.
        """
        work = np.kron(np.eye(len(data.settings.extraction_places)), [1.0, -1.0])
        parts = (
            energies(data, arm).combined(np.asarray(sign * work[list(self.numbers)]))
            for arm, sign in self.signs.items()
        )
        nothing = np.zeros((len(self.numbers), data.settings.size))
        return sum(parts, Linear(nothing[:, 0], nothing))


def energies(data: Observed, arm: str) -> Linear:
    """Return an arm's energies at the end of charging, (2 K,): each time before, then after.

    Args:
        data: frequencies of all settings, and the model.
        arm: "catalysed" or "control".

    Returns:
        z/2 and n r/2, in hbar w_q.
    """
    settings, assignment = data.settings, data.assignment
    number = settings.arms.index(arm)
    frequency = settings.extraction_part(data.frequency)[number].ravel()
    probability = (frequency - assignment.p1_given_0) / assignment.contrast
    offset = _offset(data, arm)
    pure = np.stack([probability - 1, -probability], axis=-1) / assignment.contrast
    causes = data.preparation_causes(pure @ assignment.by_excitation)
    if not data.uses_model:
        causes[UNCORRECTED] = ONE_SIDED * offset
        offset = np.zeros_like(offset)
    else:
        causes |= {SEQUENCE: -data.correction_uncertainty * offset}
        causes |= _scatter(data, arm) | _device(data, arm)
    return Linear(probability - 0.5 - offset, _weights(data, number, pure), causes)


def _weights(data: Observed, number: int, pure: FloatArray) -> FloatArray:
    settings, size = data.settings, len(pure)
    rows = np.zeros((size, *settings.extraction_part(data.frequency).shape))
    rows[:, number] = np.eye(size).reshape(size, -1, len(READINGS)) / data.assignment.contrast
    return np.stack(
        [
            settings.joined(data.assignment.on_counts(own), {}, None, row)
            for own, row in zip(pure, rows, strict=True)
        ]
    )


def _seen(data: Observed, arm: str, bloch: FloatArray) -> FloatArray:
    """Return z/2 and n r/2 of Bloch vectors, or of their derivatives, (T, 3, ...): (2 K, ...)."""
    settings = data.settings
    chosen = bloch[settings.extraction_places]
    along = np.einsum("ki,ki...->k...", directions(settings.experiment, arm), chosen)
    return np.stack([chosen[:, 2], along], axis=1).reshape(-1, *bloch.shape[2:]) / 2


def _offset(data: Observed, arm: str) -> FloatArray:
    """Return what the readout sequence adds to each P(1) by the model, (2 K,)."""
    readings = data.expected.prediction.arms[arm].extraction[data.settings.extraction_places]
    return readings.ravel() - 0.5 - _seen(data, arm, data.expected.arms[arm]["bloch"])


def _scatter(data: Observed, arm: str) -> dict[str, FloatArray]:
    """Return the error of each reading's own, where the counts disagree with the model."""
    scatter = data.scatter(arm)
    if scatter is None:
        return {}
    size = len(data.settings.extraction_places)
    return {
        f"{SCATTER}, {reading}": np.tile(own * scatter[2] / 2, size)
        for reading, own in zip(READINGS, np.eye(len(READINGS)), strict=True)
    }


def _device(data: Observed, arm: str) -> dict[str, FloatArray]:
    """Return what each cause of the device adds to the energies, (2 K,) by name."""
    if data.device is None:
        return {}
    number = data.settings.arms.index(arm)
    measured = data.settings.extraction_part(data.device.measured)[number]
    changed = _seen(data, arm, data.device.arms[arm]["bloch"])
    return data.device.named(measured.reshape(changed.shape) / 2 - changed)


def extraction_dict(data: Observed) -> dict[str, Any]:
    """Return the extraction's part of results.json, with the tomographic ergotropy beside it.

    Args:
        data: of a run with an extraction.

    Returns:
        What named the pulses, each arm's pulses, energies, work and ergotropy, and the gain of
        work over the control, as plain values in hbar w_q, rad and ns.
    """
    settings = data.settings
    arms = {arm: _arm_dict(data, arm) for arm in settings.arms}
    found: dict[str, Any] = {"unitary": data.experiment.extraction.unitary, "arms": arms}
    if set(SIGNS) <= set(arms):
        numbers = tuple(range(len(settings.extraction_places)))
        gain = ExtractedWork(data.expected, numbers, SIGNS).estimate(data)
        found["gain"] = _quantity(data, gain, "work less that of the control")
    return found


def _arm_dict(data: Observed, arm: str) -> dict[str, Any]:
    settings = data.settings
    places, pulses = settings.extraction_places, extraction_pulses(settings.experiment, arm)
    both = energies(data, arm)
    each = np.eye(len(both.value)).reshape(len(places), len(READINGS), -1)
    bloch = data.bloch(arm)
    ergotropy = estimate_ergotropy(
        bloch.linear[places],
        bloch.covariance[places],
        None if bloch.spread is None else bloch.spread.take(np.array(places)),
    )
    raw = np.diff(settings.extraction_part(data.frequency)[settings.arms.index(arm)])[:, 0]
    return {
        "times": settings.times[places].tolist(),
        "angle_rad": [pulse.angle for pulse in pulses],
        "phase_rad": [pulse.phase for pulse in pulses],
        "energy_before": _quantity(data, both.combined(each[:, 0]), _METHOD),
        "energy_after": _quantity(data, both.combined(each[:, 1]), _METHOD),
        "work": _quantity(data, both.combined(each[:, 0] - each[:, 1]), _METHOD),
        "uncorrected_work": (-raw / data.assignment.contrast).tolist(),
        "ergotropy": quantity(
            ergotropy.value, ergotropy.std, "tomography", low=ergotropy.low, high=ergotropy.high
        ),
        "ergotropy_less_work": _quantity(
            data, _difference(data, arm), "tomography less extraction", _curvature(data, arm)
        ),
    }


def _quantity(
    data: Observed, found: Linear, method: str, beside: FloatArray | float = 0.0
) -> dict[str, Any]:
    variance = found.shot_variance(data.likely, np.maximum(data.shots, 1))
    std = np.sqrt(variance + found.systematic_variance + np.square(beside))
    return quantity(found.value, std, method, within=(-1.0, 1.0))


def _difference(data: Observed, arm: str) -> Linear:
    """Return the tomographic ergotropy less the work, (K,); what both share cancels."""
    places = tuple(data.settings.extraction_places)
    numbers, signs = tuple(range(len(places))), {arm: 1.0}
    ergotropy = ErgotropyAt(data.expected, places, signs).estimate(data)
    return ergotropy + -ExtractedWork(data.expected, numbers, signs).estimate(data)


def _curvature(data: Observed, arm: str) -> FloatArray:
    places, bloch = data.settings.extraction_places, data.bloch(arm)
    return qubit_ergotropy_curvature_error(bloch.linear[places], bloch.covariance[places])


def extraction_check(data: Observed) -> dict[str, Any]:
    """Return the check that the work taken out is the tomographic ergotropy.

    Chi-square of all differences with their covariance: shots, and what both estimates share.

    Args:
        data: of a run with an extraction.
    """
    shots = np.maximum(data.shots, 1)
    square, count, below, above = 0.0, 0, 0.0, 0.0
    for arm in data.settings.arms:
        found = _difference(data, arm)
        noise = found.weights * binomial_variance(data.likely, shots)
        covariance = noise @ found.weights.T + np.diag(_curvature(data, arm) ** 2)
        for cause in found.causes.values():
            covariance += np.outer(cause, cause)
        square += float(found.value @ np.linalg.solve(covariance, found.value))
        count += len(found.value)
        below, above = min(below, *found.value), max(above, *found.value)
    chance = float(chdtrc(count, square))
    agrees = chance >= _UNLIKELY
    numbers = f"chi-square {square:.1f} for {count} times, p = {chance:.1e}"
    if agrees:
        text = f"the work taken out is the ergotropy of tomography within their errors ({numbers})"
    elif above >= -below:
        text = (
            f"the pulses took out up to {above:.3f} hbar w_q less than tomography says is there"
            f" ({numbers}): they are not the optimal ones of this state; let tomography name them,"
            " or calibrate the pulses"
        )
    else:
        text = (
            f"the pulses took out up to {-below:.3f} hbar w_q more than tomography says is there"
            f" ({numbers}), which no state allows: calibrate readout and pulses"
        )
    return tested("pass" if agrees else "fail", text, square, count, chance)
