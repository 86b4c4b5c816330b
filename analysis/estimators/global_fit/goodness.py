"""Whether to believe the fitted model, and whether the data needs the resonator at all."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.estimators.global_fit.fit import GlobalFit, fit_counts
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import COUPLING
from analysis.estimators.linear import share_of_ones
from cqed_battery.compute.threads import one_thread
from cqed_battery.operators import FloatArray

LEVEL = 0.05  # false alarms of the goodness of fit
_REPEATS = 1999  # draws: the least p-value is 1/2000
_MOST_ELEMENTS = 2**21  # of counts drawn at once: 16 MB


@dataclass(frozen=True)
class Goodness:
    """Deviance of the fit against its own bootstrap."""

    deviance: float
    settings: int
    expected: float
    p_value: float

    @property
    def consistent(self) -> bool:
        """Whether the model describes the counts."""
        return self.p_value >= LEVEL


@one_thread()
def goodness(fit: GlobalFit, seed: int) -> Goodness:
    """Compare the deviance with that of counts drawn from the fitted model.

    Each draw is fitted again to first order: the part of its standardised residuals (with
    draws of the priors below) that the parameters can follow is taken off. So few counts, where
    the chi-square distribution is wrong, need no approximation.

    Args:
        fit: the global fit.
        seed: of the draws.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    base = np.linalg.qr(fit.linear.rows)[0]
    settings = len(fit.counts.shots)
    rows = max(1, _MOST_ELEMENTS // settings)
    sizes = [min(rows, _REPEATS - done) for done in range(0, _REPEATS, rows)]
    parts = [_drawn(fit, base[:settings], rng, size) for size in sizes]
    drawn, explained = (np.concatenate(part) for part in zip(*parts, strict=True))
    informed = np.array([np.isfinite(p.prior) for p in fit.parameters])
    pulls = rng.normal(size=(_REPEATS, len(informed))) * informed
    explained = explained + pulls @ base[settings:]
    drawn = drawn + (pulls**2).sum(axis=1) - (explained**2).sum(axis=1)
    above = int((drawn >= fit.deviance).sum())
    return Goodness(fit.deviance, fit.settings, float(drawn.mean()), (1 + above) / (1 + _REPEATS))


def _drawn(
    fit: GlobalFit, base: FloatArray, rng: np.random.Generator, size: int
) -> tuple[FloatArray, FloatArray]:
    """Return the deviances (size,) of drawn counts, and what of them the parameters follow."""
    shots, frequency = fit.counts.shots, np.clip(fit.frequency, 1e-9, 1 - 1e-9)
    ones = rng.binomial(shots, frequency, size=(size, len(shots)))
    spread = np.sqrt(shots / (frequency * (1 - frequency)))
    residuals = spread * (share_of_ones(ones, shots) - frequency)
    return replace(fit.counts, ones=ones).deviance(frequency), residuals @ base


@dataclass(frozen=True)
class ResonatorTest:
    """Likelihood ratio of the fit against g = 0; significance in standard deviations."""

    ratio: float
    significance: float


def resonator_test(fit: GlobalFit, model: ForwardModel) -> ResonatorTest:
    """Test the coupling against zero by the likelihood ratio, at the boundary g >= 0.

    The other parameters are fitted again with g = 0; half of the null distribution sits at
    ratio 0 (Chernoff, Ann. Math. Statist. 25, 573), so the significance is its square root.

    Args:
        fit: the global fit, with the coupling among its parameters.
        model: the forward model that was fitted.

    Raises:
        FitError: the fit with g = 0 does not converge.
    """
    free = tuple(p for p in model.free if p.name != COUPLING)
    closed = ForwardModel(model.experiment, free, {COUPLING: 0.0})
    null = fit_counts(closed, fit.counts, close=0.1, wrong=True)
    ratio = max(null.deviance - fit.deviance, 0.0)
    return ResonatorTest(ratio, float(np.sqrt(ratio)))
