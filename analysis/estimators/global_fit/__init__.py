"""The global fit: one likelihood of all counts with the device model as forward model."""

from analysis.estimators.global_fit.fit import FitError, GlobalFit, fit_counts
from analysis.estimators.global_fit.goodness import Goodness, goodness, resonator_test
from analysis.estimators.global_fit.likelihood import Counts
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import (
    Parameter,
    choose,
    default_parameters,
    with_priors,
)

__all__ = [
    "Counts",
    "FitError",
    "ForwardModel",
    "GlobalFit",
    "Goodness",
    "Parameter",
    "choose",
    "default_parameters",
    "fit_counts",
    "goodness",
    "resonator_test",
    "with_priors",
]
