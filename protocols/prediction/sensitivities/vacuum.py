"""Derivatives of the vacuum measurement's probabilities, after the catalysed arm."""

from functools import partial

import numpy as np

from cqed_battery.device import Device
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import photon_rows
from cqed_battery.dynamics.sparse import AnyMatrix
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.drive_line import Line
from protocols.prediction.sensitivities.propagation import Propagation
from protocols.prediction.sensitivities.sequences import closing, undriven
from protocols.resonator import measurement_of
from protocols.resonator.emptied import EmptyingMeasurement, emptying
from protocols.resonator.exchange import ideal_flip, opening_ramp, readout_vector
from protocols.resonator.method import exchange_times
from protocols.resonator.vacuum_rabi import closing_and_pi_pulse, exchange_waveform


def vacuum_sensitivities(propagation: Propagation, end: FloatArray) -> FloatArray:
    """Return the derivatives of the vacuum measurement's probabilities, (p, 2, K).

    Args:
        propagation: of the catalysed arm.
        end: the catalysed arm's last state and its derivatives, (D^2, 1 + p).
    """
    method = measurement_of(propagation.experiment)
    if isinstance(method, EmptyingMeasurement):
        return _emptied(propagation, method, end)
    return _exchanged(propagation, end)


def _emptied(propagation: Propagation, method: EmptyingMeasurement, end: FloatArray) -> FloatArray:
    """Return how response times photon distribution changes: both factors do.

    The response is not linear in the parameters; its derivative is a central difference.
    """
    rows = photon_rows(propagation.levels, propagation.fock_levels)
    photons = rows @ propagation.equation.forward(end, propagation.waveform(undriven(emptying)))
    response = partial(_response, method, propagation.fock_levels)
    line, actual = propagation.prediction.line, propagation.prediction.actual
    found = response(propagation.experiment, actual, line) @ photons[:, 1:]
    for number, direction in enumerate(propagation.directions):
        found[..., number] += sum(
            m.weight * (response(m.experiment, m.device, m.line) @ photons[:, 0])
            for m in direction.moved
        )
    return np.moveaxis(found, -1, 0)


def _response(
    method: EmptyingMeasurement,
    fock_levels: int,
    experiment: Experiment,
    device: Device,
    line: Line,
) -> FloatArray:
    liouvillian = Liouvillian(rotating_frame(device, fock_levels))
    return method.response(experiment, liouvillian, line, actual=device)


def _exchanged(propagation: Propagation, end: FloatArray) -> FloatArray:
    """Return the derivatives of the vacuum-Rabi traces, (p, 2, K)."""
    flipped = propagation.equation.forward(end, propagation.waveform(closing_and_pi_pulse))
    if propagation.experiment.tomography.pulse == "none":
        flipped = ideal_flip(flipped, propagation.levels, propagation.fock_levels)
    flipped = propagation.equation.forward(flipped, propagation.waveform(undriven(opening_ramp)))
    readout = readout_vector(propagation.experiment, propagation.levels, propagation.fock_levels)
    effects = propagation.backward(propagation.still(readout), closing("catalysed"))
    return _traces(propagation, np.stack([end, flipped], axis=-1), effects)


def _traces(propagation: Propagation, starts: FloatArray, effects: FloatArray) -> FloatArray:
    """Return the derivatives of effects (1 + p, D^2) after exchange from starts, (p, 2, K).

    The effects are carried back once for both starts (D^2, 1 + p, 2).
    """
    waveform = propagation.waveform(undriven(exchange_waveform))
    times = exchange_times(propagation.experiment)
    (segment,), moving = waveform.waveform.segments, propagation.moving(effects, waveform)
    own = starts.reshape(len(starts), -1)

    def kept(columns: FloatArray) -> FloatArray:
        """Return what an effect reads of all starts, and its derivatives of the states."""
        return np.concatenate([columns[:, 0] @ own, (columns[:, 1:].T @ starts[:, 0]).ravel()])

    matrix: AnyMatrix = propagation.liouvillian.adjoint(segment.controls)
    if moving:
        derivatives = waveform.only(moving).derivatives[0]
        matrix = propagation.only(tuple(moving)).adjoint(segment.controls, derivatives)
    read = chebyshev.at_times(
        matrix,
        propagation.liouvillian.spectrum(segment.controls, float(times[-1])),
        np.ascontiguousarray(effects[[0, *(1 + n for n in moving)]].T),
        times,
        propagation.tolerance,
        kept,
    )
    found = read[:, : own.shape[1]].reshape(len(times), -1, 2)[:, 1:].copy()
    found[:, moving] += read[:, own.shape[1] :].reshape(len(times), -1, 2)
    return found.transpose(1, 2, 0)
