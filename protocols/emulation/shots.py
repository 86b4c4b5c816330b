"""What the counts of every setting are drawn from: the plain readout or the dispersive one."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray, IntArray
from protocols.emulation.sampling import outcome_law, setting_seed
from protocols.prediction.predict import Prediction
from protocols.readout import assignment_errors, readout_of
from protocols.readout.iq_sampling import (
    QUADRATURES,
    IqSampler,
    calibrated_sampler,
    iq_array,
    level_populations,
)
from protocols.readout.model import AssignmentErrors
from protocols.settings.axis import axis_coordinate
from protocols.settings.settings import Settings

_MOST_POINTS = 10**8  # numbers of 4 bytes in the variable iq: 400 MB
_NO_ERRORS = AssignmentErrors(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Points:
    """The dispersive readout's IQ points, and the calibration counts that go with them.

    sampler: with its trained discriminator. populations: of levels 1 and 2 in every setting,
    (M, 2). calibration: counts (2, 2) of outcomes 0 and 1 in the prepared levels. clouds:
    `calibration_iq`.
    """

    sampler: IqSampler
    populations: FloatArray
    calibration: IntArray
    clouds: xr.DataArray


@dataclass(frozen=True)
class Source:
    """How often each setting reads 1, (M,), and, with the dispersive readout, its IQ points."""

    frequencies: FloatArray
    points: Points | None = None


def source_of(experiment: Experiment, prediction: Prediction) -> Source:
    """Return what an experiment's counts are drawn from.

    Args:
        experiment: the experiment file's content.
        prediction: of what is simulated with its faults.

    Raises:
        CqedBatteryError: the dispersive readout does not tell level 1 from level 0, or there are
            too many IQ points to save.
    """
    settings = Settings(experiment)
    if experiment.faults.readout_drift:
        return Source(outcome_law(settings.frequencies(prediction, drifting=True), _NO_ERRORS))
    if readout_of(experiment).probe(experiment) is None:
        levels = settings.probabilities(prediction)
        return Source(outcome_law(levels, assignment_errors(experiment)))
    if experiment.dispersive.save_iq:
        _refuse_too_many(settings)
    left = prediction.residual_excitation, prediction.residual_leakage
    sampler, calibration, clouds = calibrated_sampler(experiment, *left)
    populations = level_populations(experiment, prediction)
    law = outcome_law(sampler.law(populations), _NO_ERRORS)
    return Source(law, Points(sampler, populations, calibration, clouds))


def saved_points(settings: Settings, points: Points, counts: IntArray) -> dict[str, xr.DataArray]:
    """Return the IQ points that the dataset keeps: `calibration_iq` and, if asked for, `iq`.

    `iq` has the points of every tomography shot, nan beyond the shots of a setting.

    Args:
        settings: the table of settings.
        points: of the source that the counts were drawn from.
        counts: of outcomes 0 and 1 in every setting, (M, 2).
    """
    experiment, found = settings.experiment, {"calibration_iq": points.clouds}
    if not experiment.dispersive.save_iq:
        return found
    bases = experiment.tomography.bases
    table = np.full(_points_shape(settings), np.nan, dtype=np.float32)
    for i, name in enumerate(settings.arms):
        counted = settings.arm_part(counts, name)
        populations = settings.arm_part(points.populations, name)
        for j, k in np.ndindex(len(settings.times), len(bases)):
            axis = COMPONENTS.index(bases[k])
            seed = setting_seed(experiment.seed, "tomography", i, j, axis)
            drawn = points.sampler.points(populations[j, axis], counted[j, axis], seed)
            table[i, j, k, : len(drawn)] = drawn
    swept = {experiment.axis.dim: axis_coordinate(experiment)}
    coords = {"arm": list(settings.arms), **swept, "basis": list(bases)}
    iq = iq_array(table, coords, "shot", "IQ points of the tomography shots")
    return found | {"iq": iq}


def _points_shape(settings: Settings) -> tuple[int, ...]:
    """Return (arms, T, bases, most shots of a tomography setting, 2)."""
    most = max(settings.arm_part(settings.shots, name).max() for name in settings.arms)
    bases = settings.experiment.tomography.bases
    return len(settings.arms), len(settings.times), len(bases), int(most), len(QUADRATURES)


def _refuse_too_many(settings: Settings) -> None:
    numbers = np.prod(_points_shape(settings), dtype=float)
    if numbers > _MOST_POINTS:
        raise CqedBatteryError(
            f"dispersive.save_iq can keep {_MOST_POINTS:.0e} numbers, but there are"
            f" {numbers:.1e}: lower tomography.shots or leave it off"
        )
