"""One forward pass through the charging of one arm, and what is read off it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import ceil

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.dynamics.convergence import check_state
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import (
    flow_row,
    from_real,
    photon_rows,
    places_of_fewer,
    to_real,
    transmon_rows,
)
from cqed_battery.dynamics.lab_frame import lab_frame
from cqed_battery.dynamics.lab_waveforms import with_counter_rotation
from cqed_battery.dynamics.qiskit_models import Stepper, lab_stepper, ode_stepper
from cqed_battery.dynamics.recorder import Recorder, observe
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.energetics import bloch_vector, drive_power_weights, work_jump_weights
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix, lowering, pauli
from cqed_battery.units import angular_from_mhz, mhz_from_angular
from protocols.bias import arm_frame, frame_shift, transmon_frequency
from protocols.charging import charging_waveform, held_drive, initial_state
from protocols.extraction import (
    READINGS,
    extraction_effects,
    extraction_places,
    extraction_pulses,
)
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction.flux_work import flux_work_effect
from protocols.prediction.quadrature import chebyshev_count, chebyshev_nodes, lagrange_weights
from protocols.qutrit import ROTATIONS, qutrit_effect, qutrit_places
from protocols.reset import remaining_photons
from protocols.tomography import Effects

_KEPT_STATES = 32  # joint states of an arm, evenly over its times
_RINGING_TOLERANCE = 1e-5  # of a probability, by interpolation over what the line holds
_ROUNDING = 1e-9  # of the largest amplitude held: closer ones are one


@dataclass(frozen=True)
class ArmPrediction:
    """One arm at T charging times (rotating frame of the drive, before the coupler closes).

    Shapes: transmon states and their rates (T, d, d); photon distribution (T, n); probability
    of reading 1 before assignment errors (T, 3) for the axes x, y, z; work that the drive did
    since the drive came on, in hbar w_q (T,); joint states as real vectors (S, D^2) at some of
    the times, the last one included; `photon_time`, the mean photon number integrated since the
    drive came on, in ns (T,); `flow`, the integral of 2 Im<b'a>, which times g is what came to the
    transmon through the coupling, in ns (T,); `level_time`, the populations of the transmon's
    levels integrated likewise, in ns (T, d); `flux_work`, what the flux pulse to idle does
    afterwards, in hbar w_q (T,); `extraction`, probability of reading 1 before and after the
    extraction pulse, where there is one, else 0 (T, 2); `qutrit`, likewise of the nine settings of
    three levels (T, 9), or (T, 0) where they are not measured.
    """

    transmon: ComplexArray
    transmon_rate: ComplexArray
    photons: FloatArray
    probability: FloatArray
    work: FloatArray
    joint_states: FloatArray
    photon_time: FloatArray
    flow: FloatArray
    level_time: FloatArray
    flux_work: FloatArray
    extraction: FloatArray
    qutrit: FloatArray

    @property
    def bloch(self) -> FloatArray:
        """Bloch vectors of levels 0 and 1, (T, 3)."""
        return bloch_vector(self.transmon)

    @property
    def bloch_rate(self) -> FloatArray:
        """Time derivatives of the Bloch vectors, (T, 3), in 1/ns."""
        return bloch_vector(self.transmon_rate)

    @property
    def measured_bloch(self) -> FloatArray:
        """What tomography with an errorless readout sees: 2 P(1) - 1 per axis, (T, 3)."""
        return 2 * self.probability - 1

    @property
    def photon_number(self) -> FloatArray:
        """Mean photon number, (T,)."""
        return self.photons @ np.arange(self.photons.shape[1])

    @property
    def leakage(self) -> FloatArray:
        """Population above level 1, (T,)."""
        return np.einsum("tii->ti", self.transmon)[:, 2:].real.sum(axis=1)

    def widened(self, fock_levels: int) -> "ArmPrediction":
        """Return the arm, or its derivative, with more Fock levels, which are empty.

        Args:
            fock_levels: at least those of the arm.
        """
        fewer = self.photons.shape[1]
        if fewer == fock_levels:
            return self
        levels = self.transmon.shape[-1]
        states = np.zeros((len(self.joint_states), (levels * fock_levels) ** 2))
        states[:, places_of_fewer(levels, fock_levels, fewer)] = self.joint_states
        photons = np.pad(self.photons, ((0, 0), (0, fock_levels - fewer)))
        return replace(self, photons=photons, joint_states=states)


def predict_arm(
    experiment: Experiment,
    liouvillian: Liouvillian,
    arm: str,
    residual_excitation: float,
    residual_leakage: float = 0.0,
    *,
    effects: Effects,
    actual: Device | None = None,
    line: Line = IDEAL,
) -> ArmPrediction:
    """Evolve one arm once and return everything that the counts and the truth need of it.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion with the transmon and Fock levels to use.
        arm: "catalysed" or "control".
        residual_excitation: population of level 1 before charging, from 0 to 1.
        residual_leakage: population of level 2 before charging, from 0 to 1.
        effects: operators of reading 1 at the end of charging.
        actual: the device that an ODE solver takes; by default the experiment's.
        line: the drive line that the charging drive passes; ideal by default.

    Raises:
        ConvergenceError: the last state is not a density matrix (trace, positivity).
    """
    levels, fock_levels = liouvillian.generator.levels, liouvillian.generator.fock_levels
    times = experiment.charging_times_ns
    # Rounded up: every so-many-th time is kept, counted back from the last.
    kept = frozenset(range(len(times) - 1, -1, -ceil(len(times) / _KEPT_STATES)))
    photons_left = remaining_photons(experiment)
    start = initial_state(levels, fock_levels, residual_excitation, photons_left, residual_leakage)
    nodes, share = _ringing(experiment, line)
    measured = np.stack([effects.of(arm, node) for node in nodes])
    observables = sp.vstack(
        [
            transmon_rows(levels, fock_levels),
            photon_rows(levels, fock_levels),
            flow_row(levels, fock_levels),
            sp.csr_array(flux_work_effect(experiment, liouvillian, arm)[None]),
            sp.csr_array(measured.reshape(-1, measured.shape[-1])),
            sp.csr_array(_extraction_effects(experiment, liouvillian, arm, line)),
            sp.csr_array(_qutrit_effects(experiment, liouvillian, arm, line)),
        ],
        format="csr",
    )
    record = observe(
        liouvillian,
        start,
        _waveform(experiment, arm, line, (actual or experiment.device).coupler.fixed_MHz),
        times + line.lead,
        work_recorder(experiment, arm, observables, fock_levels, kept),
        stepper=_stepper(experiment, arm, actual or experiment.device, fock_levels),
        tolerance=experiment.simulation.tolerance,
    )
    photons_end = levels**2 + fock_levels
    ends = [levels**2, photons_end, photons_end + 1, photons_end + 2]
    ends.append(ends[-1] + len("xyz") * len(nodes))
    ends.append(ends[-1] + len(extraction_pulses(experiment, arm)))
    transmon, photons, _, flux_work, readings, after, levels_read = np.split(
        record.values, ends, axis=1
    )
    probability = (share[:, :, None] * readings.reshape(len(times), len(nodes), 3)).sum(axis=1)
    check_state(from_real(record.states[-1]), photons, f"the {arm} arm")
    states = from_real(transmon)
    _, ahead = held_drive(experiment, times, line)
    return ArmPrediction(
        transmon=states,
        transmon_rate=from_real(record.rates[:, : levels**2]) + driven_rate(states, ahead),
        photons=photons,
        probability=np.clip(probability, 0.0, 1.0),
        work=record.integrated_power,
        joint_states=record.states,
        photon_time=record.integrals[:, 0],
        flow=record.integrals[:, 1],
        level_time=record.integrals[:, 2:],
        flux_work=flux_work[:, 0],
        extraction=np.clip(extraction_readings(experiment, probability, after), 0.0, 1.0),
        qutrit=np.clip(qutrit_readings(experiment, levels_read), 0.0, 1.0),
    )


def at_ends(settings: Sequence[ArmPrediction]) -> ArmPrediction:
    """Return one arm of a sweep: what each of its settings has at its last time, (T, ...).

    The joint state is that of the last setting.

    Args:
        settings: the arm in each of them.
    """
    names = [field.name for field in fields(ArmPrediction) if field.name != "joint_states"]
    found = {name: np.concatenate([getattr(s, name)[-1:] for s in settings]) for name in names}
    return ArmPrediction(**found, joint_states=settings[-1].joint_states[-1:])


def _qutrit_effects(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, line: Line
) -> FloatArray:
    """Return the operators of reading 1 of three levels, (9, D^2), or K (9, D^2) behind a filter.

    What a filter holds differs from time to time, and so do the operators.
    """
    terms, times = liouvillian.generator, experiment.charging_times_ns[qutrit_places(experiment)]
    held = line.ringing(charging_waveform(experiment, "control"), times)
    found = [
        qutrit_effect(experiment, liouvillian, arm, name, line, complex(ringing))
        for ringing in (held if held.any() else held[:1])
        for name in ROTATIONS
    ]
    return np.array(found).reshape(-1, (terms.levels * terms.fock_levels) ** 2)


def qutrit_readings(experiment: Experiment, readings: FloatArray) -> FloatArray:
    """Return what reads three levels, 0 where they are not measured, (T, 9) or (T, 0).

    Args:
        experiment: the experiment file's content.
        readings: of the settings at every time, or derivatives, (T, 9), or K times as many, one
            after the other, of which each is that of its own time.
    """
    places = qutrit_places(experiment)
    if not places:
        return np.zeros((len(readings), 0))
    found = np.zeros((len(readings), len(ROTATIONS)))
    each = readings.reshape(len(readings), -1, len(ROTATIONS))
    for number, place in enumerate(places):
        found[place] = each[place, number % each.shape[1]]
    return found


def _extraction_effects(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, line: Line
) -> FloatArray:
    """Return the operators of reading 1 after the extraction pulses, (K, D^2)."""
    times = experiment.charging_times_ns[extraction_places(experiment)]
    held = line.ringing(charging_waveform(experiment, "control"), times)
    return extraction_effects(experiment, liouvillian, arm, line, held)


def extraction_readings(
    experiment: Experiment, probability: FloatArray, after: FloatArray
) -> FloatArray:
    """Return what reads the energy before and after extraction, 0 where there is none, (T, 2).

    Args:
        experiment: the experiment file's content.
        probability: of reading 1 for the axes x, y, z, or its derivative, (T, 3).
        after: likewise after each pulse, at every time, (T, K); K is 0 where none is named.
    """
    found = np.zeros((len(probability), len(READINGS)))
    places = extraction_places(experiment)[: after.shape[1]]
    found[places] = np.stack([probability[places, -1], after[places, range(len(places))]], axis=-1)
    return found


def driven_rate(states: ComplexArray, eps: ComplexArray) -> ComplexArray:
    """Return -i [(eps b' + eps* b)/2, rho], the drive's part of the transmon's rate, (T, d, d).

    Args:
        states: of the transmon, or their derivatives, (T, d, d).
        eps: of the drive, in rad/ns, (T,).
    """
    raising = lowering(states.shape[-1]).toarray().conj().T
    half = 0.5 * eps[:, None, None] * raising
    drive = half + half.conj().swapaxes(1, 2)
    return np.asarray(-1j * (drive @ states - states @ drive))


def _ringing(experiment: Experiment, line: Line) -> tuple[ComplexArray, FloatArray]:
    """Return what the line may hold when the drive is gated off, (N,), and each one's share (T, N).

    A line without a filter holds nothing. Between the smallest and the largest amplitude held,
    probabilities are interpolated: the drive that rings down turns the state by eps / bandwidth.
    Amplitudes whose phases differ lie on no line, so each is taken by itself.
    """
    times = experiment.charging_times_ns
    held = line.ringing(charging_waveform(experiment, "control"), times)
    full = held[np.argmax(np.abs(held))]
    if not full:
        return np.zeros(1, dtype=complex), np.ones((len(times), 1))
    turned = held / full
    if np.abs(turned.imag).max() > _ROUNDING:
        return held, np.eye(len(times))
    parts = turned.real
    low, high = float(parts.min()), float(parts.max())
    swing = abs(full) * (high - low) / line.bandwidth if high - low > _ROUNDING else 0.0
    nodes = chebyshev_nodes(low, high, chebyshev_count(swing, _RINGING_TOLERANCE))
    return full * nodes, lagrange_weights(nodes, parts)


def work_recorder(
    experiment: Experiment,
    arm: str,
    observables: SparseMatrix,
    fock_levels: int,
    keep: frozenset[int] = frozenset(),
) -> Recorder:
    """Record the observables, and integrate the clocked power, photons, their flow and the levels.

    The transmon's state, `transmon_rows`, comes first among the observables, then the photons' and
    the flow.

    Args:
        experiment: the experiment file's content, for both frequencies and the transmon's levels.
        arm: "catalysed" or "control", which may have frequencies of its own.
        observables: rows (R, D^2); the first levels^2 are `transmon_rows`, then `photon_rows` and
            `flow_row`.
        fock_levels: of the resonator.
        keep: indices of the times whose joint state is kept.
    """
    transmon, drive = transmon_frequency(experiment, arm), arm_frame(experiment, arm)
    levels = experiment.transmon.kept_levels
    axes = np.zeros((2, observables.shape[0]))
    axes[:, : levels**2] = [to_real(sigma) for sigma in pauli(levels)[:2]]

    def weights(controls: Controls) -> FloatArray:
        """Return the row (R,) that makes P, in hbar w_q per ns, of the observables."""
        return drive_power_weights(controls.eps, drive, transmon) @ axes

    def work_jump(before: Controls, after: Controls) -> FloatArray:
        """Return the row (R,) that makes the work of a jump of the drive, in hbar w_q."""
        return work_jump_weights(after.eps - before.eps, transmon) @ axes

    integrated, last = np.zeros((2 + levels, observables.shape[0])), levels**2 + fock_levels
    integrated[0, levels**2 : last] = np.arange(fock_levels)
    integrated[1, last] = 1.0
    for level in range(levels):
        integrated[2 + level, : levels**2] = to_real(np.diag(np.eye(levels)[level]).astype(complex))
    return Recorder(observables, weights, work_jump, keep, integrated)


def _waveform(experiment: Experiment, arm: str, line: Line, fixed_MHz: float) -> Waveform:
    """Return the charging waveform, in the lab frame with what rotates against it."""
    waveform, simulation = charging_waveform(experiment, arm, line), experiment.simulation
    if simulation.frame == "lab" and simulation.method == "exponential":
        carrier = arm_frame(experiment, arm)
        times, coupling = experiment.charging_times_ns + line.lead, None
        if simulation.counter_rotating:
            coupling = angular_from_mhz(fixed_MHz)
        return with_counter_rotation(waveform, carrier, times, coupling=coupling)
    return waveform


def _stepper(experiment: Experiment, arm: str, device: Device, fock_levels: int) -> Stepper | None:
    """Return what provides the states: None for the exponential, an ODE solver otherwise."""
    simulation = experiment.simulation
    if simulation.method == "exponential":
        return None
    if simulation.frame == "lab":
        moved = device.turning(mhz_from_angular(frame_shift(experiment, arm)))
        frame = lab_frame(moved, fock_levels, counter_rotating=simulation.counter_rotating)
        return lab_stepper(frame, simulation.method, simulation.tolerance)
    return ode_stepper(rotating_frame(device, fock_levels), simulation.method, simulation.tolerance)
