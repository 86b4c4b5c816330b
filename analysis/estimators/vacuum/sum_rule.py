"""The mean photon number from the battery's own data, by a sum rule: F is at least 1 - n."""

from dataclasses import replace

import numpy as np

from analysis.estimators.expectation import Expectation
from analysis.estimators.heat.current import LinearFunctional
from analysis.estimators.heat.estimate import RABI, Estimate, corrected, with_cause
from analysis.estimators.heat.integral import HeatIntegral
from analysis.estimators.state.bloch import BlochEstimate
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz, rate_from_t1_us


def photon_number_estimate(
    experiment: Experiment,
    times: FloatArray,
    data: BlochEstimate,
    expected: Expectation | None,
    correction_uncertainty: float = 0.0,
) -> Estimate:
    """Return the mean photon number at the last time from the battery's own data, shape (1,).

    Sum rule: what left the battery, N(t) = -S(t) - Gamma1 integral (1+z)/2, is n(t) + kappa
    integral of n, so n(t) = N(t) - kappa integral exp(-kappa (t-s)) N(s) ds. The vacuum
    fidelity is at least 1 - n. The model's own n, where there is one, corrects for the third
    level and the grid, known to the relative standard error `correction_uncertainty`.

    Args:
        experiment: the experiment file's content, for kappa, T1 and the design of the drive.
        times: charging times in ns, increasing, (T,).
        data: Bloch vectors of the catalysed arm with their errors.
        expected: the model that corrects; None without corrections.
        correction_uncertainty: relative standard error of the correction, at least 0.
    """
    kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)
    relaxation = rate_from_t1_us(experiment.transmon.t1_us) / 2
    heat = HeatIntegral.at(experiment, times, measured=data.measured)
    last = np.zeros(len(times))
    last[-1] = 1.0
    kernel = -kappa * np.exp(-kappa * (times[-1] - times)) * heat.rule.adjoint(last)
    kernel[-1] += 1.0  # N(t) itself
    excited = np.zeros((len(times), 3))
    excited[:, 2] = relaxation * heat.rule.adjoint(kernel)
    if heat.gaps is not None:
        excited = heat.gaps.adjoint(excited)
    weights = -heat.adjoint(kernel) - excited
    functional = LinearFunctional(weights[None])
    constant = -relaxation * float(kernel @ (times - times[0]))
    device, beside = expected.device if expected else None, None
    if device is not None:
        model = device.arms["catalysed"]
        moved = np.einsum("qti,tip->qp", functional.weights, model["bloch"])
        beside = moved - model["photon_number"][-1:]
    found = functional.estimate(data, beside)
    found = replace(found, value=found.value + constant)
    if device is None:
        work = LinearFunctional(functional.weights * np.array([1.0, 1.0, 0.0])).of(data.linear)
        found = with_cause(found, RABI, experiment.priors.rabi_rate * work)
    if expected is None:
        return found
    model = expected.arms["catalysed"]
    bias = functional.of(model["bloch"]) + constant - model["photon_number"][-1:]
    return corrected(found, bias, correction_uncertainty)
