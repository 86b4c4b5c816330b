"""A second tone with a pulse of its own: its samples, its slope, and STIRAP to level 2."""

import numpy as np
import pytest
from devices import dense_of
from oracles import propagate
from oracles.conversions import mhz

from cqed_battery import Experiment
from cqed_battery.energetics import ergotropy
from cqed_battery.experiment import ExperimentError
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth
from protocols.stages.charging import charging_waveform, designed_drive

CLOCK_NS = 0.5


def stirap(**changes):
    experiment = Experiment.from_toml("examples/stirap.toml")
    return experiment.replace({key.replace("__", "."): value for key, value in changes.items()})


def bell(time, length):
    """A Gaussian of sigma = length/4, lifted to 0 at its ends and to 1 at its middle."""
    foot = np.exp(-2.0)
    value = (np.exp(-8 * (time / length - 0.5) ** 2) - foot) / (1 - foot)
    return value if 0 <= time < length else 0.0


def samples(experiment, stop):
    """Both tones at the middles of the clock's periods, by their formula, (duration, 0, eps)."""
    drive, length = experiment.drive, experiment.charging.length_ns
    own = drive.second_length_ns or length
    starts = max(-drive.second_delay_ns, 0.0), max(drive.second_delay_ns, 0.0)
    found = []
    for number in range(round(stop / CLOCK_NS)):
        at = (number + 0.5) * CLOCK_NS
        beat = np.exp(-1j * (mhz(drive.second_offset_MHz) * at + drive.second_phase_rad))
        both = bell(at - starts[0], length) + drive.second_ratio * beat * bell(at - starts[1], own)
        phase = 1j * np.exp(-1j * drive.phase_rad)
        found.append((CLOCK_NS, 0.0, mhz(drive.rabi_rate_MHz) * phase * both))
    return found


@pytest.mark.parametrize("seed", range(2))
def test_stirap_is_that_of_a_second_engine(seed):
    """Three levels of random devices, tones, lengths and delays: states and ergotropy, to 1e-7."""
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(-0.3, -0.2)
    experiment = stirap(
        transmon__anharmonicity_GHz=alpha,
        transmon__levels=3,
        transmon__t1_us=rng.uniform(1, 20),
        drive__rabi_rate_MHz=rng.uniform(20, 40),
        drive__second_ratio=rng.uniform(0.5, 1.0),
        drive__second_offset_MHz=1e3 * alpha,
        drive__second_delay_ns=rng.uniform(-60, -20),
        drive__second_length_ns=rng.uniform(80, 110),
        drive__second_phase_rad=rng.uniform(0, 6),
        drive__phase_rad=rng.uniform(0, 6),
        charging__length_ns=90.0,
        charging__times_ns=(0.0, 70.0, 140.0),
        simulation__tolerance=1e-12,
    )
    prediction = predict(experiment)
    arm, fock = prediction.arms["catalysed"], prediction.fock.levels
    device = dense_of(experiment, fock)
    excited, leaked = prediction.residual_excitation, prediction.residual_leakage
    start = np.kron(np.diag(arm.photons[0]), np.diag([1 - excited - leaked, excited, leaked]))
    states = propagate(device, start.astype(complex), samples(experiment, 140.0))
    transmon = np.einsum("tninj->tij", states.reshape(-1, fock, 3, fock, 3))
    chosen = transmon[[0, round(70 / CLOCK_NS), round(140 / CLOCK_NS)]]
    np.testing.assert_allclose(arm.transmon, chosen, atol=1e-7)
    levels = np.array([0.0, 1.0, 2.0 + alpha / experiment.transmon.frequency_GHz])
    truth = arm_truth(prediction.experiment, prediction, "catalysed")
    energy = np.einsum("tii->ti", chosen).real @ levels - 0.5
    np.testing.assert_allclose(truth["ladder_energy"], energy, atol=1e-7)
    spectrum = np.sort(np.linalg.eigvalsh(chosen), axis=1)[:, ::-1]
    np.testing.assert_allclose(
        truth["ladder_ergotropy"], energy + 0.5 - spectrum @ levels, atol=1e-7
    )
    np.testing.assert_allclose(
        truth["ladder_ergotropy"], ergotropy(chosen, np.diag(levels)), atol=1e-7
    )


def test_the_tone_of_the_upper_transition_first_charges_to_level_2():
    """The example leaves nine tenths in level 2; one tone alone leaves next to nothing there."""
    both = predict(stirap()).arms["catalysed"].transmon[-1]
    alone = predict(stirap(drive__second_ratio=0.0)).arms["catalysed"].transmon[-1]
    assert both[2, 2].real > 0.9
    assert alone[2, 2].real < 0.02


@pytest.mark.parametrize("delay", [-30.0, 0.0, 25.0])
def test_the_slope_is_the_derivative_of_the_design(delay):
    """By central differences away from the ends of the pulses."""
    experiment = stirap(
        drive__second_delay_ns=delay, drive__second_length_ns=70.0, drive__saturation_MHz=400.0
    )
    times = np.array([11.0, 40.0, 66.0, 120.0])
    _, slope = designed_drive(experiment, times)
    ends = [designed_drive(experiment, times + step)[0] for step in (-1e-4, 1e-4)]
    np.testing.assert_allclose(slope, (ends[1] - ends[0]) / 2e-4, rtol=1e-6, atol=1e-8)


def test_without_a_pulse_of_its_own_the_second_tone_has_the_firsts():
    """Length and delay left out are the first tone's, sample by sample."""
    plain = stirap(drive__second_delay_ns=0.0)
    stated = plain.replace({"drive.second_length_ns": plain.charging.length_ns})
    waveforms = [charging_waveform(each, "catalysed").until(200.0) for each in (plain, stated)]
    assert waveforms[0] == waveforms[1]


def test_a_length_that_the_shape_has_not_is_refused():
    """A square pulse has no length, and so has its second tone."""
    square = Experiment().replace({"drive.second_ratio": 0.5, "drive.second_length_ns": 20.0})
    with pytest.raises(ExperimentError, match=r"drive\.second_length_ns must be left out"):
        charging_waveform(square, "catalysed")
