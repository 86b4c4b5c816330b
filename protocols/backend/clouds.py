"""IQ points of a readout: where each shot falls in the plane."""

from typing import Protocol

import numpy as np
from scipy.special import ndtri

from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.backend.records import assignment
from protocols.readout import assignment_errors, readout_of
from protocols.readout.pointer_states import LEVELS, Probe, draw_points

_RAREST = 1e-12  # least assignment error: it puts a cloud's centre 7 standard deviations off


class Clouds(Protocol):
    """A readout that gives IQ points of a transmon with so many levels."""

    levels: int

    def iq_points(
        self, level_probabilities: FloatArray, shots: int, rng: np.random.Generator
    ) -> ComplexArray:
        """Return a point of the plane for each shot, (shots,).

        Args:
            level_probabilities: of the transmon's levels when the readout begins, (levels,).
            shots: number of points.
            rng: randomness of levels and noise.
        """


class GaussianClouds:
    """Two round Gaussian clouds of width 1 that a threshold at I = 0 tells apart.

    Their centres follow from the assignment errors: I_0 = Phi^-1(P(1|0)) and
    I_1 = -Phi^-1(P(0|1)), Phi the normal distribution. A level above 1 falls into either.
    """

    def __init__(self, experiment: Experiment) -> None:
        errors = assignment(experiment)[[1, 0], [0, 1]]
        low, high = ndtri(np.clip(errors, _RAREST, None))
        self.centres = np.array([low, -high])
        self.levels = experiment.transmon.kept_levels
        self._share = np.full(self.levels, assignment_errors(experiment).leaked_reads_1)
        self._share[:2] = 0.0, 1.0

    def iq_points(
        self, level_probabilities: FloatArray, shots: int, rng: np.random.Generator
    ) -> ComplexArray:
        """Return a point of the plane for each shot, (shots,).

        Args:
            level_probabilities: of the transmon's levels when the readout begins, (levels,).
            shots: number of points.
            rng: draws levels and noise.

        Returns:
            I + iQ, complex, in standard deviations of the noise.
        """
        in_upper = rng.random(shots) < float(level_probabilities @ self._share)
        noise = rng.standard_normal((2, shots))
        return np.asarray(self.centres[in_upper.astype(int)] + noise[0] + 1j * noise[1])


class DispersiveClouds:
    """The points of the dispersive readout model, jumps during the readout included.

    Levels above 2 read as level 2.
    """

    def __init__(self, experiment: Experiment, probe: Probe) -> None:
        self.levels, self._probe = experiment.transmon.kept_levels, probe

    def iq_points(
        self, level_probabilities: FloatArray, shots: int, rng: np.random.Generator
    ) -> ComplexArray:
        """Return a point of the plane for each shot, (shots,).

        Args:
            level_probabilities: of the transmon's levels when the readout begins, (levels,).
            shots: number of points.
            rng: draws levels, jumps and noise.

        Returns:
            I + iQ, complex, in standard deviations of the noise.
        """
        levels = rng.choice(self.levels, size=shots, p=level_probabilities)
        points = draw_points(self._probe, np.minimum(levels, LEVELS - 1), rng)
        return np.asarray(points[:, 0] + 1j * points[:, 1])


def clouds_of(experiment: Experiment) -> Clouds:
    """Return the clouds of the experiment's readout model.

    Args:
        experiment: the experiment file's content.
    """
    probe = readout_of(experiment).probe(experiment)
    return GaussianClouds(experiment) if probe is None else DispersiveClouds(experiment, probe)
