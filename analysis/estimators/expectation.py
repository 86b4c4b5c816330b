"""What the experiment file leads one to expect, and how well the device is known.

The expectation serves twice: to correct what the readout sequence (coupler closing, pulse,
leakage) does to the state before it is read, and, where an estimator smooths or integrates on
a grid, to subtract that estimator's own bias. It never replaces the data: if the counts do not
agree with it (`agreement`), its corrections carry their full size as uncertainty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.truth import arm_truth


@dataclass(frozen=True)
class DeviceErrors:
    """What the model gets wrong by one standard error of each of p independent causes.

    The causes are the parameters of device, pulses and line one after the other, each for what it
    adds to those before it. measured: 2 P(1) - 1 of every setting through the calibrated readout,
    (M, p). arms: each arm's quantities, (..., p). fitted: whether a fit of the counts has told
    them; else they are what the priors leave open.
    """

    names: tuple[str, ...]
    measured: FloatArray
    arms: dict[str, dict[str, FloatArray]]
    fitted: bool = True

    def further(
        self, name: str, measured: FloatArray, arms: Mapping[str, Mapping[str, FloatArray]]
    ) -> "DeviceErrors":
        """Return the same with one cause more.

        Args:
            name: of the cause.
            measured: what it changes of 2 P(1) - 1 of every setting, (M,).
            arms: of each arm's quantities, those that the others change among them, (...).
        """
        changed = {
            arm: {key: _beside(values, arms[arm][key]) for key, values in found.items()}
            for arm, found in self.arms.items()
        }
        names = (*self.names, name)
        return replace(self, names=names, measured=_beside(self.measured, measured), arms=changed)

    def named(self, changes: FloatArray) -> dict[str, FloatArray]:
        """Return changes (..., p) by the name of their cause.

        Args:
            changes: of some numbers, by each cause, (..., p).
        """
        parts = np.moveaxis(np.asarray(changes), -1, 0)
        return {f"{DEVICE}: {name}": part for name, part in zip(self.names, parts, strict=True)}


def _beside(changes: FloatArray, further: FloatArray) -> FloatArray:
    return np.concatenate([changes, further[..., None]], axis=-1)


class PlannedDevice(Protocol):
    """How well the device will be known."""

    def __call__(self, shots: FloatArray | IntArray) -> DeviceErrors:
        """Return what will be wrong with shots of every setting, (M,).

        Args:
            shots: at least 0, (M,).
        """
        ...

    def known(self, experiment: Experiment) -> "PlannedDevice":
        """Return the same with the priors of a file that differs in these alone.

        Args:
            experiment: the file.
        """
        ...


DEVICE = "device"
"""Causes: the parameters of device, pulses and line, "device: name"."""


@dataclass(frozen=True)
class Expectation:
    """Model values: each arm's quantities (`protocols.prediction.truth`), and the prediction.

    device: how far off they may be, once counts and priors are taken together; None where only
    the Rabi rate's prior and a share of every correction stand for that. planned: returns it for
    the shots of every setting, (M,), before there are counts.
    """

    prediction: Prediction
    arms: dict[str, dict[str, FloatArray]]
    device: DeviceErrors | None = None
    planned: "PlannedDevice | None" = None

    @property
    def experiment(self) -> Experiment:
        """The experiment whose device and drive the model has."""
        return self.prediction.experiment

    def with_shots(self, shots: FloatArray | IntArray) -> "Expectation":
        """Return the same, the device as well known as shots (M,) will make it.

        Args:
            shots: of every setting, at least 0, (M,).
        """
        if self.planned is None or self.device is not None:
            return self
        return replace(self, device=self.planned(shots))

    def offset(self, arm: str) -> FloatArray:
        """Return what the readout sequence adds to each axis of an arm, (T, 3).

        Args:
            arm: "catalysed" or "control".
        """
        return self.arms[arm]["measured_bloch"] - self.arms[arm]["bloch"]


def expectation(experiment: Experiment) -> Expectation:
    """Return what the experiment file predicts (with the reset's expected excitation).

    Args:
        experiment: the experiment file's content.

    Raises:
        ConvergenceError: the dynamics cannot be trusted.
        ExperimentError: the device cannot serve the vacuum measurement.
    """
    return expectation_of(experiment, predict(experiment))


def expectation_of(experiment: Experiment, prediction: Prediction) -> Expectation:
    """Return the expectation of an experiment from its prediction.

    Args:
        experiment: the experiment file's content.
        prediction: of the experiment (`predict`).
    """
    arms = {name: arm_truth(experiment, prediction, name) for name in prediction.arms}
    return Expectation(prediction, arms)
