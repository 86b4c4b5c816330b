"""Whether to believe the analysis: checks with an outcome, numbers and a sentence each."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import chdtrc

from analysis.data.inputs import Inputs
from analysis.estimators.arms import ArmResult, ArmState
from analysis.estimators.expectation import Agreement, Expectation, chi_square
from analysis.estimators.extraction import extraction_check
from analysis.estimators.observed import Observed
from analysis.estimators.qutrit import qutrit_check
from analysis.estimators.vacuum import VacuumFidelity
from analysis.estimators.windows import heat_window_end
from analysis.invariants import invariants
from analysis.plausibility import plausible, states, vacuum_range
from analysis.unmeasured import unmeasured
from cqed_battery.experiment import Experiment
from cqed_battery.units import TWO_PI, angular_from_ghz, angular_from_mhz
from protocols.resonator import exchange_times, measurement_of

_HALF_TURN = 0.5 + 1e-9  # of an oscillation between two times, beyond which they alias
_LAST = ("null_channel", "vacuum_range", "sum_rule", "exchange_times", "data")
_READOUT = 2  # causes that come first: P(1|0) and P(0|1)
_NULL = 0.3  # standard errors below which the model's y does not show in its chi-square


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
        "time_grid": _time_grid(inputs, expected, found["catalysed"]),
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
        "model_agreement": _model(agreed),
        "readout_sequence": _readout_sequence(found),
        "leakage": _leakage(expected),
        "fock_levels": _fock(expected),
        "invariants": invariants(expected),
        "states": states(data, found),
        "file": plausible(inputs.experiment),
        "readout": _readout(inputs),
    }
    null = _null_channel(data, found, filed)
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


def _model(agreed: Agreement) -> dict[str, Any]:
    numbers = f"chi-square {agreed.chi_square:.0f} for {agreed.degrees} settings"
    if agreed.consistent:
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
    return {
        "outcome": "pass" if agreed.consistent else "fail",
        "statement": text,
        "chi2": agreed.chi_square,
        "degrees_of_freedom": agreed.degrees,
        "p_value": agreed.p_value,
    }


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


def _readout_sequence(found: Mapping[str, ArmState]) -> dict[str, Any]:
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


def _time_grid(inputs: Inputs, expected: Expectation, catalysed: ArmResult) -> dict[str, Any]:
    """Simpson's rule on the charging times must be close to the model's own integral."""
    index = heat_window_end(inputs.experiment, expected, inputs.times)
    bias, std = float(catalysed.heat.bias[index]), float(catalysed.heat.std[index])
    coarse = abs(bias) > max(std, 0.1 * abs(float(catalysed.heat.value[index])))
    statement = (
        f"the charging times are too far apart for the integral of P: Simpson's rule is"
        f" {bias:+.3f} hbar w_q off at t = {inputs.times[index]:g} ns by the model; measure more"
        " times"
        if coarse
        else f"the charging times are close enough for the integral of P ({bias:+.0e} hbar w_q off)"
    )
    return {"outcome": "warn" if coarse else "pass", "statement": statement, "bias": bias}


def exchange_grid(experiment: Experiment) -> dict[str, Any]:
    """Two exchange times must lie within each turn of battery and photon, or F rests on little.

    A photon and the battery exchange at sqrt(4 g^2 + D^2), g the coupling, D the detuning.

    Args:
        experiment: the experiment file's content.
    """
    detuning = experiment.resonator.frequency_GHz - experiment.transmon.frequency_GHz
    coupling = angular_from_mhz(experiment.coupler.g_on_MHz)
    angular = float(np.hypot(2 * coupling, angular_from_ghz(detuning)))
    step = float(np.diff(exchange_times(experiment)).max())
    turns = angular * step / TWO_PI
    needed = int(np.ceil(turns / _HALF_TURN * (experiment.vacuum.points - 1))) + 1
    apart = f"the exchange times are {step:.3g} ns apart, {turns:.2g} of a turn of the oscillation"
    return {
        "outcome": "warn" if turns > _HALF_TURN else "pass",
        "statement": (
            f"{apart}, which so few cannot follow (aliasing), and F is poorly known: set"
            f" vacuum.points to {needed} or more, or vacuum.stop_ns lower"
            if turns > _HALF_TURN
            else f"{apart} between photon and battery"
        ),
        "turns": turns,
    }


def _leakage(expected: Expectation) -> dict[str, Any]:
    largest = {arm: float(values["leakage"].max()) for arm, values in expected.arms.items()}
    named = ", ".join(f"{100 * value:.1f} % ({arm})" for arm, value in largest.items())
    return {
        "outcome": "warn" if max(largest.values()) > 0.05 else "pass",
        "statement": f"population above level 1 reaches {named} by the model; the two-outcome"
        " readout cannot see it",
        "largest": largest,
    }


def _fock(expected: Expectation) -> dict[str, Any]:
    fock = expected.prediction.fock
    raised = fock.asked is not None and fock.levels > fock.asked
    return {
        "outcome": "warn" if raised else "pass",
        "statement": f"the model keeps {fock.statement}",
        "levels": fock.levels,
        "highest_population": fock.top,
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


def _null_channel(
    data: Observed, found: Mapping[str, ArmState], filed: Expectation
) -> dict[str, Any] | None:
    """Test y against 0 in the arms where the file has none: by symmetry, whatever g and Omega.

    As it is measured, no pulse corrected, against the file's own device, which no fit has moved.
    The little that the file has is subtracted. The readout's calibration moves y at all times of
    both arms together, so its errors enter the covariance.
    """
    measured = {arm: part.bloch for arm, part in found.items() if part.bloch.measured[:, 1].any()}
    parts = {
        arm: bloch
        for arm, bloch in measured.items()
        if np.abs(filed.arms[arm]["measured_bloch"][:, 1]).max() <= _NULL * bloch.std[:, 1].min()
    }
    if not parts:
        return None
    names, taken = list(parts), [bloch.measured[:, 1] for bloch in parts.values()]
    model = [filed.arms[a]["measured_bloch"] - data.offset(a) for a in names]
    beyond = [bloch.linear - own for bloch, own in zip(parts.values(), model, strict=True)]
    y = np.concatenate([part[at, 1] for part, at in zip(beyond, taken, strict=True)])
    both = list(zip(parts.values(), taken, strict=True))
    variance = np.concatenate([bloch.shot[at, 1] for bloch, at in both])
    shared = np.concatenate([bloch.shared[at, 1, :_READOUT] for bloch, at in both])
    square, degrees = chi_square(y, variance, shared), len(y)
    p_value = float(chdtrc(degrees, square))
    return {
        "outcome": _grade(p_value, 1e-3, 1e-6),
        "statement": "y, which no coupling or Rabi rate can raise here, is compatible with 0 to p"
        f" = {p_value:.2g} ({' and '.join(names)}; chi-square {square:.0f} for {degrees} times); if"
        " not, suspect a detuning or the phase of the tomography pulses",
        "chi2": square,
        "degrees_of_freedom": degrees,
        "p_value": p_value,
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
        "outcome": _grade(-sigmas, -3.0, -5.0),
        "statement": f"the measured F lies {abs(sigmas):.1f} sigma {said} the bound F >= 1 - n that"
        " the battery's energy and the drive's work imply",
        "sigmas": -sigmas,
    }


def _grade(value: float, warn: float, fail: float) -> str:
    """Return "pass" down to `warn`, "warn" down to `fail`, and "fail" below."""
    return "pass" if value >= warn else "warn" if value >= fail else "fail"
