"""The test of J < 0 by S, in standard errors, as null runs need it."""

from dataclasses import dataclass, replace

from analysis.estimators.heat_integral import heat_integrals
from analysis.estimators.observed import Observed


@dataclass(frozen=True)
class HeatSignificance:
    """How many standard errors S(t1) lies below what T1 and leakage alone would make it.

    verdict: with every cause of error of the analysis; statistical: shot noise, readout
    calibration and the Rabi rate's error only.
    """

    verdict: float
    statistical: float


def heat_significance(data: Observed, index: int) -> HeatSignificance:
    """Return the test of S(t1) < 0 in the catalysed arm at times[index]."""
    model_free = replace(data, correction_uncertainty=0.0, consistent=True)
    return HeatSignificance(_significance(data, index), _significance(model_free, index))


def _significance(data: Observed, index: int) -> float:
    heat, _ = heat_integrals(data, "catalysed")
    alone = float(data.expected.arms["catalysed"]["heat_integral"][index])
    return (alone - float(heat.value[index])) / float(heat.std[index])
