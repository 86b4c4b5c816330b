"""Charging: the initial state that the reset leaves and the waveform that follows."""

from math import inf

import numpy as np

from cqed_battery.dynamics.generator import drive_envelope
from cqed_battery.dynamics.waveforms import Controls, Waveform, clocked, flat
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.files.datasets import ARMS
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.step import Step
from protocols.shape import PulseShape, shape_of


def arms(experiment: Experiment) -> tuple[str, ...]:
    """Return the arms that the experiment measures, the catalysed one first: one or two names.

    Args:
        experiment: the experiment file's content.
    """
    return ARMS if experiment.control.enabled else ARMS[:1]


def arm_coupling(experiment: Experiment, arm: str) -> float:
    """Return the coupling g during charging in rad/ns; the control keeps the coupler closed.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    coupler = experiment.coupler
    return angular_from_mhz(coupler.g_on_MHz if arm == "catalysed" else coupler.g_off_MHz)


def charging_step(experiment: Experiment, arm: str, time: float = inf) -> Step:
    """Return the step that charges: the drive is on, and gated off at its end.

    Args:
        experiment: the file: Rabi rate, shape of the pulse, clock, coupler.
        arm: "catalysed", or "control" with the coupler closed.
        time: charging time in ns; without end by default, as one waveform serves all times.

    Raises:
        ExperimentError: the file lacks what its shape needs.
    """
    drive, shape = experiment.drive, _checked_shape(experiment)
    full, g = drive_envelope(experiment.device), arm_coupling(experiment, arm)
    carrier = angular_from_ghz(drive.frequency_GHz)

    def controls(at: float) -> Controls:
        """Return coupling and envelope at a time in ns."""
        return Controls(g, full * complex(shape.values(experiment, np.array([at]))[0]))

    length = shape.length_ns(experiment)
    held = flat(inf, controls(length))
    designed = clocked(length, 1 / drive.clock_GHz, controls).then(held)
    return Step(
        name="charging",
        controls=designed if time == inf else designed.until(time),
        carrier=carrier,
        frame=carrier,
        swept=True,
        charges=True,
        saturation=angular_from_mhz(drive.saturation_MHz),
    )


def _checked_shape(experiment: Experiment) -> PulseShape:
    shape = shape_of(experiment)
    shape.check(experiment)
    return shape


def charging_waveform(experiment: Experiment, arm: str, line: Line = IDEAL) -> Waveform:
    """Return coupling and drive from the start of charging, g and eps in rad/ns, without end.

    Args:
        experiment: the file: Rabi rate, rise, clock, coupler.
        arm: "catalysed", or "control" with the coupler closed.
        line: the drive line that the samples pass.
    """
    return charging_step(experiment, arm).arriving(line, 1 / experiment.drive.clock_GHz)


def held_drive(
    experiment: Experiment, times: FloatArray, line: Line = IDEAL
) -> tuple[ComplexArray, ComplexArray]:
    """Return the drive at the device at times, and how far it is from the sample that begins then.

    The samples of a smooth pulse are joined by lines from middle to middle: a sample that begins
    is half a period ahead, which would bias P and dE/dt by half a period of their slope.

    Args:
        experiment: the file.
        times: since the start of charging, in ns, (T,).
        line: the drive line that the samples pass.

    Returns:
        eps, and eps less the sample's, in rad/ns, each (T,).
    """
    waveform = charging_waveform(experiment, "control", line)
    sample = np.array([waveform.controls_at(float(time)).eps for time in times])
    if not shape_of(experiment).smooth:
        return sample, np.zeros_like(sample)
    lengths = np.array([part.duration for part in waveform.segments[:-1]])
    ends = np.cumsum(lengths)
    at = np.append(ends - lengths / 2, ends[-1:])
    values = np.array([part.controls.eps for part in waveform.segments])
    joined = np.interp(times, at, values.real) + 1j * np.interp(times, at, values.imag)
    return joined, joined - sample


def designed_drive(experiment: Experiment, times: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Return the drive's envelope and its derivative as designed, before clock and faults.

    eps(t) = i Omega exp(-i phi) s(t), s the shape of the pulse, times 1 - |eps|/saturation.

    Args:
        experiment: the file: Rabi rate, phase and shape of the pulse.
        times: since the start of charging, in ns, (T,).

    Returns:
        eps in rad/ns and d eps/dt in rad/ns^2, each (T,).

    Raises:
        ExperimentError: the file lacks what its shape needs.
    """
    shape, full = _checked_shape(experiment), drive_envelope(experiment.device)
    eps, slope = full * shape.values(experiment, times), full * shape.slope(experiment, times)
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
    if residual_leakage and levels < 3:
        raise ExperimentError(
            "reset.leakage_per_flip must be 0 with transmon.levels = 2, because there is no level"
            f" to leak to, but the reset leaves {residual_leakage:.3g} in level 2: keep 3 levels"
        )
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
