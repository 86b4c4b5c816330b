"""Resets by drives against a second engine; post-selection and rethermalisation by closed forms."""

import numpy as np
import pytest
from devices import dense_of
from oracles.conversions import mhz
from oracles.dense_engine import jump_operators, resonator_lowering, transmon_lowering
from scipy.linalg import expm

from cqed_battery import Experiment, sequence
from cqed_battery.experiment import ExperimentError
from protocols.emulation.sampling import sampled_levels
from protocols.prediction.predict import predict
from protocols.reset import RESETS, expected_excitation, remaining_photons, reset_of
from protocols.reset.passive import MIXED
from protocols.resonator.dispersive_shift import fixed_shift_MHz
from protocols.settings.settings import Settings

FAST = {
    "transmon.t1_us": 4.0,
    "transmon.dephasing_rate_MHz": 0.2,
    "transmon.residual_excitation": 0.03,
    "transmon.levels": 3,
    "resonator.linewidth_MHz": 7.0,
    "resonator.temperature_mK": 60.0,
    "vacuum.method": "none",
    "reset.resonator_wait_ns": 100.0,
}
DISPERSIVE = {
    "coupler.kind": "fixed",
    "coupler.g_on_MHz": 60.0,
    "coupler.idle_detuning_MHz": -600.0,
    "control.kind": "none",
    "resonator.linewidth_MHz": 1.5,
}


def driven(experiment, levels, fock, hamiltonian, time):
    """The state after the drives, by a dense exponential of another engine's jumps."""
    device = dense_of(experiment.replace({"transmon.levels": levels}), fock)
    one, total = np.eye(levels * fock), 0
    for jump in jump_operators(device):
        loss = jump.conj().T @ jump
        total = total + np.kron(jump, jump.conj())
        total = total - 0.5 * (np.kron(loss, one) + np.kron(one, loss.T))
    b, a = transmon_lowering(device), resonator_lowering(device)
    h = hamiltonian(b, a, b.conj().T, a.conj().T)
    matrix = total - 1j * (np.kron(h, one) - np.kron(one, h.T))
    ratio = device.resonator_bath_number / (1 + device.resonator_bath_number)
    photons = ratio ** np.arange(fock)
    start = np.zeros(levels)
    start[:2] = 1 - MIXED, MIXED
    rho = np.diag(np.kron(photons / photons.sum(), start)).astype(complex)
    end = (expm(matrix * time) @ rho.ravel()).reshape(rho.shape)
    diagonal = end.diagonal().real.reshape(fock, levels)
    return diagonal.sum(axis=0), diagonal.sum(axis=1) @ np.arange(fock)


@pytest.mark.parametrize("seed", range(2))
def test_f0_g1_is_that_of_a_second_engine(seed):
    """Populations of three levels and photons under random tones, to 1e-7."""
    rng = np.random.default_rng(seed)
    coupling, rabi, time = rng.uniform(2, 8), rng.uniform(3, 10), rng.uniform(0.1, 0.4)
    experiment = Experiment().replace(
        FAST
        | {
            "reset.kind": "f0-g1",
            "reset.f0g1_MHz": coupling,
            "reset.upper_rabi_MHz": rabi,
            "reset.drive_us": time,
        }
    )

    def hamiltonian(b, a, up, ahead):
        number = up @ b
        ladder = b @ number  # <0|..|1> = 1, <1|..|2> = 2 sqrt 2: less b it leaves the upper step
        upper = (ladder - b) / np.sqrt(2)
        lift = mhz(rabi) / 2 * upper + mhz(coupling) * (b @ b / np.sqrt(2)) @ ahead
        return lift + lift.conj().T

    levels, photons = driven(experiment, 3, 5, hamiltonian, 1e3 * time)
    found, left = RESETS["f0-g1"].driven(experiment)
    np.testing.assert_allclose(found, levels, atol=1e-7)
    assert left == pytest.approx(photons, abs=1e-7)
    assert found[0] > 0.6


def test_ddrop_is_that_of_a_second_engine():
    """Populations and photons under both drives, to 1e-7."""
    experiment = Experiment().replace(
        FAST
        | DISPERSIVE
        | {
            "reset.kind": "ddrop",
            "reset.ddrop_photons": 0.7,
            "reset.ddrop_rabi_MHz": 1.3,
            "reset.drive_us": 0.3,
        }
    )
    shift, kappa = mhz(fixed_shift_MHz(experiment)), mhz(1.5)

    def hamiltonian(b, a, up, ahead):
        drives = mhz(1.3) / 2 * b + kappa / 2 * np.sqrt(0.7) * a
        return shift * ahead @ a @ up @ b + drives + drives.conj().T

    _, fock = RESETS["ddrop"].sizes(experiment)
    levels, photons = driven(experiment, 2, fock, hamiltonian, 300.0)
    found, left = RESETS["ddrop"].driven(experiment)
    np.testing.assert_allclose(found[:2], levels, atol=1e-7)
    assert left == pytest.approx(photons, abs=1e-7)


def test_ddrop_pumps_a_good_device_into_level_0():
    """Shift over linewidth 3.5 and long lives: 99 % in 3 us, from half."""
    experiment = Experiment().replace(
        DISPERSIVE
        | {
            "resonator.linewidth_MHz": 1.0,
            "vacuum.method": "none",
            "reset.kind": "ddrop",
            "reset.drive_us": 3.0,
        }
    )
    history = reset_of(experiment).history(experiment)
    assert history[0].residual_excitation == pytest.approx(0.5)
    assert history[-2].residual_excitation < 0.01


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "needs a shift of the transmon by photons while it idles"),
        (DISPERSIVE | {"resonator.linewidth_MHz": 5.0}, "needs a shift by a photon above"),
    ],
)
def test_ddrop_without_a_shift_is_refused(changes, sentence):
    """A closed coupler shifts nothing; a broad resonator hides the shift."""
    experiment = Experiment().replace({"reset.kind": "ddrop", "vacuum.method": "none", **changes})
    with pytest.raises(ExperimentError, match=sentence):
        expected_excitation(experiment)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reset.kind": "ddrop"}, "needs a shift of the transmon by photons while it idles"),
        (
            {"reset.kind": "f0-g1", "transmon.levels": 2},
            r"transmon.levels must be at least 3 with a reset that leaves .* in level 2, but is 2",
        ),
    ],
)
def test_what_runs_refuse_is_not_drawn(changes, sentence):
    """A sequence is refused as its run is, whose reset the device cannot serve."""
    experiment = Experiment().replace({"vacuum.method": "none", **changes})
    for refusing in (sequence, predict):
        with pytest.raises(ExperimentError, match=sentence):
            refusing(experiment)


def test_the_photons_of_a_driven_reset_decay_and_their_slope_is_the_derivative():
    """What the tones leave decays at kappa; the slope by the linewidth is a finer difference's."""
    experiment = Experiment().replace(FAST | {"reset.kind": "f0-g1", "reset.drive_us": 0.2})
    _, left = RESETS["f0-g1"].driven(experiment)
    thermal = experiment.resonator.thermal_photons
    decayed = thermal + (left - thermal) * np.exp(-mhz(7.0) * 100.0)
    assert remaining_photons(experiment) == pytest.approx(decayed, rel=1e-9)
    ends = [
        remaining_photons(experiment.replace({"resonator.linewidth_MHz": 7.0 + step}))
        for step in (-1e-4, 1e-4)
    ]
    slope = reset_of(experiment).photons_slope(experiment)
    assert slope == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-4)


def test_post_selection_leaves_what_bayes_says_and_its_time_is_lost():
    """From 20 % with errors of 2 and 6 %, T1 acting from the measurement on."""
    changes = {
        "transmon.residual_excitation": 0.2,
        "transmon.t1_us": 10.0,
        "readout.p1_given_0": 0.02,
        "readout.p0_given_1": 0.06,
        "reset.kind": "post-selected",
        "reset.latency_ns": 700.0,
        "reset.resonator_wait_ns": 1300.0,
        "vacuum.method": "none",
    }
    experiment = Experiment().replace(changes)
    read_0 = 0.8 * 0.98 + 0.2 * 0.06
    posterior = 0.2 * 0.06 / read_0
    occupation = 0.2 / (1 - 2 * 0.2)
    decay = np.exp(-2000.0 / 1e4 * (2 * occupation + 1))
    wanted = 0.2 + (posterior - 0.2) * decay
    assert expected_excitation(experiment) == pytest.approx(wanted, rel=1e-9)
    whole = experiment.replace({"reset.kind": "passive", "reset.wait_us": 2.0})
    periods = Settings(experiment).periods_ns / Settings(whole).periods_ns
    np.testing.assert_allclose(periods, 1 / read_0, rtol=1e-9)


@pytest.mark.parametrize("leakage", [0.0, 0.05])
def test_an_active_reset_rethermalises_while_the_resonator_empties(leakage):
    """Levels relax by the rates' exponential; the emulated rounds agree within their shots."""
    plain = Experiment().replace(
        {
            "transmon.residual_excitation": 0.15,
            "transmon.t1_us": 5.0,
            "reset.leakage_per_flip": leakage,
            "reset.shots": 10_000,
        }
    )
    rests = plain.replace({"reset.rethermalises": True})
    occupation, gamma = 0.15 / 0.7, 1 / 5000.0
    rates = np.zeros((3, 3))  # from column to row
    rates[0, 1], rates[1, 0] = gamma * (occupation + 1), gamma * occupation
    rates[1, 2] = 2 * gamma * (occupation + 1)
    wait = expm((rates - np.diag(rates.sum(axis=0))) * 2000.0)
    before, after = (np.asarray(reset_of(each).levels(each)) for each in (plain, rests))
    np.testing.assert_allclose(after, wait @ before, atol=1e-9)
    assert after[1] > before[1] + 0.02
    excited, leaked = sampled_levels(rests)
    assert excited == pytest.approx(after[1], abs=5 * np.sqrt(after[1] / 10_000))
    assert leaked == pytest.approx(after[2], abs=5 * np.sqrt(after[2] / 10_000) + 1e-9)


def test_the_frame_of_the_tones_leaves_the_anharmonicity_out():
    """Nothing but the tones and the losses acts: another alpha and detuning give the same."""
    one = Experiment().replace(FAST | {"reset.kind": "f0-g1", "reset.drive_us": 0.1})
    other = one.replace(
        {"transmon.anharmonicity_GHz": -0.31, "drive.frequency_GHz": 5.05, "coupler.g_on_MHz": 9.0}
    )
    both = [RESETS["f0-g1"].driven(each)[0] for each in (one, other)]
    np.testing.assert_allclose(both[0], both[1], atol=1e-9)
