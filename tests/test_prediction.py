"""What is predicted for an experiment, against closed forms: signs, catalysis, heat."""

from typing import Any

import numpy as np
import pytest
from devices import dense_of, experiment_of, lossless
from oracles import (
    DenseDevice,
    DephasedRabi,
    DetunedRabi,
    DisplacedJaynesCummings,
    HeatIdentities,
    bloch,
    ground_state,
    ladder_means,
    level_populations,
    propagate,
    random_device,
)
from oracles.conversions import boltzmann_ratio, bose_number, mhz
from scipy.interpolate import make_interp_spline

from cqed_battery import Experiment
from protocols.prediction.predict import predict
from protocols.prediction.truth import truth_dataset

CALM = {
    "drive.rise_ns": 0.0,
    "tomography.pulse": "none",
    "vacuum.method": "none",
    "control.enabled": False,
    "reset.resonator_photons": 0.0,
}


def truth_of(experiment: Experiment, residual_excitation: float = 0.0) -> Any:
    return truth_dataset(experiment, predict(experiment, residual_excitation))


def test_sign_of_the_drive():
    """Without the resonator a square drive of phase 0 gives z = -cos(Omega t), x = +sin, y = 0."""
    experiment = lossless(coupler__g_on_MHz=0.0, charging__stop_ns=30.0, charging__points=31)
    truth = truth_of(experiment)
    angle = 2 * np.pi * 0.05 * truth.time.values
    expected = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)
    for arm in ("catalysed", "control"):
        np.testing.assert_allclose(truth.bloch.sel(arm=arm), expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(truth.power[0], mhz(50.0) * np.sin(angle) / 2, atol=1e-9)
    assert truth.energy[0, 0] == -0.5
    assert truth.energy[0, 10] == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("phase", [0.4, -2.1])
def test_phase_of_the_drive_turns_the_battery_with_it(phase):
    """A drive sin(w_d t + phi) turns x + iy by exp(+i phi) and changes no energy."""
    changes = {"charging__stop_ns": 30.0, "charging__points": 11}
    plain = truth_of(lossless(**changes))
    turned = truth_of(lossless(drive__phase_rad=phase, **changes))
    before, after = plain.bloch.values, turned.bloch.values
    np.testing.assert_allclose(
        after[..., 0] + 1j * after[..., 1],
        np.exp(1j * phase) * (before[..., 0] + 1j * before[..., 1]),
        rtol=0,
        atol=1e-9,
    )
    for name in ("energy", "ergotropy", "power", "heat_current", "photon_number"):
        np.testing.assert_allclose(turned[name], plain[name], rtol=0, atol=1e-9)
    assert abs(before[..., 0]).max() > 0.5


@pytest.mark.parametrize(
    ("g", "rabi", "fock"), [(50.0, 50.0, 20), (100.0, 20.0, 10), (30.0, 45.0, 32)]
)
def test_lossless_catalysis_in_closed_form(g, rabi, fock):
    """z, x, photons, vacuum fidelity and J follow the displaced frame's Poisson sums to 1e-8."""
    experiment = lossless(
        coupler__g_on_MHz=g, drive__rabi_rate_MHz=rabi, resonator__fock_levels=fock
    )
    truth = truth_of(experiment).sel(arm="catalysed")
    oracle, times = DisplacedJaynesCummings(g_MHz=g, rabi_rate_MHz=rabi), truth.time.values
    close = {"rtol": 0, "atol": 1e-8}
    np.testing.assert_allclose(truth.bloch.sel(component="z"), oracle.z(times), **close)
    np.testing.assert_allclose(truth.bloch.sel(component="x"), oracle.x(times), **close)
    np.testing.assert_allclose(truth.bloch.sel(component="y"), 0 * times, **close)
    np.testing.assert_allclose(truth.photon_number, oracle.photon_number(times), **close)
    np.testing.assert_allclose(truth.vacuum_fidelity, oracle.vacuum_fidelity(times), **close)
    np.testing.assert_allclose(truth.heat_current, oracle.heat_current(times), **close)


@pytest.mark.parametrize("rate", [0.1, 30.0, 150.0])
def test_dephased_rabi_oscillation(rate):
    """Pure dephasing damps the uncoupled battery as in closed form, overdamped too."""
    experiment = lossless(transmon__dephasing_rate_MHz=rate, coupler__g_on_MHz=0.0)
    truth = truth_of(experiment)
    oracle, times = DephasedRabi(coherence_rate_MHz=rate), truth.time.values
    np.testing.assert_allclose(truth.bloch[0, :, 2], oracle.z(times), rtol=0, atol=1e-8)
    np.testing.assert_allclose(truth.bloch[0, :, 0], oracle.x(times), rtol=0, atol=1e-8)


@pytest.mark.parametrize(("detuning", "phase"), [(20.0, 0.0), (-35.0, 1.3)])
def test_detuned_rabi_oscillation(detuning, phase):
    """Off resonance the Bloch vector turns about the tilted field, w_q - w_d along +z."""
    experiment = lossless(
        drive__frequency_GHz=5.0 - detuning / 1000,
        drive__phase_rad=phase,
        coupler__g_on_MHz=0.0,
    )
    truth = truth_of(experiment)
    oracle = DetunedRabi(detuning_MHz=detuning, phase_rad=phase)
    np.testing.assert_allclose(truth.bloch[0], oracle.bloch(truth.time.values), rtol=0, atol=1e-8)


def test_a_null_channel_on_resonance():
    """With two levels y stays 0 whatever is lost, and not when the drive is detuned."""
    lossy = lossless(
        transmon__t1_us=0.2,
        transmon__dephasing_rate_MHz=1.0,
        resonator__linewidth_MHz=5.0,
        drive__rise_ns=2.0,
        charging__points=13,
    )
    assert abs(truth_of(lossy, 0.05).bloch.sel(component="y")).max() < 1e-9
    detuned = lossy.replace({"drive.frequency_GHz": 4.99})
    assert abs(truth_of(detuned, 0.05).bloch.sel(component="y")).max() > 0.05


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"resonator__linewidth_MHz": 5.0, "transmon__dephasing_rate_MHz": 2.0},
        {"coupler__g_on_MHz": 20.0, "resonator__linewidth_MHz": 20.0},
        {"resonator__frequency_GHz": 5.08, "resonator__linewidth_MHz": 1.0},
        {"charging__stop_ns": 36.0, "charging__points": 9},
        {"drive__rise_ns": 3.0, "drive__phase_rad": 0.9},
    ],
)
def test_sum_rule(changes):
    """The integral of J is -[n + kappa integral n] to 1e-6, on the coarse charging grid already."""
    experiment = lossless(**changes)
    truth = truth_of(experiment).sel(arm="catalysed")
    finer = {"charging.stop_ns": float(truth.time[-1]), "charging.points": 721}
    fine = truth_of(experiment.replace(finer)).sel(arm="catalysed")
    photons = make_interp_spline(fine.time, fine.photon_number, k=5).antiderivative()
    emitted = mhz(experiment.resonator.linewidth_MHz) * photons(truth.time)
    left = -(truth.photon_number + emitted)
    np.testing.assert_allclose(truth.heat_integral, left, rtol=0, atol=1e-6)
    assert truth.heat_integral.max() < 1e-9
    assert truth.heat_integral.min() < -0.4


@pytest.mark.parametrize("seed", range(3))
def test_heat_current_is_what_resonator_and_bath_take(seed):
    """J = J_int + D + (1 - w_d/w_q) Omega x'/2 on lossy, warm, detuned two-level devices."""
    rng = np.random.default_rng(seed)
    drawn = random_device(rng, levels=2)
    device = DenseDevice(**{**vars(drawn), "resonator_temperature_mK": 0.0, "fock_levels": 8})
    rabi, g, phase = rng.uniform(5.0, 15.0), rng.uniform(20.0, 60.0), rng.uniform(-3.0, 3.0)
    experiment = experiment_of(device).replace(
        CALM
        | {"drive.rabi_rate_MHz": rabi, "drive.phase_rad": phase, "coupler.g_on_MHz": g}
        | {"charging.times_ns": [4.0, 8.0, 12.0]}
    )
    prediction = predict(experiment, 0.0)
    assert prediction.fock.levels == 8
    truth = truth_dataset(experiment, prediction).sel(arm="catalysed")
    eps = 1j * mhz(rabi) * np.exp(-1j * phase)
    states = propagate(device, ground_state(device), [(4.0, mhz(g), eps)] * 3)[1:]
    x, y, z = bloch(device, states).T
    x_prime = (np.exp(-1j * phase) * (x + 1j * y)).real
    balance = HeatIdentities(
        transmon_frequency_GHz=device.transmon_frequency_GHz,
        drive_frequency_GHz=device.drive_frequency_GHz,
        t1_us=device.t1_us,
        bath_number=device.transmon_bath_number,
    )
    taken = balance.interaction_current(mhz(g), ladder_means(device, states)[2])
    detuned = 1 - device.drive_frequency_GHz / device.transmon_frequency_GHz
    expected = taken + balance.bath_current(z) + detuned * mhz(rabi) * x_prime / 2
    np.testing.assert_allclose(truth.heat_current, expected, rtol=0, atol=1e-9)
    assert abs(balance.bath_current(z)).max() > 1e-5
    assert abs(detuned * mhz(rabi) * x_prime).max() > 1e-6


def test_heat_integral_is_the_integral_of_the_heat_current():
    """With a detuned drive and three levels J adds up to its integral, from the first time on."""
    points = {"charging.start_ns": 2.0, "charging.stop_ns": 14.0, "charging.points": 1201}
    drive = {"drive.frequency_GHz": 4.95, "drive.phase_rad": 0.4}
    experiment = Experiment().replace(points | drive | {"vacuum.method": "none"})
    truth = truth_of(experiment)
    whole = make_interp_spline(truth.time, truth.heat_current, k=5, axis=1).antiderivative()
    expected = whole(truth.time) - whole(truth.time[:1])
    np.testing.assert_allclose(truth.heat_integral, expected, rtol=0, atol=1e-6)
    coarse = truth_of(experiment.replace({"charging.points": 5}))
    same = truth.heat_integral.sel(time=coarse.time)
    np.testing.assert_allclose(coarse.heat_integral, same, rtol=0, atol=1e-6)


def test_start_of_the_charging():
    """The charging starts from the stated excitation beside what photons the reset leaves."""
    experiment = Experiment().replace({"charging.times_ns": [0.0], "vacuum.method": "none"})
    warm = experiment.replace({"resonator.temperature_mK": 100.0, "reset.kind": "none"})
    truth = truth_of(warm, 0.03)
    ratio = boltzmann_ratio(5.0, 100.0)
    np.testing.assert_allclose(truth.bloch[0, 0], [0.0, 0.0, -0.94], atol=1e-12)
    # the highest level holds less than 1e-6, and so do all above it together
    assert float(truth.photon_number[0, 0]) == pytest.approx(bose_number(ratio), abs=3e-5)
    assert float(truth.vacuum_fidelity[0, 0]) == pytest.approx(1 - ratio, abs=3e-6)
    assert truth.heat_integral[0, 0] == 0.0
    assert truth.attrs["residual_excitation"] == 0.03


def test_a_third_level_carries_leakage_and_moves_the_battery():
    """Three levels move x by 0.17 at 50 MHz; the leakage is that of the dense engine."""
    two = lossless(transmon__dephasing_rate_MHz=0.1, resonator__linewidth_MHz=1.0)
    three = two.replace({"transmon.levels": 3})
    predicted = predict(three, 0.0)
    shift = truth_of(two).bloch - truth_dataset(three, predicted).bloch
    assert 0.16 < abs(shift[0, :, 0]).max() < 0.18
    device = dense_of(three, 10)
    segments = [(2.0, mhz(50.0), 1j * mhz(50.0))] * 2
    leaked = level_populations(device, propagate(device, ground_state(device), segments))[:, 2]
    # ten Fock levels hold all but 1e-6
    np.testing.assert_allclose(predicted.arms["catalysed"].leakage[[0, 2, 4]], leaked, atol=2e-6)
    assert leaked.max() > 1e-3
