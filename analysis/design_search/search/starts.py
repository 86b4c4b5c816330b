"""Where a search starts: a sample of its box, and resonances of which the steady states choose.

A resonance that cools is a ridge of a few MHz in a box of hundreds, which a sample misses.
"""

from collections.abc import Iterator
from itertools import cycle
from math import ceil, log2

import numpy as np
from scipy.stats import qmc

from analysis.design_search.box.box import Box
from analysis.design_search.point.merit import shortfall
from analysis.design_search.point.point import point_experiment
from analysis.design_search.point.steady_state import steady_arm
from analysis.design_search.search.resonances import MOVED, resonances, upon
from cqed_battery.compute.threads import one_thread
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import with_enough_levels

_PER_START = 24  # places upon resonances that are looked at for each that is taken
_HOPELESS = np.inf


@one_thread()
def starts(fixed: Experiment, box: Box, count: int, seed: int) -> list[FloatArray]:
    """Return places (K,) in the unit cube where a search starts, half of them upon resonances.

    These come first. They are those, of a sample moved upon resonances, whose steady states fall
    least short of the bars of gain and F.

    Args:
        fixed: the experiment whose other values stay.
        box: what is searched.
        count: of places, from 1.
        seed: of the samples.
    """
    plain = _sample(box, count, [seed, 0])
    ranked = sorted(_upon_resonances(fixed, box, count // 2, seed), key=lambda pair: pair[0])
    best = [place for _, place in ranked[: count // 2]]
    return best + plain[: count - len(best)]


def _sample(box: Box, count: int, seed: list[int]) -> list[FloatArray]:
    """Return places (K,) of a Sobol sequence."""
    if count == 0:
        return []
    sobol = qmc.Sobol(len(box.keys), seed=np.random.default_rng(seed))
    return list(sobol.random_base2(ceil(log2(count)))[:count])


def _upon_resonances(
    fixed: Experiment, box: Box, count: int, seed: int
) -> Iterator[tuple[float, FloatArray]]:
    """Yield places upon resonances with what they lack, `_PER_START` for each that is wanted."""
    if not {*MOVED} & {*box.keys}:
        return
    device = with_enough_levels(fixed)
    turns = cycle(resonances(device.transmon.kept_levels))
    for place, wanted in zip(_sample(box, _PER_START * count, [seed, 3]), turns, strict=False):
        moved = upon(device, box, place, wanted)
        if moved is not None:
            yield _lacking(device, box, moved), moved


def _lacking(fixed: Experiment, box: Box, place: FloatArray) -> float:
    """Return how far short of the bars of gain and F a place is, below 0 where it is beyond both.

    By its steady state, which knows of no charging time.
    """
    objective = box.objective
    try:
        experiment = point_experiment(fixed, box, box.values(place))
        driven, control = (steady_arm(experiment, arm) for arm in ("catalysed", "control"))
    except CqedBatteryError:
        return _HOPELESS
    if driven is None or control is None or not driven.trusted:
        return _HOPELESS
    gain, fidelity = driven.ergotropy - control.ergotropy, driven.vacuum_fidelity
    room = (fidelity - objective.least_fidelity) / (1 - objective.least_fidelity)
    missing = shortfall(gain, fidelity, objective)
    return missing if missing > 0 else -min(gain - objective.least_gain, room)
