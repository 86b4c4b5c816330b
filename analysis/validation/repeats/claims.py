"""Each claim of a run beside its truth: what was said of it, and whether the truth contradicts."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.estimators.ergotropy.gain import averaging
from analysis.observations import GAIN, GAIN_MEASURES, HEAT, VACUUM, Judgement, Outcome
from analysis.results import Results
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray

_SLIP = 0.01  # of F beyond its bar before "fails" is wrong


@dataclass(frozen=True)
class Claimed:
    """What a run said of one claim.

    Args:
        outcome: of the verdict.
        std: standard error of the number that it rests on; nan where there is none.
        effect: the true number less its bar, above 0 where the claim is true.
        room: effect that a claim may have and still be said to fail.
    """

    outcome: Outcome
    std: float
    effect: float
    room: float

    @property
    def contradicts(self) -> bool:
        """Whether it holds where the truth is on the other side, or fails where it is there."""
        if self.outcome == "holds":
            return self.effect < 0
        return self.outcome == "fails" and self.effect > self.room

    @property
    def strength(self) -> float:
        """How many standard errors the true number lies from its bar, on either side."""
        return abs(self.effect) / self.std if self.std > 0 else np.inf


def claims_of(results: Results, truth: xr.Dataset, file: Experiment) -> dict[str, Claimed]:
    """Return what a run's verdict says of each claim for which there is a number.

    Args:
        results: of the run.
        truth: of the emulated run, its group `truth`.
        file: what the analysis read.
    """
    verdict, options = results.verdict, file.analysis
    room, bar = options.smallest_effect, options.vacuum_fidelity_threshold
    fidelity = float(truth.vacuum_fidelity.sel(arm="catalysed")[-1])
    said: tuple[tuple[str, Judgement, float, float, float], ...] = (
        (HEAT.key, verdict.heat, 0.0, _exchanged(results, truth), room),
        (GAIN.key, verdict.gain, 0.0, _gained(file, truth), room),
        (VACUUM.key, verdict.vacuum, bar, fidelity - bar, _SLIP),
    )
    return {
        key: Claimed(found.outcome, _std(found, bar), effect, room)
        for key, found, bar, effect, room in said
        if found.value is not None and np.isfinite(effect)
    }


def _std(found: Judgement, bar: float) -> float:
    if not found.significance or found.value is None:
        return np.nan
    return abs((abs(found.value) if not bar else found.value - bar) / found.significance)


def _exchanged(results: Results, truth: xr.Dataset) -> float:
    """Return what left through the coupling by the time that the verdict takes."""
    time = results["verdict"][HEAT.key]["time"]
    gone = truth.exchange.sel(arm="catalysed")
    return -float(gone.sel(time=time, method="nearest"))


def _gained(file: Experiment, truth: xr.Dataset) -> float:
    """Return the least of the three measures of the true gain; nan without a control."""
    if truth.sizes["arm"] < 2:
        return np.nan
    means = {arm: _measures(file, truth.sel(arm=arm)) for arm in truth.arm.values}
    return float(np.min(means["catalysed"] - means["control"]))


def _measures(file: Experiment, arm: xr.Dataset) -> FloatArray:
    bloch, ergotropy = arm.bloch.values, arm.ergotropy.values
    found = [averaging(file, arm.time.values, name, bloch) @ ergotropy for name in GAIN_MEASURES]
    return np.array(found)
