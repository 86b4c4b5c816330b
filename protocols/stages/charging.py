"""Charging: the initial state that the reset leaves and the waveform that follows."""

from dataclasses import replace
from functools import lru_cache
from math import inf

import numpy as np

from cqed_battery.dynamics.generator import drive_envelope, driven
from cqed_battery.dynamics.waveforms import Segment, Waveform, clock_edges
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.files.datasets import ARMS
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.faults.edges import held_until, tailing
from protocols.reset import check_kept
from protocols.sequence.step import Step
from protocols.shape import PulseShape, shape_of
from protocols.stages.bias import arm_frame, charging_bias, frame_shift, idle_bias

_KEPT = 128  # designed pulses that are kept: those of a sweep's settings, in both arms


def arms(experiment: Experiment) -> tuple[str, ...]:
    """Return the arms that the experiment measures, the catalysed one first: one or two names.

    Args:
        experiment: the experiment file's content.
    """
    return ARMS if experiment.control.enabled else ARMS[:1]


def charging_step(experiment: Experiment, arm: str, time: float = inf) -> Step:
    """Return the step that charges: the drive is on, and gated off at its end.

    Args:
        experiment: the file: Rabi rate, shape of the pulse, clock, coupler.
        arm: "catalysed", or "control" with the coupler closed or one of the two moved away.
        time: charging time in ns; without end by default, as one waveform serves all times.

    Raises:
        ExperimentError: the file lacks what its shape needs.
    """
    carrier = arm_frame(experiment, arm)
    designed = _designed(experiment, arm)
    return Step(
        name="charging",
        controls=designed if time == inf else designed.until(time),
        carrier=carrier,
        frame=carrier,
        swept=True,
        charges=True,
        saturation=angular_from_mhz(experiment.drive.saturation_MHz),
        shift=frame_shift(experiment, arm),
    )


@lru_cache(maxsize=_KEPT)
def _designed(experiment: Experiment, arm: str) -> Waveform:
    """Return what is played while an arm charges, without end, the envelope before the line."""
    drive, shape, device = experiment.drive, _checked_shape(experiment), experiment.device
    length, bias = shape.length_ns(experiment), charging_bias(experiment, arm)
    if drive.second_ratio:  # which beats as long as the drive is on
        length = max(_both_ns(experiment), float(experiment.charging_times_ns[-1]))
    edges = clock_edges(length, 1 / drive.clock_GHz)
    middles = (edges[1:] + edges[:-1]) / 2
    samples = _envelope(experiment, np.append(middles, length)).tolist()
    widths = [*np.diff(edges).tolist(), inf]
    return Waveform(
        tuple(
            Segment(width, driven(device, bias, envelope))
            for width, envelope in zip(widths, samples, strict=True)
        )
    )


def _envelope(experiment: Experiment, times: FloatArray) -> ComplexArray:
    """Return the envelope as designed at times (T,), in rad/ns: the shape, by both tones."""
    return np.asarray(drive_envelope(experiment.device) * _tones(experiment, times)[0])


def _tones(experiment: Experiment, times: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Return s_1 + r s_2 exp(-i (w t + phi)) of both tones, and its slope in 1/ns, (T,) each."""
    drive, delay = experiment.drive, experiment.drive.second_delay_ns
    value, slope = _started(experiment, times, max(-delay, 0.0))
    if not drive.second_ratio:
        return value, slope
    offset = angular_from_mhz(drive.second_offset_MHz)
    turn = drive.second_ratio * np.exp(-1j * (offset * times + drive.second_phase_rad))
    own, rise = _started(_second_pulse(experiment), times, max(delay, 0.0))
    return value + own * turn, slope + (rise - 1j * offset * own) * turn


def _started(
    experiment: Experiment, times: FloatArray, start: float
) -> tuple[ComplexArray, ComplexArray]:
    """Return the shape of a pulse that starts at a time in ns, and its slope, (T,) each."""
    shape = shape_of(experiment)
    on, since = times >= start, np.maximum(times - start, 0.0)
    return on * shape.values(experiment, since), on * shape.slope(experiment, since)


@lru_cache(maxsize=16)
def _second_pulse(experiment: Experiment) -> Experiment:
    """Return the experiment whose pulse is that of the second tone."""
    own = experiment.drive.second_length_ns
    return experiment if own is None else experiment.replace({"charging.length_ns": own})


def _both_ns(experiment: Experiment) -> float:
    """Return from when on the pulses of both tones are constant, in ns."""
    delay, lengths = experiment.drive.second_delay_ns, []
    for each, start in ((experiment, max(-delay, 0.0)), (_second_pulse(experiment), delay)):
        lengths.append(max(start, 0.0) + shape_of(each).length_ns(each))
    return max(lengths)


def _checked_shape(experiment: Experiment) -> PulseShape:
    shape, own = shape_of(experiment), experiment.drive.second_length_ns
    shape.check(experiment)
    if own is not None and shape.length_ns(_second_pulse(experiment)) != own:
        raise ExperimentError(
            "drive.second_length_ns must be left out with charging.shape ="
            f' "{experiment.charging.shape}", which has no length to change, but is {own:g}: choose'
            ' "gaussian" or "flat-top", or leave it out'
        )
    return shape


def charging_waveform(experiment: Experiment, arm: str, line: Line = IDEAL) -> Waveform:
    """Return coupling and drive from the start of charging, g and eps in rad/ns, without end.

    A drive that comes before the coupling begins it, by `line.lead` (ns).

    Args:
        experiment: the file: Rabi rate, rise, clock, coupler.
        arm: "catalysed", or "control" with the coupler closed or one of the two moved away.
        line: the drive line that the samples pass.
    """
    found = charging_step(experiment, arm).arriving(line, 1 / experiment.drive.clock_GHz)
    if not (line.lead or line.tail or line.step):
        return found
    before, after = idle_bias(experiment, arm), charging_bias(experiment, arm)
    found = held_until(found, line.lead, before)
    if line.step is not None and before != after:
        found = line.step.stepped(found, after.plus(before, -1.0), line.lead)
    return tailing(found, line.lead, before.plus(after, -1.0), line.tail, line.tail_ns)


def held_drive(
    experiment: Experiment, times: FloatArray, line: Line = IDEAL
) -> tuple[ComplexArray, ComplexArray]:
    """Return the drive at the device at times, and how far it is from the sample that begins then.

    The samples of what is smooth, by its shape or behind a filter, are joined by lines from middle
    to middle: a sample that begins is half a period ahead, which would bias P and dE/dt by half a
    period of their slope, and make them jump where a delay moves the samples' borders.

    Args:
        experiment: the file.
        times: since the start of charging, in ns, (T,).
        line: the drive line that the samples pass.

    Returns:
        eps, and eps less the sample's, in rad/ns, each (T,).
    """
    # Middles of samples are those of what is played: pieces of modulation and tail are none.
    plain = replace(line, modulation=None, tail=0.0, step=None)
    waveform = charging_waveform(experiment, "control", plain)
    times = times + line.lead
    share = np.ones(len(times)) if line.modulation is None else line.modulation.at(times)
    sample: ComplexArray = np.array([waveform.controls_at(float(time)).eps for time in times])
    smooth = shape_of(experiment).smooth or line.filters or bool(experiment.drive.second_ratio)
    if not smooth or len(waveform.segments) < 2:  # one that never changes has no samples to join
        return share * sample, np.zeros_like(sample)
    lengths = np.array([part.duration for part in waveform.segments[:-1]])
    ends = np.cumsum(lengths)
    at = np.append(ends - lengths / 2, ends[-1:])
    values = np.array([part.controls.eps for part in waveform.segments])
    joined = np.interp(times, at, values.real) + 1j * np.interp(times, at, values.imag)
    return share * joined, share * (joined - sample)


def designed_drive(experiment: Experiment, times: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Return the transmon's drive and its derivative as designed, before clock and faults.

    eps(t) = i Omega exp(-i phi) s(t), s the shape of the pulse, times 1 - |eps|/saturation; a
    second tone adds r exp(-i (w t + phi_2)) s_2 to s, s_2 of its own length and start. Where the
    resonator alone is driven there is none.

    Args:
        experiment: the file: Rabi rate, phase and shape of the pulse.
        times: since the start of charging, in ns, (T,).

    Returns:
        eps in rad/ns and d eps/dt in rad/ns^2, each (T,).

    Raises:
        ExperimentError: the file lacks what its shape needs.
    """
    _checked_shape(experiment)
    if experiment.drive.target == "resonator":
        return np.zeros_like(times, dtype=complex), np.zeros_like(times, dtype=complex)
    full = drive_envelope(experiment.device)
    eps, slope = (full * part for part in _tones(experiment, times))
    saturation = angular_from_mhz(experiment.drive.saturation_MHz)
    if saturation == inf:
        return eps, slope
    size = np.abs(eps)
    growth = np.divide((eps.conj() * slope).real, size, out=np.zeros_like(size), where=size > 0)
    passed = 1 - size / saturation
    return eps * passed, slope * passed - eps * growth / saturation


def initial_state(
    levels: int,
    fock_levels: int,
    residual_excitation: float,
    photons: float,
    residual_leakage: float = 0.0,
) -> ComplexArray:
    """Return the state before charging, shape (D, D), D = levels x fock_levels.

    The transmon is in levels 1 and 2 with the residual probabilities, the resonator in a thermal
    state with the stated mean number of photons.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
        residual_excitation: probability of level 1, from 0 to 1.
        photons: mean number before the truncation to fock_levels, at least 0.
        residual_leakage: probability of level 2, from 0 to 1.

    Raises:
        ExperimentError: the reset leaks, but the transmon has no level 2.
    """
    check_kept(levels, residual_leakage)
    transmon = _populations(levels, residual_excitation, residual_leakage)
    return np.diag(np.kron(transmon, _thermal(fock_levels, photons))).astype(complex)


def initial_state_derivatives(
    levels: int,
    fock_levels: int,
    residual_excitation: float,
    photons: float,
    residual_leakage: float = 0.0,
) -> tuple[ComplexArray, ComplexArray]:
    """Return the derivatives of `initial_state` by the excitation and by the photons.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
        residual_excitation: probability of level 1.
        photons: mean number before the truncation to fock_levels.
        residual_leakage: probability of level 2.

    Returns:
        Two diagonal matrices (D, D), per unit of probability and per photon.
    """
    transmon = _populations(levels, residual_excitation, residual_leakage)
    flip = _populations(levels, 1.0, 0.0) - _populations(levels, 0.0, 0.0)
    # p_n ~ r^n with r = n/(1 + n) for n mean photons, and dr/dn = 1/(1 + n)^2
    ratio, number = photons / (1 + photons), np.arange(fock_levels)
    weights, thermal = ratio**number, _thermal(fock_levels, photons)
    rising = np.append(0.0, number[1:] * ratio ** number[:-1])
    slope = (rising - thermal * rising.sum()) / weights.sum() / (1 + photons) ** 2
    by_excitation = np.diag(np.kron(flip, thermal)).astype(complex)
    return by_excitation, np.diag(np.kron(transmon, slope)).astype(complex)


def _populations(levels: int, excitation: float, leakage: float) -> FloatArray:
    transmon = np.zeros(max(levels, 3))
    transmon[:3] = 1 - excitation - leakage, excitation, leakage
    return transmon[:levels]


def _thermal(fock_levels: int, photons: float) -> FloatArray:
    resonator = (photons / (1 + photons)) ** np.arange(fock_levels)
    return np.asarray(resonator / resonator.sum())
