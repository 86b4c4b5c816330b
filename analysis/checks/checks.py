"""All checks of one analysis, by name, in the order in which they are shown."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.checks.grade import grade
from analysis.checks.grids import exchange_grid, time_grid
from analysis.checks.invariants import invariants
from analysis.checks.null_channel import null_channel
from analysis.checks.of_model import fock_levels, leakage, model_agreement, readout_sequence
from analysis.checks.plausibility import plausible, states, vacuum_range
from analysis.checks.unmeasured import unmeasured
from analysis.data.inputs import Inputs
from analysis.estimators.agreement import Agreement
from analysis.estimators.arms.arms import ArmResult, ArmState
from analysis.estimators.ergotropy.extraction import extraction_check
from analysis.estimators.expectation import Expectation
from analysis.estimators.observed import Observed
from analysis.estimators.state.qutrit import qutrit_check
from analysis.estimators.vacuum.fidelity import VacuumFidelity
from analysis.estimators.windows import heat_window_end
from protocols.resonator import measurement_of

_LAST = ("null_channel", "vacuum_range", "sum_rule", "exchange_times", "data")


def checks(
    inputs: Inputs,
    data: Observed,
    agreed: Agreement,
    found: dict[str, ArmResult],
    vacuum: VacuumFidelity | None,
    bound: dict[str, Any] | None,
    filed: Expectation,
) -> dict[str, Any]:
    """Return the checks by name, each with "outcome" pass, warn or fail and a "statement".

    `state_checks` and those of what is made of moments of one pulse. `vacuum` is the measured F, if
    any; `bound` the sum rule's lower bound on it, if it holds.

    Args:
        inputs: the checked dataset.
        data: its frequencies, and the model.
        agreed: how the counts agree with the model.
        found: estimates by arm, the catalysed one among them.
        vacuum: the measured F, None where it was not measured.
        bound: the sum rule's lower bound on F: "value" and "std".
        filed: what the file's own device is expected to do.
    """
    expected = data.expected
    of_states = state_checks(inputs, data, agreed, found, vacuum, filed)
    results = {
        "model_agreement": of_states["model_agreement"],
        "envelope_fits": _envelopes(found),
        "readout_sequence": of_states["readout_sequence"],
        "time_grid": time_grid(inputs, expected, found["catalysed"]),
        **of_states,
    }
    if (missing := unmeasured(data, found)) is not None:
        results["unmeasured"] = missing
    if "control" in found and not np.any(found["control"].heat.room):
        results["control_heat"] = _control(inputs, expected, found["control"])
    if vacuum is not None and bound is not None:
        results["sum_rule"] = sum_rule(vacuum, bound)
    return {name: found for name, found in results.items() if name not in _LAST} | {
        name: results[name] for name in _LAST if name in results
    }


def state_checks(
    inputs: Inputs,
    data: Observed,
    agreed: Agreement,
    found: Mapping[str, ArmState],
    vacuum: VacuumFidelity | None,
    filed: Expectation,
) -> dict[str, Any]:
    """Return the checks of states, readout, model and file, whatever the settings sweep.

    Args:
        inputs: the checked dataset.
        data: its frequencies, and the model.
        agreed: how the counts agree with the model.
        found: states by arm, the catalysed one among them.
        vacuum: the measured F, None where it was not measured.
        filed: what the file's own device is expected to do.
    """
    expected = data.expected
    results = {
        "model_agreement": model_agreement(agreed),
        "readout_sequence": readout_sequence(found),
        "leakage": leakage(expected),
        "fock_levels": fock_levels(expected),
        "invariants": invariants(expected),
        "states": states(data, found),
        "file": plausible(inputs.experiment),
        "readout": _readout(inputs),
    }
    null = null_channel(data, {arm: part.bloch for arm, part in found.items()}, filed)
    if null:
        results["null_channel"] = null
    if vacuum is not None:
        results["vacuum_range"] = vacuum_range(vacuum)
        if measurement_of(inputs.experiment).traces_oscillate:
            results["exchange_times"] = exchange_grid(inputs.experiment)
    if data.settings.extraction_places:
        results["extraction"] = extraction_check(data)
    if data.settings.qutrit_places:
        results["qutrit"] = qutrit_check(data)
    if inputs.notes:
        results["data"] = {"outcome": "warn", "statement": "; ".join(inputs.notes)}
    return results


def _envelopes(found: dict[str, ArmResult]) -> dict[str, Any]:
    fits = {
        f"{arm} {axis}": fit
        for arm, result in found.items()
        for axis, fit in zip("xyz", result.smooth.sinusoids, strict=True)
        if fit is not None
    }
    worst = {n: fit.reduced_chi_square for n, fit in fits.items() if fit.variance_inflation > 1}
    named = ", ".join(f"{name} ({value:.2f})" for name, value in worst.items())
    sinusoids = bool(fits)
    method = "damped sinusoids describe" if sinusoids else "Gaussian processes describe"
    return {
        "outcome": "warn" if worst else "pass",
        "statement": (
            f"damped sinusoids do not describe {named} (reduced chi-square); bands were widened"
            if worst
            else f"{method} every Bloch component"
        ),
    }


def _readout(inputs: Inputs) -> dict[str, Any]:
    found = inputs.assignment
    return {
        "outcome": "pass" if found.contrast > 0.5 else "warn",
        "statement": f"P(1|0) = {found.p1_given_0:.4f} +- {found.p1_given_0_std:.4f}, P(0|1) ="
        f" {found.p0_given_1:.4f} +- {found.p0_given_1_std:.4f} from the calibration shots",
        "p1_given_0": found.p1_given_0,
        "p0_given_1": found.p0_given_1,
    }


def _control(inputs: Inputs, expected: Expectation, control: ArmResult) -> dict[str, Any]:
    """The control has no resonator to heat: its S must vanish but for T1 and leakage."""
    index = heat_window_end(inputs.experiment, expected, inputs.times)
    model = float(expected.arms["control"]["heat_integral"][index])
    value, std = float(control.heat.value[index]), float(control.heat.std[index])
    sigmas = abs(value - model) / std
    outcome = "pass" if sigmas < 3 else "warn" if sigmas < 5 else "fail"
    return {
        "outcome": outcome,
        "statement": f"the control's heat up to t = {inputs.times[index]:g} ns is {value:+.4f} +-"
        f" {std:.4f} hbar w_q, {model:+.4f} by T1 and leakage: {sigmas:.1f} sigma apart",
        "value": value,
        "std": std,
        "expected": model,
    }


def sum_rule(vacuum: VacuumFidelity, bound: Mapping[str, Any]) -> dict[str, Any]:
    """Return a check: the measured F must not lie below the sum rule's bound 1 - n.

    Args:
        vacuum: the measured F.
        bound: the sum rule's lower bound on F: "value" and "std".
    """
    excess = float(bound["value"]) - vacuum.value
    sigmas = excess / float(np.hypot(bound["std"], vacuum.std))
    said = "above" if excess < 0 else "below"
    return {
        "outcome": grade(-sigmas, -3.0, -5.0),
        "statement": f"the measured F lies {abs(sigmas):.1f} sigma {said} the bound F >= 1 - n that"
        " the battery's energy and the drive's work imply",
        "sigmas": -sigmas,
    }
