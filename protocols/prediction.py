"""What an experiment file predicts: truth at each charging time and every setting's probability.

One forward evolution per arm gives the states at all charging times; one backward evolution per
measurement gives its operator at the end of charging. Probabilities are inner products. Fock
levels are raised until the highest one stays empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cqed_battery.convergence import FockChoice, check_state, initial_fock_levels, raise_levels
from cqed_battery.energetics import bloch_vector
from cqed_battery.evolution import Liouvillian, lab_frame_states, trajectory
from cqed_battery.experiment import Experiment
from cqed_battery.generator import lab_frame, rotating_frame
from cqed_battery.operators import (
    ComplexArray,
    FloatArray,
    IntArray,
    partial_traces,
    to_matrix,
    to_vector,
)
from cqed_battery.pulses import Controls
from cqed_battery.units import angular_from_ghz, ghz_from_mhz
from protocols.charging import arm_coupling, arms, charging_waveform, initial_state
from protocols.reset import expected_excitation, remaining_photons
from protocols.resonator import vacuum_effects
from protocols.tomography import effects

_KEPT_STATES = 32
_SAME_MOMENT = 1e-9  # ns


@dataclass(frozen=True)
class ArmPrediction:
    """One arm at T charging times (rotating frame of the drive, before the coupler closes).

    Shapes: transmon states and their rates (T, d, d); photon distribution (T, n); probability
    of reading 1 before assignment errors (T, 3) for the axes x, y, z; joint states vec(rho) at
    some of the times, the last one included, (S, D^2); Bloch vectors (F, 3) on the finer grid,
    for integrals.
    """

    transmon: ComplexArray
    transmon_rate: ComplexArray
    photons: FloatArray
    probability: FloatArray
    joint_states: ComplexArray
    fine_bloch: FloatArray

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


@dataclass(frozen=True)
class Prediction:
    """All arms, the vacuum measurement's operators (2, K, D^2) or None, and the levels used.

    `fine_times` holds the charging times and points between them.
    """

    times: FloatArray
    fine_times: FloatArray
    arms: dict[str, ArmPrediction]
    vacuum_operators: ComplexArray | None
    residual_excitation: float
    fock: FockChoice

    @property
    def fine_index(self) -> IntArray:
        """Where the charging times stand in `fine_times`, (T,)."""
        return np.searchsorted(self.fine_times, self.times)

    @property
    def vacuum_probability(self) -> FloatArray | None:
        """Probability of reading 1 before assignment errors, (2, K), or None."""
        if self.vacuum_operators is None:
            return None
        final = self.arms["catalysed"].joint_states[-1]
        return np.asarray((self.vacuum_operators.conj() @ final).real)


def predict(experiment: Experiment, residual_excitation: float | None = None) -> Prediction:
    """Return truth and probabilities of every setting of an experiment.

    Args:
        experiment: what is done to which device.
        residual_excitation: of the transmon before charging; by default what the reset is
            expected to leave.

    Raises:
        EvolutionError: the state cannot be trusted (trace, positivity), or the photon number
            outgrows the largest Fock space.
    """
    if residual_excitation is None:
        residual_excitation = expected_excitation(experiment)
    fock = initial_fock_levels(experiment)
    while True:
        liouvillian = Liouvillian(rotating_frame(experiment.device, fock.levels))
        found = {
            arm: _predict_arm(experiment, liouvillian, arm, residual_excitation)
            for arm in arms(experiment)
        }
        top = max(float(arm.photons[:, -1].max()) for arm in found.values())
        if top < fock.limit:
            break
        fock = raise_levels(fock, top)
    operators = None
    if experiment.vacuum.method != "none":
        operators = vacuum_effects(experiment, liouvillian)
    return Prediction(
        times=experiment.charging.grid_ns(),
        fine_times=fine_times(experiment),
        arms=found,
        vacuum_operators=operators,
        residual_excitation=residual_excitation,
        fock=fock.with_top(top),
    )


def _predict_arm(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, residual_excitation: float
) -> ArmPrediction:
    terms = liouvillian.generator
    to_transmon, to_photons = partial_traces(terms.levels, terms.fock_levels)
    measured = effects(experiment, liouvillian, arm).conj().T
    start = initial_state(
        terms.levels, terms.fock_levels, residual_excitation, remaining_photons(experiment)
    )
    times = experiment.charging.grid_ns()
    wanted = set(times.tolist())
    kept = set(times[::-1][:: -(-len(times) // _KEPT_STATES)].tolist())
    fine, rows, joint = [], [], []
    for time, state, controls in _states(experiment, liouvillian, arm, start):
        fine.append(to_transmon @ state)
        if time in wanted:
            rate = liouvillian.matrix(controls) @ state
            rows.append((fine[-1], to_transmon @ rate, to_photons @ state, measured @ state))
        if time in kept:
            joint.append(state)
    transmon, transmon_rate, photons, probability = (np.array(c) for c in zip(*rows, strict=True))
    check_state(to_matrix(joint[-1]), photons.real, f"the {arm} arm")
    square = (-1, terms.levels, terms.levels)
    return ArmPrediction(
        transmon=transmon.reshape(square),
        transmon_rate=transmon_rate.reshape(square),
        photons=photons.real,
        probability=np.clip(probability.real, 0.0, 1.0),
        joint_states=np.array(joint),
        fine_bloch=bloch_vector(np.array(fine).reshape(square)),
    )


def fine_times(experiment: Experiment) -> FloatArray:
    """Return the charging times with points between them, close enough for Simpson's rule.

    The spacing stays below 1/32 of the fastest period: anharmonicity, detunings, or the beat of
    drive and exchange, 2 g sqrt(n) for the n that matter (about Omega + 3 g). Where the drive's
    samples jump, a step ends.
    """
    device = experiment.device
    drive, transmon = device.drive.frequency_GHz, device.transmon
    fastest = max(
        abs(transmon.anharmonicity_GHz) * (transmon.levels > 2),
        ghz_from_mhz(device.drive.rabi_rate_MHz + 3 * device.coupler.g_on_MHz),
        abs(transmon.frequency_GHz - drive),
        abs(device.resonator.frequency_GHz - drive),
    )
    nodes = _with_jumps(experiment, experiment.charging.grid_ns())
    pieces = np.ceil(np.diff(nodes) * 32 * fastest / 2).astype(int).clip(1, 512) * 2
    inner = [
        np.linspace(start, end, count, endpoint=False)
        for start, end, count in zip(nodes[:-1], nodes[1:], pieces, strict=True)
    ]
    return np.concatenate([*inner, nodes[-1:]])


def _with_jumps(experiment: Experiment, times: FloatArray) -> FloatArray:
    """Merge into the times (T,) the moments between them at which the drive's samples jump."""
    durations = [part.duration for part in charging_waveform(experiment, "control").segments[:-1]]
    jumps = np.cumsum(durations)
    after = np.searchsorted(times, jumps)
    inside = (after > 0) & (after < len(times))
    jumps, after = jumps[inside], after[inside]
    apart = np.minimum(jumps - times[after - 1], times[after] - jumps) > _SAME_MOMENT
    return np.sort(np.concatenate([times, jumps[apart]]))


def _states(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, start: ComplexArray
) -> Iterator[tuple[float, ComplexArray, Controls]]:
    """Yield time, vec(rho) in the rotating frame and the controls from then on: the fine grid."""
    simulation = experiment.simulation
    waveform, times = charging_waveform(experiment, arm), fine_times(experiment)
    if simulation.frame == "lab":
        yield from _lab_states(experiment, liouvillian, arm, start)
        return
    snapshots = trajectory(
        liouvillian,
        start,
        waveform,
        times,
        method=simulation.method,
        tolerance=simulation.tolerance,
    )
    for time, snapshot in zip(times, snapshots, strict=True):
        yield float(time), snapshot.state, snapshot.controls


def _lab_states(
    experiment: Experiment, liouvillian: Liouvillian, arm: str, start: ComplexArray
) -> Iterator[tuple[float, ComplexArray, Controls]]:
    """The same without the rotating-wave approximation on the drive."""
    terms, device = liouvillian.generator, experiment.device
    simulation, times = experiment.simulation, fine_times(experiment)
    waveform = charging_waveform(experiment, arm)
    states = lab_frame_states(
        lab_frame(device, terms.fock_levels),
        start,
        times,
        g=arm_coupling(experiment, arm),
        rabi=lambda t: abs(waveform.controls_at(t).eps),
        phase=device.drive.phase_rad,
        method="DOP853" if simulation.method == "taylor" else simulation.method,
        tolerance=simulation.tolerance,
    )
    quanta = np.add.outer(np.arange(terms.levels), np.arange(terms.fock_levels)).ravel()
    carrier = angular_from_ghz(device.drive.frequency_GHz)
    for time, state in zip(times, states, strict=True):
        turn = np.exp(1j * carrier * time * quanta)
        vector = to_vector(turn[:, None] * state * turn.conj())
        yield float(time), vector, waveform.controls_at(float(time))
