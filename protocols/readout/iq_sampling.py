"""Shots through the dispersive readout: levels drawn by Aer, then an IQ point for each shot."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.faults.simulated import simulated_prediction
from protocols.prediction.predict import Prediction
from protocols.readout.assignment import ideal_discriminator
from protocols.readout.discriminator import Discriminator, train
from protocols.readout.pointer_states import Probe, draw_points, probe_of
from protocols.sampling import sampled_outcomes, setting_seed
from protocols.settings import Settings

QUADRATURES = ("I", "Q")
MOST_CALIBRATION_POINTS = 2000  # of each prepared level, kept in the dataset
CALIBRATED = np.array([[0.0, 0.0], [1.0, 0.0]])  # populations of levels 1 and 2 in |0> and |1>
_LARGEST_PORTION = 10**6  # shots whose points are in memory at once
_MOST_SHOTS = 10**8  # of a setting; their points take 1.6 GB
_CHILD = 0  # of a setting's seed; Aer's further portions take the children from 1 on


@dataclass(frozen=True)
class IqSampler:
    """Draws counts through the dispersive readout and a trained discriminator."""

    probe: Probe
    discriminator: Discriminator

    def counts(self, populations: FloatArray, shots: int, seed: int) -> IntArray:
        """Return integer counts of outcomes 0 and 1, shape (2,).

        Args:
            populations: of levels 1 and 2 when the probe comes on, (2,).
            shots: number of repetitions.
            seed: from `setting_seed`.
        """
        reads_1 = self.discriminator.reads_1
        ones = sum(int(reads_1(part).sum()) for part in self._portions(populations, shots, seed))
        return np.array([shots - ones, ones], dtype=np.int64)

    def points(self, populations: FloatArray, shots: int, seed: int) -> FloatArray:
        """Return the IQ points (shots, 2) that `counts` tells 0 from 1.

        Args:
            populations: of levels 1 and 2 when the probe comes on, (2,).
            shots: number of repetitions, at most 10^8.
            seed: from `setting_seed`.

        Returns:
            Points in standard deviations of the noise.
        """
        return np.concatenate(list(self._portions(populations, shots, seed)))

    def _portions(self, populations: FloatArray, shots: int, seed: int) -> Iterator[FloatArray]:
        levels = drawn_levels(populations, shots, seed)
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_CHILD, 1)))
        for part in np.array_split(levels, -(-shots // _LARGEST_PORTION)):
            yield draw_points(self.probe, part, rng)


def drawn_levels(populations: FloatArray, shots: int, seed: int) -> IntArray:
    """Return the level of each shot, (shots,): their numbers from Aer, their order at random.

    Args:
        populations: of levels 1 and 2, (2,); rounding outside [0, 1] is cut.
        shots: number of repetitions.
        seed: from `setting_seed`.

    Raises:
        CqedBatteryError: there are more shots than memory takes.
    """
    if shots > _MOST_SHOTS:
        raise CqedBatteryError(
            f"the dispersive readout draws a point for every shot, at most {_MOST_SHOTS:.0e} for a"
            f' setting, but {shots:.1e} are asked for: lower them, or set readout.model to "plain"'
        )
    one, two = np.clip(populations, 0.0, 1.0)
    numbers = sampled_outcomes(np.array([max(1 - one - two, 0.0), one, two]), shots, seed)
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_CHILD, 0)))
    return np.asarray(order.permutation(np.repeat(np.arange(3), numbers)), dtype=np.int64)


def calibrated_sampler(experiment: Experiment) -> tuple[IqSampler, xr.DataArray]:
    """Return the sampler, its discriminator trained on the calibration shots, and their points.

    The points are `calibration_iq(prepared, calibration_shot, quadrature)`: the first 2000 of each
    prepared level, nan where there are fewer; its attributes tell the line.

    Args:
        experiment: the experiment file's content.

    Raises:
        CqedBatteryError: the calibration shots do not tell level 1 from level 0.
    """
    probe, settings = probe_of(experiment), Settings(experiment)
    untrained = IqSampler(probe, ideal_discriminator(probe))
    zero, one = (
        untrained.points(
            CALIBRATED[prepared],
            min(int(shots), _LARGEST_PORTION),
            setting_seed(experiment.seed, "calibration", prepared),
        )
        for prepared, shots in enumerate(settings.shots[settings.calibration])
    )
    line = train(zero, one)
    kept = min(max(len(zero), len(one)), MOST_CALIBRATION_POINTS)
    table = np.full((2, kept, 2), np.nan, dtype=np.float32)
    for row, cloud in zip(table, (zero[:kept], one[:kept]), strict=True):
        row[: len(cloud)] = cloud
    words = "IQ points of the calibration shots"
    found = iq_array(table, {"prepared": [0, 1]}, "calibration_shot", words)
    found.attrs |= {"axis": list(line.axis), "threshold": line.threshold}
    return IqSampler(probe, line), found


def iq_array(
    points: NDArray[np.float32], coords: dict[str, object], shot: str, name: str
) -> xr.DataArray:
    """Return points (..., shots, 2) as a variable; the coordinates name the first dims.

    Args:
        points: in standard deviations of the noise, (..., shots, 2); nan where there is no shot.
        coords: values of the dims before the shots, by name, in their order.
        shot: name of the dim of the shots.
        name: what the points are, the variable's `long_name`.
    """
    return xr.DataArray(
        points,
        dims=(*coords, shot, "quadrature"),
        coords={**coords, "quadrature": list(QUADRATURES)},
        attrs={"units": "noise standard deviations", "long_name": name},
    )


@dataclass(frozen=True)
class Populations:
    """Populations of levels 1 and 2 at the readout: per arm (T, 3, 2), vacuum (2, K, 2) or None."""

    arms: dict[str, FloatArray]
    vacuum: FloatArray | None


def level_populations(experiment: Experiment, prediction: Prediction) -> Populations:
    """Return every setting's populations at the readout.

    The probability of reading 1 is linear in the share of level 2 taken for 1, so two plain
    predictions, share 0 and share 1, tell them.

    Args:
        experiment: what is done to which device.
        prediction: of the experiment; its residual populations are those of the settings.
    """
    bare, full = (
        simulated_prediction(
            experiment.replace({"readout.model": "plain", "readout.leaked_reads_1": share}),
            prediction.residual_excitation,
            prediction.residual_leakage,
        )
        for share in (0.0, 1.0)
    )
    arms = {
        name: _levels(arm.probability, full.arms[name].probability)
        for name, arm in bare.arms.items()
    }
    if bare.vacuum_probability is None or full.vacuum_probability is None:
        return Populations(arms, None)
    return Populations(arms, _levels(bare.vacuum_probability, full.vacuum_probability))


def _levels(bare: FloatArray, full: FloatArray) -> FloatArray:
    return np.stack([bare, np.clip(full - bare, 0.0, 1.0)], axis=-1)
