"""One forward pass through the charging of one arm, and what is read off it."""

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
    to_real,
    transmon_rows,
)
from cqed_battery.dynamics.lab_frame.hamiltonian import lab_frame
from cqed_battery.dynamics.lab_frame.waveforms import with_counter_rotation
from cqed_battery.dynamics.qiskit_models import Stepper, lab_stepper, ode_stepper
from cqed_battery.dynamics.recorder import Recorder, observe
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.energetics import drive_power_weights, work_jump_weights
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, SparseMatrix, lowering, pauli
from cqed_battery.units import angular_from_mhz, mhz_from_angular
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.flux_work import flux_work_effect
from protocols.prediction.readings import (
    all_extraction_effects,
    extraction_readings,
    qutrit_effects,
    qutrit_readings,
    ringing_nodes,
)
from protocols.reset import remaining_photons
from protocols.stages.bias import arm_frame, frame_shift, transmon_frequency
from protocols.stages.charging import charging_waveform, held_drive, initial_state
from protocols.stages.effects import Effects
from protocols.stages.extraction import extraction_pulses

_KEPT_STATES = 32  # joint states of an arm, evenly over its times


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
    nodes, share = ringing_nodes(experiment, line)
    measured = np.stack([effects.of(arm, node) for node in nodes])
    observables = _observables(experiment, liouvillian, arm, line, measured)
    record = observe(
        liouvillian,
        start,
        _waveform(experiment, arm, line, (actual or experiment.device).coupler.fixed_MHz),
        times + line.lead,
        work_recorder(experiment, arm, observables, fock_levels, kept),
        stepper=_stepper(experiment, arm, actual or experiment.device, fock_levels),
        tolerance=experiment.simulation.tolerance,
    )
    pulses = len(extraction_pulses(experiment, arm))
    widths = (levels**2, fock_levels, 1, 1, len("xyz") * len(nodes), pulses)
    transmon, photons, _, flux_work, readings, after, levels_read = np.split(
        record.values, np.cumsum(widths), axis=1
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


def _observables(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, line: Line, measured: FloatArray
) -> SparseMatrix:
    """Return the rows of all that is read off the pass, in the order in which it is taken apart."""
    levels, fock_levels = liouvillian.generator.levels, liouvillian.generator.fock_levels
    return sp.vstack(
        [
            transmon_rows(levels, fock_levels),
            photon_rows(levels, fock_levels),
            flow_row(levels, fock_levels),
            sp.csr_array(flux_work_effect(experiment, liouvillian, arm)[None]),
            sp.csr_array(measured.reshape(-1, measured.shape[-1])),
            sp.csr_array(all_extraction_effects(experiment, liouvillian, arm, line)),
            sp.csr_array(qutrit_effects(experiment, liouvillian, arm, line)),
        ],
        format="csr",
    )


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
