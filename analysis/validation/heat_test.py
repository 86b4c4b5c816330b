"""The test of J < 0 by S, in standard errors, as null runs need it."""

from dataclasses import dataclass

import numpy as np

from analysis.data.inputs import Inputs
from analysis.estimators.bloch import BlochEstimate, estimate_bloch
from analysis.estimators.expectation import Agreement, Expectation
from analysis.estimators.heat import (
    Estimate,
    LinearFunctional,
    corrected,
    heat_integral_functional,
    with_rabi_uncertainty,
)


@dataclass(frozen=True)
class HeatSigmas:
    """How many standard errors S(t1) lies below what T1 and leakage alone would make it.

    verdict: with every systematic of the analysis; statistical: shot noise, readout
    calibration and the Rabi rate's error only.
    """

    verdict: float
    statistical: float


def heat_sigmas(inputs: Inputs, expected: Expectation, agreed: Agreement, index: int) -> HeatSigmas:
    """Return the test of S(t1) < 0 in the catalysed arm at times[index].

    S(t1) = E(t1) - E(0) - integral of P, less the grid's bias; both as the analysis takes them.
    """
    functional = heat_integral_functional(inputs.experiment, inputs.times)
    alone = float(expected.arms["catalysed"]["heat_integral"][index])
    trust = agreed.trust(inputs.experiment.analysis.correction_uncertainty)
    found = [
        _sigmas(_heat(inputs, expected, functional, known), alone, index) for known in (trust, 0.0)
    ]
    return HeatSigmas(*found)


def _sigmas(heat: Estimate, alone: float, index: int) -> float:
    return (alone - float(heat.value[index])) / float(heat.std[index])


def _heat(
    inputs: Inputs, expected: Expectation, functional: LinearFunctional, trust: float
) -> Estimate:
    """Return S of the catalysed arm; `trust` is the model's corrections' relative error."""
    experiment, model = inputs.experiment, expected.arms["catalysed"]
    bloch = _bloch(inputs, expected, trust)
    heat = functional.estimate(bloch)
    work = bloch.linear[:, 2] / 2 - bloch.linear[0, 2] / 2 - heat.value
    heat = corrected(heat, functional.of(model["bloch"]) - model["heat_integral"], trust)
    return with_rabi_uncertainty(heat, work, experiment.analysis.rabi_rate_uncertainty)


def _bloch(inputs: Inputs, expected: Expectation, trust: float) -> BlochEstimate:
    offset = expected.offset("catalysed")
    probability = expected.prediction.arms["catalysed"].probability
    frequency = inputs.assignment.frequency(probability)
    scatter = None if trust < 1 else np.sqrt((offset**2).mean(axis=0))
    counts = inputs.counts["catalysed"]
    return estimate_bloch(counts, inputs.assignment, offset, trust, frequency, scatter)
