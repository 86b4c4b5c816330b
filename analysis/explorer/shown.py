"""What the page shows of an experiment: exact curves, the sequence, shots and hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from analysis.estimators.windows import rabi_period
from analysis.explorer.knobs import together
from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.convergence import initial_fock_levels
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import ghz_from_mhz
from protocols.prediction import ladder
from protocols.prediction.predict import predict, with_enough_levels
from protocols.prediction.truth import arm_truth
from protocols.resonator import check_vacuum
from protocols.sequence.choice import chosen_setting
from protocols.sequence.sequence import Sequence, sequence_of
from protocols.settings.settings import Settings

CURVES = (
    "energy",
    "ergotropy",
    "heat_current",
    "vacuum_fidelity",
    "photon_number",
    ladder.ERGOTROPY,
)
"""Quantities of `protocols.prediction.truth.UNITS` that are drawn, beside the Bloch vector."""

_COUNTS = 121, 1001  # evenly spaced times that are drawn beside the file's own, at least and most
_PER_PERIOD = 16  # of them, of the fastest oscillation
_DECIMALS = 6  # of a time in ns: closer ones are one
_UNREAD = {
    "vacuum.method": "none",
    "extraction.unitary": "none",
    "qutrit.measured": False,
    "tomography.pulse": "none",
    "allocation": {},
}
"""What is read out after the charging, of which the states during it know nothing."""


@dataclass(frozen=True)
class Shown:
    """An experiment's exact curves and its cost.

    at: positions of the curves, in the units of the experiment's axis, (N,). arms: each arm's
    curves by name, (N,), with "x", "y" and "z" of the Bloch vector. shots: of all settings.
    """

    experiment: Experiment
    at: FloatArray
    arms: dict[str, dict[str, FloatArray]]
    sequence: Sequence
    shots: int
    hours: float


@one_thread()
def show(base: Experiment, changes: Mapping[str, Any]) -> Shown:
    """Return what is shown of an experiment with some values changed.

    Args:
        base: of the file.
        changes: values by key.

    Raises:
        ExperimentError: the file would refuse a value, or its device cannot serve a measurement.
        ConvergenceError: the dynamics cannot be trusted.
    """
    experiment = base.replace(together(base, changes)) if changes else base
    known = with_enough_levels(experiment)
    check_vacuum(known)
    at, arms = _curves(known)
    settings = Settings(known)
    sequence = sequence_of(known, chosen_setting(known, "catalysed", "x", None, None, None))
    shots = settings.shots
    return Shown(experiment, at, arms, sequence, int(shots.sum()), settings.hours(shots))


def _curves(experiment: Experiment) -> tuple[FloatArray, dict[str, dict[str, FloatArray]]]:
    """Return positions and each arm's exact curves there; moments of one pulse lie densely."""
    changes = dict(_UNREAD)
    if experiment.coupler.kind == "tunable":
        changes["coupler.ramp_ns"] = 0.0  # in which it closes, after the charging
    if experiment.axis.truncated:
        changes["charging.times_ns"] = tuple(_drawn_times(experiment).tolist())
    drawn = _with_even_levels(experiment.replace(changes))
    prediction = predict(drawn)
    arms = {}
    for name in prediction.arms:
        truth = arm_truth(drawn, prediction, name)
        arms[name] = {key: truth[key] for key in CURVES}
        arms[name] |= dict(zip("xyz", truth["bloch"].T, strict=True))
    return drawn.axis_values, arms


def fock_levels_near(experiment: Experiment) -> list[int]:
    """Return the numbers of Fock levels that an experiment and those near it are drawn with.

    Args:
        experiment: the experiment file's content.
    """
    if experiment.resonator.fock_levels != "auto":
        return []
    own = int(_with_even_levels(with_enough_levels(experiment)).resonator.fock_levels)
    return [own + step for step in (2, -2, 4) if own + step > 1]


def _with_even_levels(experiment: Experiment) -> Experiment:
    """Return the experiment with an even number of Fock levels to begin with, where it is "auto".

    What depends on their number alone takes longer than the rest of a move and is kept, so few
    numbers should occur.
    """
    if experiment.resonator.fock_levels != "auto":
        return experiment
    levels = initial_fock_levels(experiment).levels
    return experiment.replace({"resonator.fock_levels": levels + levels % 2})


def _drawn_times(experiment: Experiment) -> FloatArray:
    """Return the charging times as played, and evenly spaced ones between them, (N,)."""
    own = experiment.charging_times_ns
    count = _count(experiment, float(own[-1] - own[0]))
    if len(own) in range(2, count):
        own = np.concatenate([own, experiment.drive.played_ns(np.linspace(own[0], own[-1], count))])
    return np.unique(np.round(own, _DECIMALS))


def _count(experiment: Experiment, span: float) -> int:
    """Return how many times draw the oscillations of drive and coupling over a span in ns."""
    exchange = 2 * ghz_from_mhz(experiment.coupler.g_on_MHz)
    frequency = max(exchange, 1 / rabi_period(experiment))
    return int(np.clip(ceil(_PER_PERIOD * frequency * span), *_COUNTS))
