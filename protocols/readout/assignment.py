"""How often a probed transmon reads 1: quadrature over jumps, and the line that errs least."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from cqed_battery.errors import ExperimentError
from cqed_battery.operators import FloatArray
from protocols.readout.discriminator import Discriminator, between
from protocols.readout.pointer_states import LEVELS, Probe

_NODES = {1: 64, 2: 24, 3: 12}  # Gauss-Legendre nodes of each jump time, by number of jumps
_MOST_LEFT_OUT = 1e-3  # share of the shots that jump more often


def ideal_discriminator(probe: Probe) -> Discriminator:
    """Return the line across that of the pointer states of levels 0 and 1 that errs the least.

    Its threshold is where P(1|0) + P(0|1) is least: for no jumps half way, otherwise nearer to
    level 0, because shots that relax late still lie between.

    Args:
        probe: of the readout resonator.

    Raises:
        ExperimentError: more than 0.1 % of the shots jump more than three times.
    """
    zero, one = probe.points(np.arange(2))
    axis = between(zero, one).axis

    def errors(threshold: float) -> float:
        """Return P(1|0) + P(0|1) - 1 at a threshold in standard deviations of the noise."""
        reads = reading_probabilities(probe, Discriminator(axis, threshold))
        return float(reads[0] - reads[1])

    ends = sorted(float(np.array(axis) @ point) for point in (zero, one))
    found = minimize_scalar(errors, bounds=ends, method="bounded", options={"xatol": 1e-6})
    return Discriminator(axis, float(found.x))


def reading_probabilities(probe: Probe, discriminator: Discriminator) -> FloatArray:
    """Return the probability to read 1 from levels 0, 1 and 2, (3,).

    P(1|j) = sum over paths of the integral of p(jump times) Phi(axis . S - threshold), with S the
    path's IQ point: Gauss-Legendre quadrature over up to three jumps. What jumps more often is
    left out of numerator and norm. Levels change during the delay before the probe, too.

    Args:
        probe: of the readout resonator, with the rates of the transmon's jumps.
        discriminator: the line between outcomes 0 and 1.

    Raises:
        ExperimentError: more than 0.1 % of the shots jump more often.
    """
    reads = [
        weights @ ndtr(discriminator.score(points)) for points, weights in _jumping_points(probe)
    ]
    return np.asarray(probe.waited @ np.array(reads))


@lru_cache(maxsize=16)
def _jumping_points(probe: Probe) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Return, from each level, the noiseless IQ points (M, 2) and their probabilities (M,)."""
    found = []
    for level in range(LEVELS):
        parts = [_path_points(probe, path) for path in _paths(probe, (level,))]
        points, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
        left_out = abs(1 - float(weights.sum()))
        if left_out > _MOST_LEFT_OUT:
            raise ExperimentError(
                "the transmon must seldom jump more than three times while it is read, but from"
                f" level {level} does so in {left_out:.1%} of the shots: lower"
                " dispersive.start_ns, integration_ns or relaxation_factor, or raise"
                " transmon.t1_us"
            )
        found.append((points, weights / weights.sum()))
    return tuple(found)


def _paths(probe: Probe, path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the sequences of levels that begin so, with up to three jumps."""
    yield path
    if len(path) <= max(_NODES):
        for level in np.flatnonzero(probe.rates[path[-1]]):
            yield from _paths(probe, (*path, int(level)))


def _path_points(probe: Probe, path: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Return the IQ points (N, 2) of a path at N nodes of its jump times, and their weights."""
    times, weights = _jump_times(probe.duration, len(path) - 1)
    ends = np.vstack([times, np.full(len(weights), probe.duration)])
    starts = np.vstack([np.zeros(len(weights)), times])
    field, signal = np.zeros(len(weights), dtype=complex), np.zeros(len(weights), dtype=complex)
    leaving = probe.rates.sum(axis=1)
    for level, start, end in zip(path, starts, ends, strict=True):
        added, field = probe.stretch(np.full(len(weights), level), start, end, field)
        signal += added
        weights = weights * np.exp(-leaving[level] * (end - start))
    # Density of the path: a rate for each jump, and survival in every level until it is left.
    weights = weights * np.prod([probe.rates[jump] for jump in pairwise(path)])
    return probe.quadratures(signal), weights


def _jump_times(duration: float, jumps: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes (jumps, N) and weights (N,) for integrals over increasing times."""
    if jumps == 0:
        return np.zeros((0, 1)), np.ones(1)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES[jumps])
    grids = np.meshgrid(*[(nodes + 1) / 2] * jumps, indexing="ij")
    factors = np.meshgrid(*[weights / 2] * jumps, indexing="ij")
    volume = np.prod([factor.ravel() for factor in factors], axis=0)
    times, last = [], np.zeros(volume.shape)
    for grid in grids:
        volume = volume * (duration - last)
        last = last + (duration - last) * grid.ravel()
        times.append(last)
    return np.stack(times), volume
