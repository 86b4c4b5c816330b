"""Delay, ring-up, filter, probe frequency and amplifier of the dispersive readout."""

from math import exp, inf, pi, sqrt

import numpy as np
import pytest
from oracles import agrees
from scipy.integrate import cumulative_simpson, simpson
from scipy.stats import norm

from cqed_battery import Experiment
from protocols.readout import (
    assignment_errors,
    ideal_discriminator,
    reading_probabilities,
    readout_ns,
)
from protocols.readout.pointer_states import draw_points, probe_of
from protocols.sequence.choice import chosen_setting
from protocols.sequence.sequence import sequence_of

SHOTS = 40_000
FILTERED = {
    "dispersive.start_ns": 90.0,
    "dispersive.integration_ns": 200.0,
    "dispersive.bandwidth_MHz": 4.0,
}
QUIET = {"transmon.t1_us": inf}


def dispersive(changes):
    return Experiment().replace({"readout.model": "dispersive", **changes})


def angular(mhz):
    return 2e-3 * pi * mhz


def fields(section, times):
    """Return fields of levels 0 and 1 since the probe came on, (2, T), by their closed form."""
    chi, kappa = angular(section.chi_MHz), angular(section.linewidth_MHz)
    poles = kappa / 2 + 1j * (np.array([chi, -chi]) - angular(section.probe_MHz))
    steady = sqrt(section.photons) * np.abs(poles).min() / poles
    return steady[:, None] * -np.expm1(-poles[:, None] * times)


def filtered(signal, times, rate):
    """Return b times the integral of exp(-b (t - s)) signal(s) from the first time, (..., T)."""
    grown = cumulative_simpson(signal * np.exp(rate * times), x=times, initial=0)
    return rate * np.exp(-rate * times) * grown


@pytest.mark.parametrize("weights", ["optimal", "boxcar"])
@pytest.mark.parametrize("amplifier", ["phase-preserving", "phase-sensitive"])
@pytest.mark.parametrize("probe_mhz", [0.0, -0.7])
def test_points_are_those_of_signal_and_noise_filtered_step_by_step(weights, amplifier, probe_mhz):
    """Signal through the filter, its window integrated; noise exp(-b |t - s|) b/2 integrated."""
    kinds = {"dispersive.weights": weights, "dispersive.amplifier": amplifier}
    experiment = dispersive(FILTERED | kinds | {"dispersive.probe_MHz": probe_mhz})
    section, rate = experiment.dispersive, angular(4.0)
    times = np.linspace(0, 290.0, 5801)
    behind = filtered(fields(section, times), times, rate)[:, 1800:]
    window = times[1800:]
    kept = np.conj(behind[1] - behind[0]) if weights == "optimal" else np.ones(len(window))
    coarse = slice(None, None, 4)
    grid, w = window[coarse], kept[coarse]
    memory = rate / 2 * np.exp(-rate * np.abs(grid[:, None] - grid))
    noise = simpson(simpson(memory * np.outer(w, w.conj()), x=grid), x=grid).real / 2
    scale = sqrt(section.efficiency * angular(section.linewidth_MHz) / noise)
    expected = scale * simpson(kept * behind, x=window)
    if amplifier == "phase-sensitive":
        axis = np.conj(expected[1] - expected[0]) / abs(expected[1] - expected[0])
        expected = sqrt(2) * (axis * expected).real + 0j
    found = probe_of(experiment).points(np.arange(2)) @ [1, 1j]
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_a_fast_filter_is_none():
    """At 10 GHz of bandwidth the points are those without a filter, to kappa over it."""
    plain = dispersive({"dispersive.start_ns": 40.0})
    fast = plain.replace({"dispersive.bandwidth_MHz": 1e4})
    one, other = (probe_of(each).points(np.arange(3)) for each in (plain, fast))
    np.testing.assert_allclose(other, one, rtol=2e-3)


def test_a_narrow_filter_tells_less():
    """A filter far below 1/window smears the ring-up into the window and keeps its noise."""
    contrasts = [
        assignment_errors(dispersive({"dispersive.bandwidth_MHz": width} | QUIET)).contrast
        for width in (inf, 3.0, 0.3)
    ]
    assert contrasts[0] > contrasts[1] > contrasts[2]


def test_a_filter_at_a_pole_of_the_resonator_is_no_special_case():
    """A rate of kappa/2 on the probed level's resonance gives what its neighbours give."""
    common = FILTERED | {"dispersive.probe_MHz": -1.0, "dispersive.linewidth_MHz": 8.0}
    below, at, above = (
        probe_of(dispersive(common | {"dispersive.bandwidth_MHz": width})).points(np.arange(2))
        for width in (3.999, 4.0, 4.001)
    )
    np.testing.assert_allclose(at, (below + above) / 2, rtol=1e-4)


@pytest.mark.parametrize("delay", [0.0, 300.0, 2000.0])
def test_levels_relax_during_the_delay(delay):
    """p_eq + (p - p_eq) exp(-G t), G = Gamma1 (2 n + 1): in the law and in drawn shots."""
    device = {"transmon.t1_us": 3.0, "transmon.residual_excitation": 0.1}
    still = {"dispersive.relaxation_factor": 0.0, "dispersive.excitation_factor": 0.0}
    experiment = dispersive(device | still)
    line = ideal_discriminator(probe_of(experiment))
    at_once = reading_probabilities(probe_of(experiment), line)
    waiting = probe_of(experiment.replace({"dispersive.delay_ns": delay}))
    left = exp(-delay / 3000 / (1 - 2 * 0.1))  # 2 n + 1 = 1/(1 - 2 p) at p = 0.1
    ones = 0.1 + (np.array([0.0, 1.0]) - 0.1) * left
    expected = at_once[0] + (at_once[1] - at_once[0]) * ones
    found = reading_probabilities(waiting, line)
    # The upward jump from level 1, which the two levels of the closed form leave out.
    np.testing.assert_allclose(found[:2], expected, atol=2 * 0.1 * (1 - left))
    rng = np.random.default_rng(4)
    drawn = [line.reads_1(draw_points(waiting, np.full(SHOTS, j), rng)).sum() for j in range(3)]
    assert agrees(drawn, SHOTS, found)


def test_the_delay_at_zero_temperature_is_the_exponential():
    """P(1|1) falls as exp(-t/T1) from that without a delay, and P(1|0) stays."""
    still = {"dispersive.relaxation_factor": 0.0, "transmon.residual_excitation": 0.0}
    experiment = dispersive(still | {"transmon.t1_us": 2.0})
    at_once = assignment_errors(experiment)
    later = assignment_errors(experiment.replace({"dispersive.delay_ns": 500.0}))
    assert later.p1_given_0 == pytest.approx(at_once.p1_given_0, abs=1e-6)
    assert later.contrast == pytest.approx(at_once.contrast * exp(-0.25), rel=1e-6)


def test_late_integration_sees_the_steady_state():
    """Long after the probe came on the distance is sqrt(2 eta kappa T) |alpha_1 - alpha_0|."""
    keys = {"dispersive.start_ns": 5000.0, "dispersive.weights": "boxcar"}
    experiment = dispersive(keys | QUIET)
    section = experiment.dispersive
    zero, one = fields(section, np.array([1e4]))[:, 0]
    kappa = angular(section.linewidth_MHz)
    expected = sqrt(2 * section.efficiency * kappa * section.integration_ns) * abs(one - zero)
    found = probe_of(experiment).points(np.arange(2))
    assert np.linalg.norm(found[1] - found[0]) == pytest.approx(expected, rel=1e-6)
    wrong = norm.sf(expected / 2)
    assert assignment_errors(experiment).p1_given_0 == pytest.approx(wrong, rel=1e-4)


def test_the_sequence_plays_delay_ring_up_and_integration():
    """The probe is on without a record during the ring-up; all three are part of the readout."""
    keys = {
        "dispersive.delay_ns": 60.0,
        "dispersive.start_ns": 40.0,
        "dispersive.integration_ns": 300.0,
    }
    experiment = dispersive(keys | {"transmon.levels": 3})
    assert readout_ns(experiment) == 400.0
    steps = sequence_of(experiment, chosen_setting(experiment)).steps
    found = {step.name: (step.duration, sorted(step.beside)) for step in steps}
    assert found["readout, delay"] == (60.0, [])
    assert found["readout, ring-up"] == (40.0, ["readout"])
    assert found["readout"] == (300.0, ["acquisition", "readout"])
