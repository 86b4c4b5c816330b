"""Derivatives of what is read off one arm's charging: one forward pass for all parameters."""

import numpy as np
import scipy.sparse as sp

from cqed_battery.dynamics.hermitian import flow_row, from_real, photon_rows, to_real, transmon_rows
from cqed_battery.dynamics.sensitivities.recorded import (
    SensitivityRecord,
    SensitivityRecorder,
    observe_sensitivities,
)
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.prediction.arm import ArmPrediction
from protocols.prediction.arm_pass import driven_rate, work_recorder
from protocols.prediction.directions import Moved
from protocols.prediction.readings import extraction_readings, qutrit_readings
from protocols.prediction.sensitivities.propagation import Propagation
from protocols.prediction.sensitivities.sequences import closing, extracting, rotating
from protocols.reset import remaining_photons, reset_of
from protocols.stages.charging import (
    charging_waveform,
    held_drive,
    initial_state,
    initial_state_derivatives,
)
from protocols.stages.extraction import extraction_pulses, last_effect
from protocols.stages.qutrit import ROTATIONS, last_qutrit_effect, qutrit_places


def arm_sensitivities(propagation: Propagation, arm: str) -> tuple[list[ArmPrediction], FloatArray]:
    """Return one arm's derivatives, and its last state with derivatives (D^2, 1 + p).

    Args:
        propagation: of the prediction, with the levels of this arm.
        arm: "catalysed" or "control".
    """
    measured = np.stack(
        [propagation.backward(effects, closing(arm)) for effects in propagation.closed(arm)],
        axis=1,
    )
    further = [_extraction(propagation, arm), _qutrit(propagation, arm)]
    measured = np.concatenate([measured, *further], axis=1)
    observables = sp.vstack(
        [
            transmon_rows(propagation.levels, propagation.fock_levels),
            photon_rows(propagation.levels, propagation.fock_levels),
            flow_row(propagation.levels, propagation.fock_levels),
            sp.csr_array(measured[0]),
        ],
        format="csr",
    )
    record = observe_sensitivities(
        propagation.equation,
        _start(propagation),
        propagation.waveform(lambda experiment, line: charging_waveform(experiment, arm, line)),
        propagation.prediction.times + propagation.prediction.line.lead,
        SensitivityRecorder(
            work_recorder(propagation.experiment, arm, observables, propagation.fock_levels),
            first=sp.csr_array(measured[1:].reshape(-1, measured.shape[-1])),
            rated=propagation.levels**2,
        ),
        tolerance=propagation.tolerance,
    )
    found = [_derivative(propagation, record, arm, n) for n in range(len(propagation.directions))]
    return found, record.end


def _start(propagation: Propagation) -> FloatArray:
    """Return the state before charging and its derivatives, (D^2, 1 + p)."""
    experiment, prediction = propagation.experiment, propagation.prediction
    excitation, leakage = prediction.residual_excitation, prediction.residual_leakage
    photons = remaining_photons(experiment)
    sizes = propagation.levels, propagation.fock_levels
    state = initial_state(*sizes, excitation, photons, leakage)
    by_excitation, by_photons = initial_state_derivatives(*sizes, excitation, photons, leakage)
    by_linewidth = reset_of(experiment).photons_slope(experiment) * by_photons
    columns = [state]
    columns += [
        d.excitation * by_excitation + d.linewidth * by_linewidth for d in propagation.directions
    ]
    return to_real(np.stack(columns)).T.copy()


def _extraction(propagation: Propagation, arm: str) -> FloatArray:
    """Return the effects after each extraction pulse, with derivatives, (1 + p, K, D^2)."""
    pulses = extraction_pulses(propagation.experiment, arm)
    sizes = propagation.levels, propagation.fock_levels
    found = np.zeros((1 + len(propagation.directions), len(pulses), (sizes[0] * sizes[1]) ** 2))
    for number in range(len(pulses)):
        last = last_effect(propagation.experiment, arm, number, *sizes)
        found[:, number] = propagation.backward(propagation.still(last), extracting(arm, number))
    return found


def _qutrit(propagation: Propagation, arm: str) -> FloatArray:
    """Return the effects of the settings of three levels, with derivatives, (1 + p, 9, D^2)."""
    names = list(ROTATIONS) if qutrit_places(propagation.experiment) else []
    sizes = propagation.levels, propagation.fock_levels
    found = np.zeros((1 + len(propagation.directions), len(names), (sizes[0] * sizes[1]) ** 2))
    for number, name in enumerate(names):
        last = last_qutrit_effect(propagation.experiment, name, *sizes)
        found[:, number] = propagation.backward(propagation.still(last), rotating(arm, name))
    return found


def _ahead(propagation: Propagation, arm: str, change: ComplexArray, number: int) -> ComplexArray:
    """Return the derivative of what the drive between samples adds to the rate, (T, d, d)."""
    times, states = propagation.prediction.times, propagation.prediction.arms[arm].transmon
    _, ahead = held_drive(propagation.experiment, times, propagation.prediction.line)

    def quadratures(moved: Moved) -> FloatArray:
        """Return the same of a moved experiment, real and imaginary part, (2, T)."""
        other = held_drive(moved.experiment, times, moved.line)[1]
        return np.stack([other.real, other.imag])

    moved = np.zeros((2, len(times))) + propagation.directions[number].of(quadratures)
    return driven_rate(change, ahead) + driven_rate(states, moved[0] + 1j * moved[1])


def _derivative(
    propagation: Propagation, record: SensitivityRecord, arm: str, number: int
) -> ArmPrediction:
    states, photons = propagation.levels**2, propagation.fock_levels
    values = record.values[:, :, 1 + number]
    probability = values[:, states + photons + 1 :]
    effects = probability.shape[1]
    probability = probability + record.first[:, effects * number : effects * (number + 1)]
    pulses = len(extraction_pulses(propagation.experiment, arm))
    ends = [len("xyz"), len("xyz") + pulses]
    axes, after, levels_read = np.split(probability, ends, axis=1)
    change = from_real(values[:, :states])
    return ArmPrediction(
        transmon=change,
        transmon_rate=from_real(record.rates[:, :, 1 + number])
        + _ahead(propagation, arm, change, number),
        photons=values[:, states : states + photons],
        probability=axes,
        work=record.integrated_power[:, 1 + number],
        joint_states=record.end[None, :, 1 + number],
        photon_time=record.integrals[:, 0, 1 + number],
        flow=record.integrals[:, 1, 1 + number],
        level_time=record.integrals[:, 2:, 1 + number],
        flux_work=np.zeros(len(record.values)),  # no quantity that is fitted
        extraction=extraction_readings(propagation.experiment, axes, after),
        qutrit=qutrit_readings(propagation.experiment, levels_read),
    )
