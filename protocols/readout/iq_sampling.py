"""The dispersive readout's shots: the law of its counts, and IQ points that give these counts."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.emulation.sampling import drawn_counts, setting_seed
from protocols.faults.simulated import simulated_prediction
from protocols.prediction.predict import Prediction
from protocols.readout.assignment import reading_probabilities
from protocols.readout.discriminator import Discriminator, train
from protocols.readout.pointer_states import LEVELS, Probe, draw_points, probe_of
from protocols.settings.settings import Settings

QUADRATURES = ("I", "Q")
MOST_CALIBRATION_POINTS = 2000  # of each prepared level, kept in the dataset
_LARGEST_PORTION = 10**6  # shots whose points are in memory at once
_POINTS = 1  # spawn key of the points' seed below that of a setting, whose own draws the counts


@dataclass(frozen=True)
class IqSampler:
    """Draws IQ points through the dispersive readout, told apart by a trained discriminator."""

    probe: Probe
    discriminator: Discriminator

    def law(self, populations: FloatArray) -> FloatArray:
        """Return how often 1 is read, (...,), from populations of levels 1 and 2, (..., 2)."""
        reads = reading_probabilities(self.probe, self.discriminator)
        return np.asarray(_all_levels(populations) @ reads)

    def points(self, populations: FloatArray, counts: IntArray, seed: int) -> FloatArray:
        """Return IQ points (shots, 2) of which as many read 0 and 1 as were counted.

        Shots are drawn until there are enough of each outcome; so the points follow the law that
        they have beside these counts.

        Args:
            populations: of levels 1 and 2 at the end of the pulses, (2,).
            counts: of outcomes 0 and 1, (2,).
            seed: from `setting_seed`.
        """
        rng, missing = _points_generator(seed), np.array(counts)
        kept = []
        while missing.any():
            drawn = drawn_points(self.probe, populations, int(missing.sum()), rng)
            reads = self.discriminator.reads_1(drawn)
            for outcome, most in enumerate(missing):
                kept.append(drawn[reads == outcome][:most])
                missing[outcome] -= len(kept[-1])
        return np.asarray(rng.permutation(np.concatenate([np.zeros((0, 2)), *kept])))


def drawn_points(
    probe: Probe, populations: FloatArray, shots: int, rng: np.random.Generator
) -> FloatArray:
    """Return one IQ point for each of the shots, at most 10^6, (min(shots, 10^6), 2).

    Args:
        probe: how the resonator is probed.
        populations: of levels 1 and 2 at the end of the pulses, (2,).
        shots: number of repetitions.
        rng: draws levels, jumps and noise.
    """
    levels = rng.choice(LEVELS, size=min(shots, _LARGEST_PORTION), p=_all_levels(populations))
    return draw_points(probe, levels, rng)


def _all_levels(populations: FloatArray) -> FloatArray:
    """Return populations of levels 0, 1 and 2, (..., 3), from those of 1 and 2, (..., 2)."""
    upper = np.clip(populations, 0.0, 1.0)
    ground = np.clip(1 - upper.sum(axis=-1, keepdims=True), 0.0, 1.0)
    found = np.concatenate([ground, upper], axis=-1)
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


def _points_generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_POINTS,)))


def calibrated_sampler(
    experiment: Experiment, excitation: float = 0.0, leakage: float = 0.0
) -> tuple[IqSampler, IntArray, xr.DataArray]:
    """Return the sampler, its discriminator trained on the calibration, whose counts and points.

    At most 10^6 points of a level are drawn and train the line; more shots follow the law. The
    points are `calibration_iq(prepared, calibration_shot, quadrature)`: the first 2000 of each
    prepared level, nan where there are fewer; its attributes tell the line.

    Args:
        experiment: the experiment file's content.
        excitation: of level 1 that the reset left; it counts where the levels are not heralded.
        leakage: of level 2, likewise.

    Returns:
        Sampler; counts of outcomes 0 and 1 in the prepared levels 0 and 1, (2, 2); the points.

    Raises:
        CqedBatteryError: the calibration shots do not tell level 1 from level 0.
    """
    probe, settings = probe_of(experiment), Settings(experiment)
    shots = settings.shots[settings.calibration]
    one = settings.prepared(excitation, leakage, share=0.0)
    two = 0.0 if settings.heralded else leakage
    prepared_levels = np.stack([one, np.full(2, two)], axis=-1)
    seeds = [setting_seed(experiment.seed, "calibration", prepared) for prepared in (0, 1)]
    clouds = [
        drawn_points(probe, levels, int(shots[prepared]), _points_generator(seed))
        for prepared, (levels, seed) in enumerate(zip(prepared_levels, seeds, strict=True))
    ]
    sampler = IqSampler(probe, train(*clouds))
    counts = np.array([np.bincount(sampler.discriminator.reads_1(c), minlength=2) for c in clouds])
    for prepared, frequency in enumerate(sampler.law(prepared_levels)):
        rest = int(shots[prepared]) - len(clouds[prepared])
        counts[prepared] += drawn_counts(frequency, rest, seeds[prepared])
    return sampler, counts, _calibration_points(sampler.discriminator, clouds)


def _calibration_points(line: Discriminator, clouds: list[FloatArray]) -> xr.DataArray:
    kept = min(max(map(len, clouds)), MOST_CALIBRATION_POINTS)
    table = np.full((2, kept, 2), np.nan, dtype=np.float32)
    for row, cloud in zip(table, clouds, strict=True):
        row[: len(cloud)] = cloud[:kept]
    words = "IQ points of the calibration shots"
    found = iq_array(table, {"prepared": [0, 1]}, "calibration_shot", words)
    found.attrs |= {"axis": list(line.axis), "threshold": line.threshold}
    return found


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


def level_populations(experiment: Experiment, prediction: Prediction) -> FloatArray:
    """Return every setting's populations of levels 1 and 2 at the readout, (M, 2).

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
    settings = Settings(experiment)
    one, both = settings.probabilities(bare), settings.probabilities(full)
    return np.stack([one, np.clip(both - one, 0.0, 1.0)], axis=-1)
