"""Rotation pulses tuned on the bare transmon, as a laboratory tunes them up, and their errors.

The pulse's amplitude, DRAG coefficient and phase are chosen so that what the readout sees after
the pulse is the wanted Pauli operator of the state before it, with the least leakage.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, pi

import numpy as np
from scipy.optimize import least_squares

from cqed_battery.compute.threads import one_thread
from cqed_battery.device import Device
from cqed_battery.dynamics.rotation_pulse import RotationPulse, rotation
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, pauli
from cqed_battery.units import angular_from_ghz
from protocols.faults.drive_line import IDEAL, Line

_NO_TURN = 1e-6  # sine of the angle of a rotation that only flips: nearer to pi counts as pi


@dataclass(frozen=True)
class PulseError:
    """What a pulse does wrong on the bare, lossless transmon.

    angle: turned too far, in rad; axis: how far out of its plane the measured axis lies, in rad;
    leakage: largest population left above level 1 from any state of levels 0 and 1.
    """

    pulse: str
    line: str
    angle: float
    axis: float
    leakage: float


@one_thread()
def pulse_errors(experiment: Experiment) -> list[PulseError]:
    """Return the errors of the pi/2 and pi pulse: before tuning, tuned, and with faults.

    "untuned" is the Gaussian without DRAG on the ideal line; "tuned" the calibrated pulse on the
    ideal line; "not retuned" that pulse behind the file's filter (if it has one); "with faults" the
    pulse tuned on the filtered line with the file's errors of amplitude, phase and DRAG.

    Args:
        experiment: the file: transmon, clock, `tomography.pulse_ns` and faults of the drive line.

    Returns:
        Three rows for each pulse, five where the line has a filter.
    """
    device, duration = experiment.device, experiment.tomography.pulse_ns
    actual = Line.of(experiment.faults)
    only_filter = Line(bandwidth=actual.bandwidth)
    rows = []
    for name, angle in (("pi/2", pi / 2), ("pi", pi)):
        tuned = tuned_rotation(device, angle, duration)
        cases = [
            ("untuned", RotationPulse(duration, angle), IDEAL),
            ("tuned", tuned, IDEAL),
            ("not retuned", tuned, only_filter),
            ("retuned", tuned_rotation(device, angle, duration, actual.bandwidth), only_filter),
            ("with faults", tuned_rotation(device, angle, duration, actual.bandwidth), actual),
        ]
        wanted = {"untuned", "tuned", "with faults"} | (
            {"not retuned", "retuned"} if actual.filters else set()
        )
        rows += [
            _pulse_error(device, name, what, pulse, line)
            for what, pulse, line in cases
            if what in wanted
        ]
    return rows


def _pulse_error(
    device: Device, name: str, what: str, pulse: RotationPulse, line: Line
) -> PulseError:
    levels = device.transmon.kept_levels
    anharmonicity = angular_from_ghz(device.transmon.anharmonicity_GHz)
    unitary = bare_unitary(pulse, levels, anharmonicity, 1 / device.drive.clock_GHz, line)
    x, y, z = rotated_axis(unitary)
    escaped = unitary[2:, :2].conj().T @ unitary[2:, :2]
    return PulseError(
        pulse=name,
        line=what,
        angle=float((np.arctan2(y, z) - pulse.angle + pi) % (pi + pi) - pi),
        axis=float(np.arcsin(np.clip(x, -1.0, 1.0))),
        leakage=float(np.linalg.eigvalsh(escaped)[-1]) if levels > 2 else 0.0,
    )


def tuned_rotation(
    device: Device, angle: float, duration: float, bandwidth: float = inf
) -> RotationPulse:
    """Return a DRAG pulse of the angle (rad) and duration (ns), tuned on the bare transmon.

    Amplitude, DRAG coefficient and phase make the rotated readout effect match that of an ideal
    rotation and the leakage out of levels 0 and 1 least, behind a line with the stated bandwidth
    (rad/ns). Two levels need no DRAG. A flip reads the same about every axis of the equator: its
    phase makes the axis x, as the coherences that it turns over are measured, too, where an
    exchange with the resonator follows.

    Args:
        device: whose transmon (levels, anharmonicity) and clock count.
        angle: of the rotation, in rad.
        duration: of the pulse, in ns.
        bandwidth: of the line, in rad/ns; infinite without a filter.
    """
    transmon = device.transmon
    return _tune(
        transmon.kept_levels,
        angular_from_ghz(transmon.anharmonicity_GHz),
        angle,
        duration,
        1 / device.drive.clock_GHz,
        bandwidth,
    )


@lru_cache(maxsize=64)
@one_thread()
def _tune(
    levels: int,
    anharmonicity: float,
    angle: float,
    duration: float,
    period: float,
    bandwidth: float,
) -> RotationPulse:
    # The start: half the derivative, which needs no detuning (Lucero et al., PRA 82, 042339).
    drag = -1 / (2 * anharmonicity) if levels > 2 and anharmonicity else 0.0
    wanted = np.array([0.0, np.sin(angle), np.cos(angle)])
    line = Line(bandwidth=bandwidth)
    flips = abs(np.sin(angle)) < _NO_TURN
    start, tuned = np.array([1.0, drag, 0.0]), np.array([True, levels > 2, not flips])

    # The drive is linear in the shape and its derivative, so they are sampled and filtered once.
    lengths, shape = _arriving(RotationPulse(duration, angle), period, line)
    derivative = _arriving(RotationPulse(duration, angle, drag=1.0), period, line)[1] - shape

    def chosen(parameters: FloatArray) -> FloatArray:
        """Return (scale, DRAG in ns, phase in rad), of which those that count are tuned."""
        values = start.copy()
        values[tuned] = parameters
        return values

    def residuals(parameters: FloatArray) -> FloatArray:
        """Return what misses the wanted axis, (3,), and the amplitudes of leakage."""
        scale, weight, phase = chosen(parameters)
        eps = scale * np.exp(1j * phase) * (shape + weight * derivative)
        unitary = _propagator(lengths, eps, levels, anharmonicity)
        leakage = np.abs(unitary[2:, :2]).ravel()
        return np.concatenate([rotated_axis(unitary) - wanted, leakage])

    # The tolerances are those of rounding: tuned pulses are cached and compared with each other.
    fit = least_squares(residuals, x0=start[tuned], xtol=1e-12, ftol=1e-14, gtol=1e-14)
    found = RotationPulse(duration, angle, *chosen(fit.x).tolist())
    if flips:
        unitary = bare_unitary(found, levels, anharmonicity, period, line)
        found = replace(found, phase=-flip_axis(unitary))
    return found


@one_thread()
def bare_unitary(
    pulse: RotationPulse, levels: int, anharmonicity: float, period: float, line: Line = IDEAL
) -> ComplexArray:
    """Return the lossless propagator (levels, levels) of a pulse in the transmon's own frame.

    Args:
        pulse: the rotation.
        levels: of the transmon, whose ladder is weakly anharmonic.
        anharmonicity: in rad/ns, negative for a transmon.
        period: of the waveform generator's clock, in ns.
        line: the drive line that the samples pass.
    """
    samples = _arriving(line.miscalibrated(pulse), period, line)
    return _propagator(*samples, levels, anharmonicity)


def _arriving(pulse: RotationPulse, period: float, line: Line) -> tuple[FloatArray, ComplexArray]:
    """Return lengths (ns) and drive (rad/ns) of the pieces of a pulse behind the filter, (N,)."""
    segments = line.filtered(rotation(pulse, 0.0, period, bias=Controls()), period).segments
    lengths = np.array([part.duration for part in segments])
    return lengths, np.array([part.controls.eps for part in segments], dtype=np.complex128)


def _propagator(
    lengths: FloatArray, eps: ComplexArray, levels: int, anharmonicity: float
) -> ComplexArray:
    """Return the propagator (levels, levels) of pieces of lengths (ns) and drive (rad/ns), (N,)."""
    raising = np.diag(np.sqrt(np.arange(1, levels)), -1)
    ladder = np.diag(anharmonicity / 2 * np.arange(levels) * (np.arange(levels) - 1))
    half = eps[:, None, None] / 2 * raising
    energies, vectors = np.linalg.eigh(ladder + half + half.conj().swapaxes(1, 2))
    phases = np.exp(-1j * energies * lengths[:, None])
    steps = (vectors * phases[:, None]) @ vectors.conj().swapaxes(1, 2)
    while len(steps) > 1:  # neighbours are multiplied, the later one from the left
        odd = steps[len(steps) - len(steps) % 2 :]
        steps = np.concatenate([steps[1::2] @ steps[: 2 * (len(steps) // 2) : 2], odd])
    return np.asarray(steps[0])


def flip_axis(unitary: ComplexArray) -> float:
    """Return the angle from x, in rad, of the equatorial axis about which levels 0 and 1 flip.

    Args:
        unitary: of a pi pulse, (levels, levels).
    """
    return float(np.angle(unitary[1, 0] * unitary[0, 1].conj())) / 2


def rotated_axis(unitary: ComplexArray) -> FloatArray:
    """Return the Bloch axis, shape (3,), that a sigma_z readout after the unitary measures.

    Its length is below 1 by what the unitary takes out of levels 0 and 1.

    Args:
        unitary: (levels, levels).
    """
    sigmas = pauli(len(unitary))
    effect = unitary.conj().T @ sigmas[2] @ unitary
    return np.array([np.trace(effect @ sigma).real / 2 for sigma in sigmas])
