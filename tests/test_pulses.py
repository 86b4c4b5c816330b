"""Waveforms, their clock, and the rotation pulses that are tuned on the bare transmon."""

import numpy as np
import pytest
from devices import lossless
from oracles import DenseDevice, propagate
from oracles.conversions import ghz, mhz

from cqed_battery.dynamics.rotation_pulse import RotationPulse, gaussian_shape, rotation
from cqed_battery.dynamics.waveforms import (
    Controls,
    Waveform,
    clocked,
    cosine_rise,
    cosine_rise_rate,
    flat,
    mixed,
    phase_ahead,
    ramped,
)
from cqed_battery.dynamics.waveforms import Segment as Piece
from cqed_battery.experiment import Experiment
from cqed_battery.operators import pauli
from protocols.faults.drive_line import Line
from protocols.stages.calibration import bare_unitary, rotated_axis, tuned_rotation
from protocols.stages.charging import charging_waveform

A, B, C = Controls(0.1, 0.2j), Controls(0.3), Controls(0.0, 1.0)
STEPS = Waveform((Piece(1.0, A), Piece(2.0, B), Piece(float("inf"), C)))


def test_stretches_cover_the_waveform_and_hold_every_time():
    """Segments follow without gap up to the last time, a time at a border with the later one."""
    times = np.array([0.0, 0.4, 1.0, 2.5, 7.0])
    stretches = list(STEPS.stretches(times))
    assert [controls for _, _, controls in stretches] == [A, B, C]
    starts = np.cumsum([0.0] + [duration for _, duration, _ in stretches])
    found = [start + inside for start, (inside, _, _) in zip(starts, stretches, strict=False)]
    assert [len(inside) for inside, _, _ in stretches] == [2, 2, 1]
    np.testing.assert_allclose(np.concatenate(found), times, atol=1e-12)
    assert starts[-1] == pytest.approx(7.0)


def test_times_beyond_the_waveform_are_refused():
    """A time after the last segment's end is an error that gives both."""
    stretches = flat(2.0, A).stretches(np.array([1.0, 2.5]))
    with pytest.raises(ValueError, match=r"time 2.5 ns lies beyond the waveform's 2.0 ns"):
        list(stretches)


def test_controls_at_a_border_are_the_later_ones():
    """Between segments the controls are those that follow, and at the end the last ones."""
    assert [STEPS.controls_at(t) for t in (0.0, 0.99, 1.0, 3.0, 1e6)] == [A, A, B, C, C]
    assert flat(2.0, A).controls_at(5.0) == A


def test_waveforms_follow_one_another():
    """`then` adds durations and keeps the order; nothing of no length is added."""
    assert flat(0.0, A).segments == ()
    both = flat(2.0, A).then(flat(0.0, B)).then(flat(1.0, C))
    assert both.segments == (Piece(2.0, A), Piece(1.0, C))
    assert both.duration == 3.0


def test_waveforms_are_cut_at_their_borders():
    """The pieces up to a border's time come first, the others after; both may be empty."""
    assert STEPS.cut(1.0) == (Waveform(STEPS.segments[:1]), Waveform(STEPS.segments[1:]))
    assert STEPS.cut(3.0 - 1e-12) == (Waveform(STEPS.segments[:2]), Waveform(STEPS.segments[2:]))
    assert STEPS.cut(0.0) == (Waveform(()), STEPS)
    assert flat(2.0, A).cut(2.0) == (flat(2.0, A), Waveform(()))


def test_phases_are_compared_where_only_they_differ():
    """One drive is ahead of another of the same size by a phase, or it is another drive."""
    first = flat(1.0, Controls(0.1, 0.2j)).then(flat(2.0, Controls(0.1, 0.3)))
    later = flat(1.0, Controls(0.1, -0.2)).then(flat(2.0, Controls(0.1, 0.3j)))
    assert phase_ahead(first, later) == pytest.approx(np.pi / 2, abs=1e-15)
    assert phase_ahead(later, first) == pytest.approx(-np.pi / 2, abs=1e-15)
    other = flat(1.0, Controls(0.1, -0.2)).then(flat(2.0, Controls(0.1, 0.3j + 1e-9)))
    coupled = flat(1.0, Controls(0.2, 0.2j)).then(flat(2.0, Controls(0.1, 0.3)))
    shorter = flat(1.0, Controls(0.1, 0.2j)).then(flat(1.5, Controls(0.1, 0.3)))
    undriven = flat(3.0, Controls(0.1))
    assert [phase_ahead(first, w) for w in (other, coupled, shorter, undriven)] == [None] * 4
    assert phase_ahead(undriven, undriven) is None


def test_the_clock_samples_the_middle_of_its_periods():
    """Each sample is held for a period, the last one for what is left."""
    wave = clocked(1.1, 0.25, lambda t: Controls(t))
    np.testing.assert_allclose([p.duration for p in wave.segments], [0.25] * 4 + [0.1])
    middles = [0.125, 0.375, 0.625, 0.875, 1.05]
    np.testing.assert_allclose([p.controls.g for p in wave.segments], middles)
    assert len(clocked(1.0, 0.1, Controls).segments) == 10
    assert clocked(0.0, 0.25, Controls).segments == ()


@pytest.mark.parametrize("rise", [0.0, 2.0])
def test_cosine_rise(rise):
    """It rises from 0 to 1 and its rate is its derivative; without length it jumps."""
    times = np.array([-1.0, 0.3, 1.0, 1.7, 2.5])
    value, rate = cosine_rise(times, rise), cosine_rise_rate(times, rise)
    if rise:
        np.testing.assert_allclose(value, np.sin(np.pi / 4 * np.clip(times, 0, 2)) ** 2)
        slope = (cosine_rise(times + 1e-6, rise) - cosine_rise(times - 1e-6, rise)) / 2e-6
        np.testing.assert_allclose(rate, slope, atol=1e-8)
    else:
        np.testing.assert_array_equal(value, [0, 1, 1, 1, 1])
        np.testing.assert_array_equal(rate, 0 * times)


def test_charging_drive_rises_and_stays():
    """The samples of the rise are followed by the full amplitude without end, at one coupling."""
    experiment = Experiment().replace({"drive.phase_rad": 0.3, "coupler.g_on_MHz": 40.0})
    wave = charging_waveform(experiment, "catalysed")
    fractions = np.sin(np.pi / 2 * np.array([0.125, 0.375, 0.625, 0.875])) ** 2
    full = 1j * mhz(50.0) * np.exp(-0.3j)
    np.testing.assert_allclose(
        [p.controls.eps for p in wave.segments], full * np.append(fractions, 1.0)
    )
    np.testing.assert_allclose([p.controls.g for p in wave.segments], mhz(40.0))
    assert wave.segments[-1].duration == float("inf")


def test_coupler_ramp_goes_from_one_value_to_the_other():
    """Samples of half a cosine, the drive being off; closing mirrors opening."""
    closing, opening = (
        ramped(Controls(a), Controls(b), 2.0, 0.5) for a, b in ((0.3, 0.1), (0.1, 0.3))
    )
    middles = np.sin(np.pi / 4 * np.array([0.25, 0.75, 1.25, 1.75])) ** 2
    found = np.array([p.controls.g for p in closing.segments])
    np.testing.assert_allclose(found, 0.3 - 0.2 * middles)
    np.testing.assert_allclose([p.controls.g for p in opening.segments], found[::-1])
    assert {p.controls.eps for p in closing.segments} == {0.0}


def test_gaussian_has_unit_area_and_ends_at_zero():
    """The lifted Gaussian integrates to 1, is 0 at both ends and knows its derivative."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    times = 8.0 * (nodes + 1)
    values, slopes = np.array([gaussian_shape(t, 16.0) for t in times]).T
    assert 8.0 * weights @ values == pytest.approx(1.0, abs=1e-12)
    assert gaussian_shape(0.0, 16.0)[0] == gaussian_shape(16.0, 16.0)[0] == pytest.approx(0.0)
    steps = np.array([gaussian_shape(t + h, 16.0)[0] for t in times for h in (1e-5, -1e-5)])
    np.testing.assert_allclose(slopes, (steps[::2] - steps[1::2]) / 2e-5, atol=1e-10)


def test_rotation_pulse_turns_with_its_phase_and_carrier():
    """The axis turns eps by exp(i phase), the carrier by exp(-i offset t) since `delay` before."""
    pulse = RotationPulse(16.0, np.pi, scale=1.1, drag=0.3, phase=0.2)
    time, offset = 5.0, 0.4
    value, slope = gaussian_shape(time, 16.0)
    expected = 1.1 * np.pi * (value + 0.3j * slope) * np.exp(0.2j)
    assert pulse.envelope(time) == pytest.approx(expected)
    wave = mixed(rotation(pulse, 0.7, 0.5, bias=Controls(0.01)), offset, 3.0)
    sample = wave.segments[10]
    turn = np.exp(1j * (0.7 - offset * (3.0 + 5.25)))
    assert sample.controls.eps == pytest.approx(pulse.envelope(5.25) * turn)
    assert sample.controls.g == 0.01


@pytest.mark.parametrize("angle", [np.pi / 2, np.pi])
def test_bare_unitary_is_the_dense_engines(angle):
    """The propagator of a pulse moves states as the dense engine's lossless transmon does."""
    device = DenseDevice(
        levels=3, fock_levels=1, t1_us=np.inf, dephasing_rate_MHz=0.0, linewidth_MHz=0.0
    )
    pulse = RotationPulse(16.0, angle, drag=0.3)
    segments = [
        ((k + 1) * 0.25 - k * 0.25, 0.0, pulse.envelope((k + 0.5) * 0.25)) for k in range(64)
    ]
    start = np.full((3, 3), 1 / 3, dtype=complex)
    expected = propagate(device, start, segments)[-1]
    unitary = bare_unitary(pulse, 3, ghz(-0.25), 0.25)
    np.testing.assert_allclose(unitary @ start @ unitary.conj().T, expected, atol=1e-10)


@pytest.mark.parametrize(("duration", "fold"), [(16.0, 1e4), (10.0, 100.0)])
def test_tuned_pulse_turns_the_axis_and_leaks_little(duration, fold):
    """A tuned pi/2 pulse reads y to 1e-3 and leaks far less than the untuned Gaussian does."""
    device = lossless(transmon__levels=3).device
    tuned, plain = tuned_rotation(device, np.pi / 2, duration), RotationPulse(duration, np.pi / 2)
    unitaries = [bare_unitary(pulse, 3, ghz(-0.25), 0.25) for pulse in (tuned, plain)]
    misses = [abs(rotated_axis(u) - [0.0, 1.0, 0.0]).max() for u in unitaries]
    leakages = [(abs(u[2, :2]) ** 2).max() for u in unitaries]
    assert misses[0] < 1e-3 < 1e-2 < misses[1]
    assert leakages[0] < leakages[1] / fold


def test_tuned_pi_pulse_flips():
    """A tuned pi pulse exchanges levels 0 and 1 but for 1e-4, unlike the untuned one."""
    device = lossless(transmon__levels=3).device
    flips = [
        abs(bare_unitary(pulse, 3, ghz(-0.25), 0.25)[1, 0]) ** 2
        for pulse in (tuned_rotation(device, np.pi, 16.0), RotationPulse(16.0, np.pi))
    ]
    assert flips[0] > 1 - 1e-4 > 1 - 1e-3 > flips[1]


@pytest.mark.parametrize("bandwidth", [np.inf, 1.0], ids=["ideal line", "filter"])
@pytest.mark.parametrize("levels", [2, 3, 4])
def test_tuned_pi_pulse_flips_about_x(levels, bandwidth):
    """A pi pulse turns sigma_x of levels 0 and 1 into itself but for 1e-3, which z cannot tell."""
    device = lossless(transmon__levels=levels).device
    pulse = tuned_rotation(device, np.pi, 16.0, bandwidth)
    unitary = bare_unitary(pulse, levels, ghz(-0.25), 0.25, Line(bandwidth=bandwidth))
    flipped = unitary.conj().T @ pauli(levels)[0] @ unitary
    assert flipped[0, 1].real == pytest.approx(1.0, abs=1e-3)
    assert abs(flipped[0, 1].imag) < 1e-6


@pytest.mark.parametrize("levels", [2, 3])
@pytest.mark.parametrize("angle", [np.pi / 2, np.pi])
def test_tuning_does_not_hang_on_rounding(angle, levels):
    """What the readout cannot tell is fixed beforehand: neighbouring durations, the same pulse."""
    device = lossless(transmon__levels=levels).device
    first, second = (tuned_rotation(device, angle, duration) for duration in (16.0, 16.0 + 1e-10))
    for name in ("scale", "drag", "phase"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-7)


def test_pulse_for_two_levels_needs_no_drag():
    """Without a third level the plain Gaussian turns the axis to 1e-4, the tuned one to 1e-8."""
    tuned = tuned_rotation(lossless().device, np.pi / 2, 16.0)
    for pulse, size in ((RotationPulse(16.0, np.pi / 2), 1e-4), (tuned, 1e-8)):
        axis = rotated_axis(bare_unitary(pulse, 2, ghz(-0.25), 0.25))
        np.testing.assert_allclose(axis, [0.0, 1.0, 0.0], rtol=0, atol=size)
