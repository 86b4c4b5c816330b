"""Checks of the model: whether the counts agree with it, what it corrects, what it keeps."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.estimators.agreement import Agreement
from analysis.estimators.arms.arms import ArmState
from analysis.estimators.expectation import Expectation
from analysis.results.tested import tested


def model_agreement(agreed: Agreement) -> dict[str, Any]:
    """Return the check that the counts agree with the model.

    Args:
        agreed: how the counts agree with it.
    """
    numbers = f"chi-square {agreed.chi_square:.0f} for {agreed.degrees} settings"
    outcome = "pass" if agreed.consistent else "fail"
    if agreed.consistent and agreed.widened > 1:
        outcome = "warn"
        text = (
            "the counts agree with the experiment file's device only if it is farther off than its"
            f" priors say: all of them were taken {agreed.widened:.1f} times as wide ({numbers});"
            " state in [priors] how well each of its values is known"
        )
    elif agreed.consistent:
        text = f"the counts agree with the experiment file's device within its priors ({numbers})"
    else:
        left = agreed.discrepancy
        each = f" and {max(left.by_arm.values()):.1g} of each Bloch component" if left else ""
        text = (
            f"the counts do not agree with the experiment file's device, whatever its priors allow"
            f" ({numbers}, p = {agreed.p_value:.1e});"
            f" {agreed.correction_uncertainty(0.0):.0%} of its corrections{each} is carried as"
            " uncertainty, and how far the fit moved them, so check the file's frequencies, rates,"
            " levels, readout and rise"
        )
    return tested(outcome, text, agreed.chi_square, agreed.degrees, agreed.p_value)


def readout_sequence(found: Mapping[str, ArmState]) -> dict[str, Any]:
    """Return the check that what is added before the readout is small.

    Args:
        found: states by arm.
    """
    largest = {arm: float(np.abs(result.offset).max()) for arm, result in found.items()}
    named = ", ".join(f"{value:.2f} ({arm})" for arm, value in largest.items())
    corrected = any(value > 0 for value in largest.values())
    statement = (
        "the coupler's closing, the pulses and leakage move a Bloch component by up to"
        f" {named}; the model's value was subtracted"
        if corrected
        else "what the coupler's closing and the pulses do to the state was not corrected"
    )
    return {
        "outcome": "warn" if max(largest.values()) > 0.1 or not corrected else "pass",
        "statement": statement,
        "largest": largest,
    }


def leakage(expected: Expectation) -> dict[str, Any]:
    """Return the check that the model leaves levels 0 and 1 by less than 5 %.

    Args:
        expected: what the experiment file predicts.
    """
    largest = {arm: float(values["leakage"].max()) for arm, values in expected.arms.items()}
    named = ", ".join(f"{100 * value:.1f} % ({arm})" for arm, value in largest.items())
    return {
        "outcome": "warn" if max(largest.values()) > 0.05 else "pass",
        "statement": f"population above level 1 reaches {named} by the model; the two-outcome"
        " readout cannot see it",
        "largest": largest,
    }


def fock_levels(expected: Expectation) -> dict[str, Any]:
    """Return the check that the model keeps as many photon numbers as the file says.

    Args:
        expected: what the experiment file predicts.
    """
    fock = expected.prediction.fock
    raised = fock.asked is not None and fock.levels > fock.asked
    return {
        "outcome": "warn" if raised else "pass",
        "statement": f"the model keeps {fock.statement}",
        "levels": fock.levels,
        "highest_population": fock.top,
    }
