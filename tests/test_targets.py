"""Drives on the resonator, two tones, the laboratory frame's coupling, T2 and what is prepared."""

import numpy as np
import pytest
from devices import dense_of, lossless
from oracles import fock_populations, ground_state, transmon_state
from oracles.conversions import ghz, mhz
from oracles.ode_engine import integrate_lab, integrate_rotating, lab_to_rotating
from scipy.stats import poisson

import cqed_battery as cb
from analysis.pipeline import analyse
from cqed_battery import Experiment, Transmon
from cqed_battery.dynamics.convergence import initial_fock_levels
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.recorder import density_matrices
from cqed_battery.dynamics.waveforms import Controls, flat
from cqed_battery.experiment import ExperimentError
from cqed_battery.units import angular_from_mhz
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import predict, with_enough_levels
from protocols.prediction.truth import arm_truth
from protocols.sequence.choice import chosen_setting
from protocols.sequence.sequence import sequence_of
from protocols.stages.charging import charging_waveform, designed_drive

PUMPED = {
    "drive.target": "resonator",
    "drive.rise_ns": 0.0,
    "control.enabled": False,
    "vacuum.method": "none",
    "charging.times_ns": (0.0, 2.5, 6.0, 11.0),
}


def amplitude(experiment, times, rate):
    """alpha(t) of the driven, decaying resonator alone, from 0: -i p/2 (1 - exp(-l t))/l."""
    apart = ghz(experiment.resonator.frequency_GHz - experiment.drive.frequency_GHz)
    decay = 1j * apart + mhz(experiment.resonator.linewidth_MHz) / 2
    return -0.5j * rate * (1 - np.exp(-decay * np.asarray(times))) / decay


@pytest.mark.parametrize("seed", range(3))
def test_a_driven_resonator_is_in_a_coherent_state(seed):
    """Without a coupling its photons are Poisson distributed, |alpha|^2 in the mean."""
    rng = np.random.default_rng(seed)
    experiment = lossless(
        resonator__frequency_GHz=5.0 + rng.uniform(-0.03, 0.03),
        resonator__linewidth_MHz=rng.uniform(1, 20),
        coupler__g_on_MHz=0.0,
        drive__rabi_rate_MHz=rng.uniform(10, 40),
        drive__phase_rad=rng.uniform(0, 6),
    ).replace(PUMPED)
    prediction = predict(experiment)
    alpha = amplitude(experiment, prediction.times, mhz(experiment.drive.rabi_rate_MHz))
    levels = np.arange(prediction.fock.levels)
    expected = poisson.pmf(levels, np.abs(alpha)[:, None] ** 2)
    np.testing.assert_allclose(prediction.arms["catalysed"].photons, expected, atol=1e-7)
    assert initial_fock_levels(experiment).levels == prediction.fock.levels  # none to be raised


@pytest.mark.parametrize("seed", range(3))
def test_a_driven_resonator_drives_the_transmon_with_its_amplitude(seed):
    """Displaced by alpha(t) the resonator's drive is one of 2 g alpha(t) on the transmon."""
    rng = np.random.default_rng(10 + seed)
    ratio, phase = rng.uniform(0.3, 1.5), rng.uniform(0, 6)
    experiment = Experiment().replace(
        {
            "transmon.frequency_GHz": 5.0 + rng.uniform(-0.02, 0.02),
            "transmon.t1_us": rng.uniform(0.1, 1.0),
            "transmon.dephasing_rate_MHz": rng.uniform(0.1, 2.0),
            "resonator.frequency_GHz": 5.0 + rng.uniform(-0.02, 0.02),
            "resonator.linewidth_MHz": rng.uniform(1, 10),
            "resonator.temperature_mK": 0.0,
            "resonator.fock_levels": 16,
            "coupler.g_on_MHz": rng.uniform(5, 30),
            "drive.rabi_rate_MHz": 15.0,
            "drive.resonator_ratio": ratio,
            "drive.resonator_phase_rad": phase,
            "reset.resonator_photons": 0.0,
            "reset.initial_excitation": 0.3,
            "simulation.tolerance": 1e-12,
            **PUMPED,
            "drive.target": "both",
        }
    )
    prediction = predict(experiment, residual_leakage=0.0)
    device = dense_of(experiment, 9)
    eps, other = 1j * mhz(15.0), ratio * np.exp(-1j * phase)
    g = mhz(experiment.coupler.g_on_MHz)

    def displaced(time):
        return eps + 2 * g * complex(amplitude(experiment, time, eps * other))

    start = np.kron(np.diag(np.eye(9)[0]), np.diag([0.7, 0.3, 0.0]))
    states = integrate_rotating(
        device, start, prediction.times, coupling=lambda t: g, drive=displaced, rtol=1e-11
    )
    found = prediction.arms["catalysed"].transmon
    np.testing.assert_allclose(found, transmon_state(device, states), atol=1e-7)


@pytest.mark.parametrize("arm", ["catalysed", "control"])
def test_the_flow_through_the_coupling_is_the_balance_of_photons(arm):
    """What g 2 Im<b'a> brings is what the resonator and its bath lose."""
    experiment = Experiment().replace(
        {
            "coupler.kind": "fixed",
            "coupler.idle_detuning_MHz": -300.0,
            "coupler.g_on_MHz": 25.0,
            "control.kind": "detuned",
            "control.detuning_MHz": -150.0,
            "resonator.temperature_mK": 90.0,
            "resonator.linewidth_MHz": 4.0,
            "drive.rabi_rate_MHz": 20.0,
            "charging.points": 5,
            "charging.stop_ns": 20.0,
            "vacuum.method": "none",
            "simulation.tolerance": 1e-13,
        }
    )
    prediction = predict(experiment)
    flow = mhz(25.0) * prediction.arms[arm].flow
    balance = arm_truth(experiment, prediction, arm)["exchange"]
    # The truncation of the warm resonator leaves no more than this.
    np.testing.assert_allclose(flow - flow[0], balance, atol=1e-6)
    assert np.abs(balance).max() > 1e-3


def test_all_energy_of_a_resonators_drive_comes_through_the_coupling():
    """Without losses and a drive of its own: what the battery gains is the exchange, P is 0."""
    experiment = lossless(drive__rabi_rate_MHz=9.0, coupler__g_on_MHz=20.0).replace(
        {**PUMPED, "drive.target": "resonator"}
    )
    prediction = predict(experiment)
    truth = arm_truth(experiment, prediction, "catalysed")
    np.testing.assert_allclose(truth["exchange"], truth["energy"] - truth["energy"][0], atol=1e-9)
    np.testing.assert_allclose(truth["heat_integral"], truth["exchange"], atol=1e-9)
    assert not truth["power"].any()
    assert truth["energy"][-1] > -0.49


def test_two_tones_beat():
    """Samples are i Omega (1 + r exp(-i (w t + phi))), and the design knows its derivative."""
    experiment = lossless(
        drive__second_ratio=0.6,
        drive__second_offset_MHz=-70.0,
        drive__second_phase_rad=0.4,
        drive__rabi_rate_MHz=20.0,
        charging__stop_ns=12.0,
        charging__points=4,
    )
    segments = charging_waveform(experiment, "control").segments
    middles = np.cumsum([0.25] * 48) - 0.125
    expected = 1j * mhz(20.0) * (1 + 0.6 * np.exp(-1j * (mhz(-70.0) * middles + 0.4)))
    np.testing.assert_allclose([p.controls.eps for p in segments[:48]], expected, atol=1e-12)
    times, step = np.array([1.3, 7.7]), 1e-4
    after, before = (designed_drive(experiment, times + k * step)[0] for k in (1, -1))
    slope = designed_drive(experiment, times)[1]
    np.testing.assert_allclose((after - before) / (2 * step), slope, atol=1e-8)


def test_the_balance_of_two_tones_closes():
    """Uncoupled and lossless, heat is the drive's own energy: S = -(<H_drive> - <H_drive>_0)."""
    experiment = lossless(
        drive__second_ratio=0.6,
        drive__second_offset_MHz=-70.0,
        drive__rabi_rate_MHz=20.0,
        coupler__g_on_MHz=0.0,
        resonator__fock_levels=2,
        charging__times_ns=(0.0, 3.1, 7.3, 12.6),
    )
    prediction = predict(experiment)
    arm = prediction.arms["control"]
    heat = arm_truth(experiment, prediction, "control")["heat_integral"]
    wave = charging_waveform(experiment, "control")
    eps = np.array([wave.controls_at(float(time)).eps for time in prediction.times])
    drive = (eps * (arm.bloch[:, 0] + 1j * arm.bloch[:, 1])).real / (2 * ghz(5.0))
    np.testing.assert_allclose(heat, -(drive - drive[0]), atol=1e-9)
    assert np.abs(heat).max() > 1e-4


@pytest.mark.study
@pytest.mark.parametrize("method", ["exponential", "DOP853"])
def test_the_laboratory_frame_keeps_what_rotates_against_the_drive(method):
    """Coupling (b + b')(a + a'), both driven by |eps| sin: the second engine's laboratory frame."""
    experiment = lossless(
        transmon__frequency_GHz=4.99,
        resonator__fock_levels=5,
        coupler__g_on_MHz=90.0,
        drive__rabi_rate_MHz=60.0,
        charging__times_ns=(0.0, 1.1, 2.6),
        control__enabled=False,
        simulation__frame="lab",
        simulation__counter_rotating=True,
        simulation__method=method,
    )
    prediction = predict(experiment, 0.0)
    device = dense_of(experiment, prediction.fock.levels)
    states = integrate_lab(
        device,
        ground_state(device),
        prediction.times,
        coupling=lambda t: mhz(90.0),
        rabi=lambda t: mhz(60.0),
        counter_rotating=True,
        rtol=1e-10,
    )
    turned = lab_to_rotating(device, states, prediction.times)
    found = prediction.arms["catalysed"]
    size = {"exponential": 2e-4, "DOP853": 1e-6}[method]  # pieces of 1/16 of a period
    np.testing.assert_allclose(found.transmon, transmon_state(device, turned), atol=size)
    np.testing.assert_allclose(found.photons, fock_populations(device, turned), atol=size)
    without = predict(experiment.replace({"simulation.counter_rotating": False}), 0.0)
    assert np.abs(without.arms["catalysed"].transmon - found.transmon).max() > 1e-3


def test_a_resonators_drive_in_the_laboratory_frame_is_that_of_the_rotating_one():
    """Two ways to solve it agree, and differ from the rotating frame by micromotion alone."""
    rotating = lossless(drive__rabi_rate_MHz=20.0, coupler__g_on_MHz=20.0).replace(
        {**PUMPED, "charging.times_ns": (0.0, 2.03, 4.07), "resonator.fock_levels": 8}
    )
    lab = rotating.replace({"simulation.frame": "lab"})
    ode = lab.replace({"simulation.method": "DOP853"})
    one, two, three = (predict(each).arms["catalysed"].photons for each in (rotating, lab, ode))
    np.testing.assert_allclose(two, three, atol=2e-5)
    assert 1e-5 < np.abs(one - two).max() < 5e-3


def test_the_timeline_shows_the_resonators_drive():
    """Its samples have both quadratures and the carrier of the charging drive."""
    experiment = Experiment().replace({**PUMPED, "drive.target": "both"})
    exported = sequence_of(experiment, chosen_setting(experiment)).to_dict()
    charging = next(step for step in exported["steps"] if step["name"] == "charging")
    pump, drive = (charging["channels"][name] for name in ("resonator drive", "drive"))
    assert pump == drive
    assert pump["carrier_GHz"] == 5.0


def test_no_bound_of_f_is_taken_from_a_battery_whose_resonator_is_driven():
    """Photons come from a drive of which the battery does not know."""
    experiment = Experiment().replace(
        {
            **PUMPED,
            "drive.rabi_rate_MHz": 5.0,
            "transmon.levels": 2,
            "analysis.global_fit": False,
            "analysis.correction": "none",
        }
    )
    results = analyse(emulate(experiment))
    assert results.sum_rule_bound is None
    assert cb.__version__ in str(results["versions"])


@pytest.mark.parametrize("key", ["t2_us", "t2_echo_us"])
def test_t2_is_the_decay_time_of_the_coherence(key):
    """A superposition keeps 1/e of its coherence after T2; the file shows the rate it takes."""
    transmon = {f"transmon.{key}": 0.9, "transmon.t1_us": 0.7, "transmon.residual_excitation": 0.0}
    experiment = lossless(coupler__g_on_MHz=0.0, resonator__fock_levels=2).replace(transmon)
    liouvillian = Liouvillian(rotating_frame(experiment.device, 2))
    start = np.kron(np.full((2, 2), 0.5), np.diag([1.0, 0.0])).astype(complex)
    end = density_matrices(liouvillian, start, flat(1000.0, Controls()), np.array([900.0]))[0]
    assert abs(end[0, 2]) == pytest.approx(0.5 / np.e, abs=1e-9)
    rate = experiment.transmon.dephasing_rate_MHz
    written = experiment.to_toml()
    assert f"\n{key} = 0.9 " in written
    assert f"\n# dephasing_rate_MHz = {rate!r} " in written
    assert Experiment.from_text(written) == experiment


def test_both_t2_are_an_exponential_and_a_gaussian():
    """exp(-t/T2echo) times the mean of cos(s t) falls to 1/e at T2, and the file says s."""
    transmon = {"transmon.t2_us": 11.0, "transmon.t2_echo_us": 53.0}
    known = Experiment().replace(transmon)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    phases = angular_from_mhz(known.transmon.frequency_noise_MHz) * nodes * 11e3
    left = weights @ np.cos(phases) / weights.sum() * np.exp(-11.0 / 53.0)
    assert left == pytest.approx(1 / np.e, rel=1e-9)
    alone = Experiment().replace({"transmon.t2_echo_us": 53.0})
    assert known.transmon.dephasing_rate_MHz == alone.transmon.dephasing_rate_MHz
    written = known.to_toml()
    assert f"\nfrequency_noise_MHz = {known.transmon.frequency_noise_MHz!r} " in written
    assert Experiment.from_text(written) == known
    assert Transmon(t2_us=53.0, t2_echo_us=53.0).frequency_noise_MHz == 0.0
    quiet = known.replace({"transmon.frequency_noise_MHz": 0.0})
    assert quiet == alone


def test_two_t2_that_do_not_fit_are_refused_in_a_sentence():
    """An echo shorter than no echo, and a spread beside what gives it."""
    with pytest.raises(ExperimentError, match=r"t2_us must be at most transmon\.t2_echo_us = 10"):
        Transmon(t2_us=20.0, t2_echo_us=10.0)
    with pytest.raises(ExperimentError, match="frequency_noise_MHz follows from t2_us"):
        Transmon(t2_us=10.0, t2_echo_us=20.0, frequency_noise_MHz=0.1)


def test_level_2_decays_in_its_own_time():
    """From level 2: exp(-t/T) of it is left, and level 1 holds what two rates in turn leave."""
    transmon = {
        "transmon.levels": 4,
        "transmon.t1_us": 0.8,
        "transmon.t1_level2_us": 0.7,
        "transmon.residual_excitation": 0.0,
    }
    experiment = lossless(coupler__g_on_MHz=0.0, resonator__fock_levels=2).replace(transmon)
    liouvillian = Liouvillian(rotating_frame(experiment.device, 2))
    start = np.kron(np.diag([0.0, 0.0, 1.0, 0.0]), np.diag([1.0, 0.0])).astype(complex)
    times = np.array([100.0, 500.0, 900.0])
    states = density_matrices(liouvillian, start, flat(1000.0, Controls()), times)
    second, first = 1 / 700.0, 1 / 800.0
    left = np.exp(-second * times)
    np.testing.assert_allclose(states[:, 4, 4].real, left, atol=1e-9)
    fed = second / (first - second) * (left - np.exp(-first * times))
    np.testing.assert_allclose(states[:, 2, 2].real, fed, atol=1e-9)
    usual = Liouvillian(
        rotating_frame(experiment.replace({"transmon.t1_level2_us": None}).device, 2)
    )
    found = density_matrices(usual, start, flat(1000.0, Controls()), times)
    np.testing.assert_allclose(found[:, 4, 4].real, np.exp(-2 * first * times), atol=1e-9)


def test_t2_and_gamma_exclude_each_other():
    """Both in one file are refused; a new rate takes the place of T2, and T2 outlives a new T1."""
    with pytest.raises(ExperimentError, match="t2_us stands in place of dephasing_rate_MHz"):
        Transmon(t2_us=20.0, dephasing_rate_MHz=0.1)
    known = Experiment().replace({"transmon.t2_us": 20.0})
    other = known.replace({"transmon.dephasing_rate_MHz": 0.2})
    assert other.transmon.t2_us is None
    longer = known.replace({"transmon.t1_us": 200.0})
    assert longer.transmon.dephasing_rate_MHz > known.transmon.dephasing_rate_MHz
    with pytest.raises(ExperimentError, match=r"t2_us must be at most \S+ us") as refused:
        Transmon(t2_us=120.0)
    longest = float(str(refused.value).split("at most ")[1].split()[0])
    assert Transmon(t2_us=longest).dephasing_rate_MHz == pytest.approx(0.0, abs=1e-8)


def test_a_prepared_excitation_is_where_the_charging_starts():
    """Level 1 holds it at time 0, whatever the reset leaves; the fit knows it."""
    experiment = Experiment().replace(
        {
            "reset.initial_excitation": 0.8,
            "charging.points": 4,
            "charging.stop_ns": 6.0,
            "tomography.pulse": "none",
            "coupler.ramp_ns": 0.0,
            "vacuum.method": "none",
        }
    )
    prediction = predict(experiment)
    assert prediction.arms["control"].probability[0, 2] == pytest.approx(0.8, abs=1e-9)
    truth = emulate(experiment)["truth"]
    assert truth.attrs["residual_excitation"] == 0.8
    assert any("0.8 of level 1" in note for note in _notes(experiment))


def _notes(experiment):
    return sequence_of(experiment, chosen_setting(experiment)).notes()


def test_levels_are_chosen_for_what_the_resonator_drives():
    """Coupled, a strong field takes more than the three that an undriven transmon would."""
    experiment = Experiment().replace(
        {
            **PUMPED,
            "transmon.levels": "auto",
            "charging.times_ns": (6.0,),
            "drive.rabi_rate_MHz": 60.0,
            "reset.resonator_photons": 0.0,
            "simulation.tolerance": 1e-8,
        }
    )
    assert with_enough_levels(experiment).transmon.levels > 3
