"""What Zhao's texts say of the conditions: resonance, weak coupling, temperature, noise of data."""

from math import sqrt

import numpy as np

from analysis.papers.rule import Rule, under
from analysis.papers.zhao.claims.device import RUN
from analysis.papers.zhao.readings import CLAIMS_Z1, CLAIMS_Z2
from cqed_battery.experiment import Experiment
from cqed_battery.units import thermal_occupation
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth

_PANELS = {
    "Table I, panels (b) to (d)": (2.0, 0.01, 0.75),
    "Table I, panel (a), omega_c = 1": (2.0, 1.0, 0.75),
    "Table I, panel (a), omega_c = 2": (2.0, 2.0, 0.75),
}
"""omega_a, omega_c and g, in u."""
_DEVICE = {f"5 GHz and g / 2 pi = {g:g} MHz": (5000.0, 5000.0, g) for g in (50.0, 100.0)}


@CLAIMS_Z1.claim(22, "Model, Eq. 3", "2b")
@CLAIMS_Z2.claim(27, "Sec. II, Eq. 4", "2b")
@under(
    _PANELS | _DEVICE,
    Rule("|omega_a - omega_c| over g", "< 1"),
    "Panels (b) to (d) have the catalyst at a two-hundredth of the battery's frequency.",
)
def near_resonance(frequencies: tuple[float, float, float]) -> float:
    """The battery and the catalyst are coupled on resonance or near it.

    Compare the detuning with the coupling.
    """
    battery, catalyst, g = frequencies
    return abs(battery - catalyst) / g


@CLAIMS_Z2.claim(28, "Sec. II, Eq. 4", "2b")
@under(
    _PANELS | _DEVICE,
    Rule("g over the smaller frequency", "< 0.1"),
    "Where g exceeds the catalyst's frequency the terms that the rotating-wave approximation drops"
    " are as large as those it keeps.",
)
def weak_coupling(frequencies: tuple[float, float, float]) -> float:
    """The coupling is weak, as the rotating-wave approximation asks for.

    Compare the coupling with the frequencies.
    """
    battery, catalyst, g = frequencies
    return g / min(battery, catalyst)


@CLAIMS_Z2.claim(29, "Sec. V", "", drawing=RUN)
@under(
    {f"{mk:g} mK": mk for mk in (10.0, 50.0)},
    Rule("photons of the bath at 5 GHz", "< 0.001"),
    "A laboratory finds more: a transmon is excited to some per cent, by other than such photons.",
)
def bath_is_empty(temperature_mk: float) -> float:
    """At 10 mK the bath is as good as empty.

    Compute the bath's occupation.
    """
    return thermal_occupation(5.0, temperature_mk)


@CLAIMS_Z2.claim(30, "Sec. V", "", drawing=RUN)
@under(
    {
        f"g / 2 pi = {g:g} MHz over {words}": (g, rate)
        for g in (50.0, 100.0)
        for words, rate in (("gamma_D", 0.1), ("kappa = 0.5 MHz", 0.5), ("kappa = 5 MHz", 5.0))
    },
    Rule("g over the rate", "> 5"),
)
def strong_coupling(rates: tuple[float, float]) -> float:
    """The coupling of 50 to 100 MHz dominates dephasing and decay.

    Compare the coupling with the rates of the losses.
    """
    g, rate = rates
    return g / rate


_TENTH = "> 0.1"  # of the largest |J|: what still shows J with ten standard errors


@CLAIMS_Z2.claim(31, "Sec. V", "", drawing=RUN)
@under(
    {f"1000 shots every {step:g} ns": step for step in (2.0, 1.0, 0.5, 0.25)},
    Rule("standard error of dE/dt by differences over the largest |J|", _TENTH),
    "Differences of the neighbours on either side, of binomial counts at P = 1/2, without readout"
    " errors. The error goes with 1/step, so that the grid decides.",
)
def differences_are_noisy(step_ns: float) -> float:
    """Differentiating tomography data numerically is highly susceptible to shot noise.

    Compare the error of a difference with the largest J of the proposed device.
    """
    experiment = Experiment().replace({"vacuum.method": "none", "control.enabled": False})
    prediction = predict(experiment)
    truth = arm_truth(experiment, prediction, "catalysed")
    energy_error = 1 / (2 * sqrt(experiment.tomography.shots))  # of z/2, at z = 0
    slope_error = sqrt(2) * energy_error / (2 * step_ns)
    return slope_error / float(np.abs(truth["heat_current"]).max())
