"""Charging: the initial state that the reset leaves and the waveform that follows."""

from math import inf

import numpy as np

from cqed_battery.dynamics.generator import drive_envelope
from cqed_battery.dynamics.waveforms import Waveform, cosine_rise, cosine_rise_rate, rising_drive
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.files.datasets import ARMS
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.step import Step


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
        experiment: the file: Rabi rate, rise, clock, coupler.
        arm: "catalysed", or "control" with the coupler closed.
        time: charging time in ns; without end by default, as one waveform serves all times.
    """
    drive = experiment.drive
    carrier = angular_from_ghz(drive.frequency_GHz)
    designed = rising_drive(
        drive_envelope(experiment.device),
        drive.rise_ns,
        1 / drive.clock_GHz,
        arm_coupling(experiment, arm),
    )
    return Step(
        name="charging",
        controls=designed if time == inf else designed.until(time),
        carrier=carrier,
        frame=carrier,
        swept=True,
        charges=True,
    )


def charging_waveform(experiment: Experiment, arm: str, line: Line = IDEAL) -> Waveform:
    """Return coupling and drive from the start of charging, g and eps in rad/ns, without end.

    Args:
        experiment: the file: Rabi rate, rise, clock, coupler.
        arm: "catalysed", or "control" with the coupler closed.
        line: the drive line that the samples pass.
    """
    return charging_step(experiment, arm).arriving(line, 1 / experiment.drive.clock_GHz)


def rabi_rate(experiment: Experiment, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the designed Rabi rate Omega(t) and its derivative, before clock and line.

    Args:
        experiment: the file: `drive.rabi_rate_MHz` and the cosine rise of `drive.rise_ns`.
        times: since the start of charging, in ns, (T,).

    Returns:
        Omega in rad/ns and dOmega/dt in rad/ns^2, each (T,).
    """
    drive = experiment.drive
    full = angular_from_mhz(drive.rabi_rate_MHz)
    return (
        full * cosine_rise(times, drive.rise_ns),
        full * cosine_rise_rate(times, drive.rise_ns),
    )


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
