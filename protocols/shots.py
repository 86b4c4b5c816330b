"""What the counts of every setting are drawn from: the plain readout or the dispersive one."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xarray as xr

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray, IntArray
from protocols.prediction.predict import Prediction
from protocols.readout import readout_of
from protocols.readout.iq_sampling import (
    CALIBRATED,
    QUADRATURES,
    IqSampler,
    calibrated_sampler,
    iq_array,
    level_populations,
)
from protocols.sampling import Sampler, setting_seed
from protocols.settings import Setting, Settings

_MOST_POINTS = 10**8  # numbers of 4 bytes in the variable iq: 400 MB


class CountsSampler(Protocol):
    """Draws counts of outcomes 0 and 1, (2,), from what it is given for a setting."""

    def counts(self, chance: Any, shots: int, seed: int, /) -> IntArray:
        """Return integer counts of outcomes 0 and 1, shape (2,).

        Args:
            chance: probability of level 1, or the populations of levels 1 and 2, (2,).
            shots: number of repetitions.
            seed: from `setting_seed`.
        """


@dataclass(frozen=True)
class Source:
    """A sampler, and what it is given for each setting.

    That is the probability of reading 1 before assignment errors, or the populations of levels 1
    and 2 as one more dimension: calibration (2, ...), arms (T, 3, ...), vacuum (2, K, ...) or
    None. `points` are the IQ points to be saved beside the counts.
    """

    sampler: CountsSampler
    calibration: FloatArray
    arms: dict[str, FloatArray]
    vacuum: FloatArray | None
    points: dict[str, xr.DataArray]

    def chance(self, setting: Setting) -> Any:
        """Return what the sampler is given for a setting.

        Args:
            setting: a row of the table of settings.

        Returns:
            A probability, or populations (2,); None of a vacuum measurement that is not made.
        """
        if setting.stage == "calibration":
            return self.calibration[setting.place]
        if setting.arm is not None:
            return self.arms[setting.arm][setting.place[1:]]
        return self.vacuum[setting.place] if self.vacuum is not None else None


def source_of(experiment: Experiment, prediction: Prediction) -> Source:
    """Return what an experiment's counts are drawn from.

    Args:
        experiment: the experiment file's content.
        prediction: of what is simulated with its faults.

    Raises:
        CqedBatteryError: the dispersive readout does not tell level 1 from level 0, or there are
            too many IQ points to save.
    """
    if experiment.faults.readout_drift:
        return _drifting(experiment, prediction)
    if readout_of(experiment).probe(experiment) is None:
        arms = {name: arm.probability for name, arm in prediction.arms.items()}
        plain = np.array([0.0, 1.0])
        return Source(Sampler(experiment), plain, arms, prediction.vacuum_probability, {})
    sampler, calibration = calibrated_sampler(experiment)
    found = level_populations(experiment, prediction)
    points = {"calibration_iq": calibration}
    if experiment.dispersive.save_iq:
        points["iq"] = _tomography_points(experiment, prediction, sampler, found.arms)
    return Source(sampler, CALIBRATED, found.arms, found.vacuum, points)


def _drifting(experiment: Experiment, prediction: Prediction) -> Source:
    """Return a source of readings whose assignment errors stand in their frequencies already."""
    faultless = experiment.replace({"readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0})
    settings = Settings(experiment)
    read = settings.frequencies(prediction, drifting=True)
    arms = {name: settings.arm_part(read, name) for name in settings.arms}
    vacuum = None if prediction.vacuum_probability is None else settings.vacuum_part(read)
    return Source(Sampler(faultless), read[settings.calibration], arms, vacuum, {})


def _tomography_points(
    experiment: Experiment,
    prediction: Prediction,
    sampler: IqSampler,
    arms: dict[str, FloatArray],
) -> xr.DataArray:
    """Return the IQ points of every tomography shot, nan beyond the shots of a setting."""
    bases, times = experiment.tomography.bases, prediction.times
    settings = Settings(experiment)
    shots = np.stack([settings.arm_part(settings.shots, name) for name in arms])
    shape = (len(arms), len(times), len(bases), int(shots.max()), len(QUADRATURES))
    if np.prod(shape, dtype=float) > _MOST_POINTS:
        raise CqedBatteryError(
            f"dispersive.save_iq can keep {_MOST_POINTS:.0e} numbers, but there are"
            f" {np.prod(shape, dtype=float):.1e}: lower tomography.shots or leave it off"
        )
    table = np.full(shape, np.nan, dtype=np.float32)
    for i, chances in enumerate(arms.values()):
        for j, k in np.ndindex(len(times), len(bases)):
            axis = COMPONENTS.index(bases[k])
            seed = setting_seed(experiment.seed, "tomography", i, j, axis)
            drawn = sampler.points(chances[j, axis], int(shots[i, j, axis]), seed)
            table[i, j, k, : len(drawn)] = drawn
    time = xr.Variable("time", times, {"units": "ns", "long_name": "charging time"})
    coords = {"arm": list(arms), "time": time, "basis": list(bases)}
    return iq_array(table, coords, "shot", "IQ points of the tomography shots")
