"""Instructions as maps of the joint state of transmon and resonator, by the pulse-level dynamics.

States are real vectors (D^2,) in the carrier's frame: it turns at the transmon's frequency, and
`rz` turns it at once (every later pulse, and the drive, has its phase moved). Each instruction
is solved in the drive's frame and the frames are matched at its end. Pulses and drive pass the
drive line with its faults.
"""

from collections.abc import Callable
from math import ceil, cos, log, pi, sin

import numpy as np
from scipy.linalg import expm

from cqed_battery.device import Device
from cqed_battery.dynamics.convergence import TOP_LEVEL_LIMIT
from cqed_battery.dynamics.evolution import Liouvillian, forward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, photon_rows, to_real
from cqed_battery.dynamics.waveforms import Waveform, flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, excitations
from cqed_battery.units import angular_from_ghz
from protocols.faults.drive_line import Line
from protocols.reset import expected_excitation, expected_leakage, remaining_photons, reset_of
from protocols.sequence.rotations import rotation_step
from protocols.stages.bias import arm_frame, gathered_phase, idle_bias, idle_frequency
from protocols.stages.calibration import bare_unitary, tuned_rotation
from protocols.stages.charging import charging_waveform, initial_state
from protocols.stages.tomography import closing_ramp

_LARGEST_DENSE = 400  # D^2 up to which propagators are full matrices
_MOST_KEPT = 32  # propagators of at most 400 x 400 numbers: 40 MB
_TAIL = 1e-3 * TOP_LEVEL_LIMIT  # thermal population left out
_SILENT = 1e-9  # rad/ns
ANGLES = {"x": pi, "sx": pi / 2}

Move = Callable[[FloatArray], FloatArray]
"""What an instruction makes of a state, a real vector (D^2,) each."""


def closed_fock_levels(experiment: Experiment) -> int:
    """Return Fock levels that suffice while the coupler is closed.

    They hold what the reset leaves but for a thermal tail of 1e-9, and all that the transmon
    can give.

    Args:
        experiment: the experiment file's content.
    """
    photons = remaining_photons(experiment)
    tail = ceil(log(_TAIL) / log(photons / (1 + photons))) if photons > 0 else 1
    return tail + experiment.transmon.kept_levels - 1


def clocked_ns(experiment: Experiment, duration: float) -> float:
    """Return a duration in ns, rounded up to whole periods of the clock.

    Args:
        experiment: the experiment file's content, for `drive.clock_GHz`.
        duration: in ns, at least 0.
    """
    clock = experiment.drive.clock_GHz
    return ceil(duration * clock - 1e-9) / clock


def pulse_ns(experiment: Experiment) -> float:
    """Return how long x, sx and id take, in ns; ideal rotations take no time.

    Args:
        experiment: the experiment file's content.
    """
    tomography = experiment.tomography
    return clocked_ns(experiment, tomography.pulse_ns) if tomography.pulse == "drag" else 0.0


def reset_ns(experiment: Experiment) -> float:
    """Return how long a `reset` takes, in ns; a step that flips has a pulse.

    Args:
        experiment: the experiment file's content.
    """
    return sum(
        clocked_ns(experiment, step.wait_ns) + step.flips * pulse_ns(experiment)
        for step in reset_of(experiment).sequence(experiment)
    )


def true_device(experiment: Experiment, shift_MHz: float = 0.0) -> Device:
    """Return the device with the faults' detunings, its transmon shifted further; in MHz.

    Args:
        experiment: the experiment file's content, its section `faults` included.
        shift_MHz: of the transmon's frequency beside `faults.transmon_detuning_MHz`, in MHz.
    """
    faults = experiment.faults
    transmon_MHz = faults.transmon_detuning_MHz + shift_MHz
    return experiment.device.shifted(transmon_MHz, faults.resonator_detuning_MHz)


def frame_error(experiment: Experiment, angle: float) -> float:
    """Return the phase chi in rad by which the tuned pulse misses Rx(angle): U ~ e^(i chi n) Rx.

    Calibrated on the bare transmon; it maximises |Tr[Rx' e^(-i chi n) U]| on levels 0 and 1.

    Args:
        experiment: the experiment file's content: transmon, clock, tomography pulse, bandwidth of
            the line.
        angle: of the rotation, in rad.
    """
    transmon, line = experiment.transmon, Line(bandwidth=Line.of(experiment.faults).bandwidth)
    length = experiment.tomography.pulse_ns
    unitary = bare_unitary(
        tuned_rotation(experiment.device, angle, length, line.bandwidth),
        transmon.kept_levels,
        angular_from_ghz(transmon.anharmonicity_GHz),
        1 / experiment.drive.clock_GHz,
        line,
    )
    rows = (x_rotation(angle, 2).conj() * unitary[:2, :2]).sum(axis=1)
    return float(np.angle(rows[1] * rows[0].conj()))


def x_rotation(angle: float, levels: int) -> ComplexArray:
    """Return exp(-i angle X/2) of levels 0 and 1, the identity above, (levels, levels).

    Args:
        angle: in rad.
        levels: of the transmon, at least 2.
    """
    matrix = np.eye(levels, dtype=complex)
    half = angle / 2
    matrix[:2, :2] = [[cos(half), -1j * sin(half)], [-1j * sin(half), cos(half)]]
    return matrix


class PulseEngine:
    """The device's instructions as maps of joint states, for one number of Fock levels.

    Waveforms are those of the experiment's device; the true one is off by the faults' detunings
    and a further shift. `top` is the largest population that the highest Fock level has held
    after a charging, and `ringing` what the drive line still holds of one, in rad/ns.
    """

    def __init__(self, experiment: Experiment, fock_levels: int, shift_MHz: float = 0.0) -> None:
        self.experiment, self.fock_levels = experiment, fock_levels
        self.levels, self.top, self.ringing = experiment.transmon.kept_levels, 0.0, 0.0j
        self.liouvillian = Liouvillian(
            rotating_frame(true_device(experiment, shift_MHz), fock_levels)
        )
        self._line, self._period = Line.of(experiment.faults), 1 / experiment.drive.clock_GHz
        self._closed = idle_bias(experiment)
        self._detuning = idle_frequency(experiment) - arm_frame(experiment, "catalysed")
        self._excitations = excitations(self.levels, fock_levels)
        self._kept: dict[tuple[str, float], FloatArray] = {}
        self._frame_errors = {name: frame_error(experiment, ANGLES[name]) for name in ANGLES}

    def start(self) -> FloatArray:
        """Return the state that the reset before each repetition leaves."""
        self.top, self.ringing = 0.0, 0.0j
        experiment = self.experiment
        start = initial_state(
            self.levels,
            self.fock_levels,
            expected_excitation(experiment),
            remaining_photons(experiment),
            expected_leakage(experiment),
        )
        return to_real(start)

    def move(self, name: str, value: float = 0.0) -> Move:
        """Return what the next instruction does to every state; the value is in rad or ns.

        Args:
            name: "x", "sx", "id", "rz", "delay" or "charge".
            value: angle of rz in rad, or time of delay and charge in ns; the others need none.
        """
        if name == "rz":
            return self._turn(value)
        if name == "charge":
            return self._charge(value)
        if name in ANGLES:
            return self._rotate(name)
        return self.wait(pulse_ns(self.experiment) if name == "id" else value)

    def wait(self, duration: float) -> Move:
        """Return a wait (ns) with the coupler closed.

        Args:
            duration: in ns, at least 0.
        """
        return self._evolve("idle", flat(duration, self._closed), self._detuning * duration)

    def _rotate(self, name: str) -> Move:
        """Return Rx(pi) or Rx(pi/2): a tuned pulse, its frame corrected."""
        experiment, angle = self.experiment, ANGLES[name]
        if experiment.tomography.pulse == "none":
            full = np.kron(x_rotation(angle, self.levels), np.eye(self.fock_levels))
            return lambda state: to_real(full @ from_real(state) @ full.conj().T)
        duration, length = pulse_ns(experiment), experiment.tomography.pulse_ns
        step = rotation_step(experiment, name, angle, 0.0, self._line)
        pulse, rest = step.arriving(self._line, self._period), flat(duration - length, self._closed)
        turned = (step.carrier - step.frame) * length + self._detuning * rest.duration
        return self._evolve(name, pulse.then(rest), turned - self._frame_errors[name])

    def _charge(self, time: float) -> Move:
        """Return charging for a time (ns) and the closing of the coupler."""
        designed = charging_waveform(self.experiment, "catalysed")
        arriving = charging_waveform(self.experiment, "catalysed", self._line)
        drive = arriving.until(time + self._line.lead)
        self.ringing = complex(self._line.ringing(designed, np.array([time]))[0])
        ramp = closing_ramp(self.experiment, "catalysed")
        turned = gathered_phase(self.experiment, "catalysed", ramp)
        close = self._evolve("close", ramp, turned)

        def charged(state: FloatArray) -> FloatArray:
            """Return a state behind the charging drive and the ramp that closes the coupler."""
            return self._noted(close(self._noted(forward(self.liouvillian, state, drive))))

        return charged

    def _turn(self, angle: float) -> Move:
        """Return the frame's rotation exp(i angle n), n all excitations."""
        self.ringing *= np.exp(1j * angle)
        phases = np.exp(1j * angle * self._excitations)
        return lambda state: to_real(phases[:, None] * from_real(state) * phases.conj())

    def _evolve(self, name: str, waveform: Waveform, angle: float) -> Move:
        """Return a waveform and a turn; the full propagators of small spaces are kept."""
        duration, rings = waveform.duration, bool(self.ringing)
        if rings:
            waveform = self._line.ring_down(waveform, self.ringing, self._period)
            self.ringing *= np.exp(-self._line.bandwidth * duration)
            self.ringing *= abs(self.ringing) > _SILENT
        turn = self._turn(angle)
        if rings or self.liouvillian.dimension**2 > _LARGEST_DENSE:
            return lambda state: turn(forward(self.liouvillian, state, waveform))
        matrix = self._propagator((name, duration), waveform)
        return lambda state: turn(matrix @ state)

    def _propagator(self, key: tuple[str, float], waveform: Waveform) -> FloatArray:
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            total = np.eye(self.liouvillian.dimension**2)
            for segment in waveform.segments:
                matrix = self.liouvillian.matrix(segment.controls).toarray()
                total = expm(segment.duration * matrix) @ total
            self._kept[key] = total
        return self._kept[key]

    def by_level(self, state: FloatArray) -> list[FloatArray]:
        """Return the unnormalised states that a measurement finds in each transmon level.

        Args:
            state: of transmon and resonator, a real vector (D^2,).

        Returns:
            One real vector (D^2,) for each level; its trace is the level's probability.
        """
        shape = (self.levels, self.fock_levels) * 2
        matrix = from_real(state)
        found = []
        for level in range(self.levels):
            part = np.zeros(shape, dtype=complex)
            part[level, :, level, :] = matrix.reshape(shape)[level, :, level, :]
            found.append(to_real(part.reshape(matrix.shape)))
        return found

    def trace(self, state: FloatArray) -> float:
        """Return the state's trace, the probability of its record.

        Args:
            state: of transmon and resonator, a real vector (D^2,).
        """
        return float(state[: self.liouvillian.dimension].sum())

    def _noted(self, state: FloatArray) -> FloatArray:
        photons = photon_rows(self.levels, self.fock_levels) @ state
        self.top = max(self.top, float(photons[-1]))
        return state
