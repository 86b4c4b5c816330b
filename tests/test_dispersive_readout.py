"""The dispersive readout: ring-up, integrated signal, jumps, discriminator, counts and analysis."""

from math import inf

import numpy as np
import pytest
from oracles import agrees, significance
from scipy.integrate import quad, simpson, solve_ivp
from scipy.stats import norm

from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError
from protocols.readout import assignment_errors, ideal_discriminator, reading_probabilities
from protocols.readout.discriminator import Discriminator, between
from protocols.readout.pointer_states import draw_points, probe_of

SHOTS = 40_000
DISPERSIVE = {"readout.model": "dispersive"}
QUIET = {"dispersive.relaxation_factor": 0.0, "dispersive.excitation_factor": 0.0}
# The resonator settles in half a nanosecond, so the signal grows evenly over the window.
INSTANT = {
    "dispersive.chi_MHz": 300.0,
    "dispersive.linewidth_MHz": 600.0,
    "dispersive.photons": 0.01,
    "dispersive.weights": "boxcar",
    "dispersive.integration_ns": 800.0,
}


def dispersive(**changes: object) -> Experiment:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return Experiment().replace(DISPERSIVE | keys)


def angular(mhz: float) -> float:
    return 2e-3 * np.pi * mhz


def cavity(detuning: float, kappa: float, drive: float, times: np.ndarray, start: complex = 0):
    """Integrate dalpha/dt = -(kappa/2 + i detuning) alpha + drive, alpha(times[0]) = start."""

    def slope(_, y):
        alpha = -(kappa / 2 + 1j * detuning) * complex(*y) + drive
        return [alpha.real, alpha.imag]

    span = (times[0], times[-1])
    found = solve_ivp(slope, span, [start.real, start.imag], t_eval=times, rtol=1e-10, atol=1e-12)
    return found.y[0] + 1j * found.y[1]


def constants(experiment: Experiment) -> tuple[np.ndarray, float, float]:
    """Detunings of the three levels, kappa and the drive that gives the photons, in rad/ns."""
    found = experiment.dispersive
    chi, kappa = angular(found.chi_MHz), angular(found.linewidth_MHz)
    drive = np.sqrt(found.photons * (kappa**2 / 4 + chi**2))
    return np.array([chi, -chi, angular(found.chi_leaked_MHz)]), kappa, drive


def weighted(experiment: Experiment, field: np.ndarray, times: np.ndarray) -> complex:
    """Weight and integrate a field (T,) numerically, in standard deviations of the noise."""
    detunings, kappa, drive = constants(experiment)
    weights = np.ones(len(times), dtype=complex)
    if experiment.dispersive.weights == "optimal":
        one, zero = (cavity(detunings[j], kappa, drive, times) for j in (1, 0))
        weights = np.conj(one - zero)
    signal = np.sqrt(experiment.dispersive.efficiency * kappa) * simpson(weights * field, x=times)
    return signal / np.sqrt(simpson(np.abs(weights) ** 2, x=times) / 2)


def test_field_is_the_response_of_the_cavity_equation():
    """Every level's field follows the integrated cavity equation, and 0 and 1 hold the photons."""
    experiment = dispersive(dispersive__photons=7.0, dispersive__chi_leaked_MHz=-4.0)
    probe, times = probe_of(experiment), np.linspace(0, 900, 50)
    detunings, kappa, drive = constants(experiment)
    for level, detuning in enumerate(detunings):
        expected = cavity(detuning, kappa, drive, times)
        np.testing.assert_allclose(probe.field(level, times), expected, atol=1e-7)
    late = np.array([1e4])
    assert abs(probe.field(0, late)[0]) ** 2 == pytest.approx(7.0, rel=1e-9)
    assert abs(probe.field(1, late)[0]) ** 2 == pytest.approx(7.0, rel=1e-9)
    assert abs(probe.field(2, late)[0]) ** 2 < 2.0


@pytest.mark.parametrize("weights", ["optimal", "boxcar"])
def test_points_are_the_weighted_integral_of_the_field(weights):
    """The closed-form IQ points are those of numerical integration of the cavity equation."""
    experiment = dispersive(dispersive__weights=weights)
    times = np.linspace(0, experiment.dispersive.integration_ns, 2001)
    detunings, kappa, drive = constants(experiment)
    expected = [weighted(experiment, cavity(d, kappa, drive, times), times) for d in detunings]
    found = probe_of(experiment).points(np.arange(3)) @ [1, 1j]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("weights", ["optimal", "boxcar"])
def test_noise_is_one_standard_deviation_in_each_quadrature(weights):
    """Without jumps the clouds are round Gaussians of width 1 about the pointer states."""
    experiment = dispersive(dispersive__weights=weights).replace(QUIET)
    probe = probe_of(experiment)
    for level in range(3):
        rng = np.random.default_rng(level)
        cloud = draw_points(probe, np.full(SHOTS, level), rng) - probe.points(np.array([level]))
        assert np.abs(cloud.mean(axis=0)).max() < 5 / np.sqrt(SHOTS)
        np.testing.assert_allclose(np.cov(cloud.T), np.eye(2), atol=5 * np.sqrt(2 / SHOTS))


def separation(experiment: Experiment) -> float:
    zero, one = probe_of(experiment).points(np.arange(2))
    return float(np.linalg.norm(one - zero))


def test_separation_grows_with_the_roots_of_time_and_efficiency():
    """The settled readout's SNR is sqrt(2 efficiency kappa T) |alpha_1 - alpha_0|, by both."""
    experiment = dispersive().replace(INSTANT)
    kappa = angular(600.0)
    for time, efficiency in ((400.0, 0.1), (1600.0, 0.1), (400.0, 0.9)):
        changes = {"dispersive.integration_ns": time, "dispersive.efficiency": efficiency}
        # 2 chi = kappa: the pointer states are 90 degrees apart, so their distance is sqrt(2 n).
        expected = np.sqrt(2 * efficiency * kappa * time) * np.sqrt(2 * 0.01)
        lost = 2 / (kappa * time)  # of the window, while the field rings up
        assert separation(experiment.replace(changes)) == pytest.approx(expected, rel=2 * lost)


def test_optimal_weights_tell_more_than_equal_ones():
    """Matched weights separate the clouds better while the field rings up, and no worse later."""
    for time, least, most in ((100.0, 1.2, 1.5), (4000.0, 1.0, 1.02)):
        matched, plain = (
            separation(dispersive(dispersive__integration_ns=time, dispersive__weights=weights))
            for weights in ("optimal", "boxcar")
        )
        assert least < matched / plain < most


def half_way(experiment: Experiment) -> Discriminator:
    return between(*probe_of(experiment).points(np.arange(2)))


def overlap(distance: float, rate: float, duration: float) -> tuple[float, float]:
    """P(1|0) and P(0|1) of an even signal at threshold 1/2 with a decay 1 -> 0 in the window."""
    wrong = norm.sf(distance / 2)

    def decayed(time: float) -> float:
        return rate * np.exp(-rate * time) * norm.cdf(distance * (0.5 - time / duration))

    tail, _ = quad(decayed, 0, duration, epsabs=1e-12)
    return wrong, np.exp(-rate * duration) * wrong + tail


@pytest.mark.parametrize("t1_us", [inf, 20.0, 4.0])
def test_assignment_matrix_is_the_overlap_integral_with_decay(t1_us):
    """Drawn shots and the closed form give the textbook's Gaussian overlap with T1, at 5 sigma."""
    changes = {"transmon.t1_us": t1_us, "transmon.residual_excitation": 0.0}
    experiment = dispersive().replace(INSTANT | changes)
    probe, distance = probe_of(experiment), separation(experiment)
    wrong_1, wrong_0 = overlap(distance, 1 / (1000 * t1_us), 800.0)
    line, rng = half_way(experiment), np.random.default_rng(3)
    reads = reading_probabilities(probe, line)
    assert reads[0] == pytest.approx(wrong_1, abs=1e-6)
    assert 1 - reads[1] == pytest.approx(wrong_0, rel=2e-3)  # 1/(kappa T) of the window
    ones = [line.reads_1(draw_points(probe, np.full(SHOTS, j), rng)).sum() for j in (0, 1)]
    assert agrees(ones, SHOTS, [wrong_1, 1 - wrong_0])
    if t1_us < inf:
        assert significance(ones[1], SHOTS, 1 - wrong_1) > 5


def test_slow_cavity_with_decay_agrees_with_integrated_trajectories():
    """Where the field lags behind, P(0|1) is that of trajectories of the cavity equation."""
    experiment = dispersive(
        transmon__t1_us=5.0, transmon__residual_excitation=0.0, dispersive__linewidth_MHz=1.0
    )
    detunings, kappa, drive = constants(experiment)
    end, rate = experiment.dispersive.integration_ns, 1 / 5000
    times = np.linspace(0, end, 1001)
    zero, one = (cavity(detunings[j], kappa, drive, times) for j in (0, 1))
    ends = np.array([weighted(experiment, field, times) for field in (zero, one)])
    axis = (ends[1] - ends[0]) / abs(ends[1] - ends[0])
    middle = (np.conj(axis) * ends.sum() / 2).real

    def misread(jump: int) -> float:
        later = cavity(detunings[0], kappa, drive, times[jump:], one[jump])
        point = weighted(experiment, np.concatenate([one[:jump], later]), times)
        return norm.cdf(middle - (np.conj(axis) * point).real)

    jumps = np.arange(0, 1000, 50)
    chances = np.array([misread(jump) for jump in jumps] + [norm.cdf(-abs(ends[1] - ends[0]) / 2)])
    at = np.append(times[jumps], end)
    wrong = np.exp(-rate * end) * chances[-1] + simpson(rate * np.exp(-rate * at) * chances, x=at)
    found = reading_probabilities(probe_of(experiment), half_way(experiment))
    assert 1 - found[1] == pytest.approx(wrong, abs=2e-5)


def test_several_jumps_in_the_window_are_counted():
    """With a hot bath and a short T1 the closed form agrees with drawn jumps at 5 sigma."""
    hot = {"transmon.t1_us": 2.5, "transmon.residual_excitation": 0.2}
    experiment = dispersive().replace(hot)
    probe, rng = probe_of(experiment), np.random.default_rng(5)
    line = ideal_discriminator(probe)
    expected = reading_probabilities(probe, line)
    ones = [line.reads_1(draw_points(probe, np.full(SHOTS, j), rng)).sum() for j in range(3)]
    assert agrees(ones, SHOTS, expected)
    assert not agrees(ones, SHOTS, assignment_errors(dispersive()).reads_1)


def test_jumps_happen_at_the_rates_of_the_bath():
    """Relaxation is Gamma1 (n + 1), excitation Gamma1 n, twice as much between 1 and 2."""
    changes = {"transmon.residual_excitation": 0.2, "dispersive.excitation_factor": 3.0}
    rates = probe_of(dispersive().replace(changes)).rates
    up = 0.2 / 0.6 / 50_000
    down = up + 1 / 50_000
    expected = [[0, 3 * up, 0], [down, 0, 6 * up], [0, 2 * down, 0]]
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_leaked_level_reads_what_its_own_pointer_state_says():
    """Level 2 reads as the level whose detuning it shares, and else by its own distance."""
    for chi, alike in ((1.0, 0), (-1.0, 1)):
        reads = assignment_errors(dispersive(dispersive__chi_leaked_MHz=chi).replace(QUIET)).reads_1
        assert reads[2] == pytest.approx(reads[alike], abs=1e-12)
    experiment = dispersive(dispersive__chi_leaked_MHz=0.2).replace(QUIET)
    times = np.linspace(0, 500, 1001)
    detunings, kappa, drive = constants(experiment)
    zero, one, two = (
        weighted(experiment, cavity(d, kappa, drive, times), times) for d in detunings
    )
    axis = (one - zero) / abs(one - zero)
    expected = norm.cdf((np.conj(axis) * (two - (zero + one) / 2)).real)
    assert assignment_errors(experiment).reads_1[2] == pytest.approx(expected, abs=1e-6)
    probe, rng = probe_of(experiment), np.random.default_rng(2)
    cloud = draw_points(probe, np.full(SHOTS, 2), rng)
    assert agrees(ideal_discriminator(probe).reads_1(cloud).sum(), SHOTS, expected)


def test_readouts_that_tell_nothing_are_refused():
    """A probe without signal, and one in which everything relaxes, are refused with numbers."""
    with pytest.raises(ExperimentError, match=r"reads 1 with probability 0\.\d+ and 0\.\d+: raise"):
        assignment_errors(dispersive(dispersive__photons=1e-6))
    with pytest.raises(ExperimentError, match=r"seldom jump more than three .* lower"):
        assignment_errors(dispersive(transmon__t1_us=0.1, transmon__residual_excitation=0.3))
