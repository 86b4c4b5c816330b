"""The steady state of a device under two tones: the map over one beat, repeated for ever."""

from dataclasses import dataclass

import numpy as np

from cqed_battery.dynamics.chebyshev import propagate
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real, to_real, transmon_rows
from cqed_battery.energetics import bloch_vector
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, pauli
from cqed_battery.units import ghz_from_mhz, us_from_ns
from protocols.stages.charging import charging_waveform

_SAMPLES = 24  # of a beat; held as a generator holds them, they are 0.3 % weaker
_TOLERANCE = 1e-13  # of a sample
_SQUARED = 16  # times: 2^16 beats, 37 us of a beat of 1.8 GHz
_STEADY = 1e-9  # from 1, of the steady state's eigenvalue


@dataclass(frozen=True)
class SteadyBeat:
    """The steady state of the transmon, and how fast it comes.

    Args:
        purity: mean of Tr(rho^2) over a beat, of all kept levels, no unit.
        bloch: mean of x, y, z in the first tone's frame over a beat, (3,), no unit.
        time_constant_us: of what carries most of the way from level 0 to that Bloch vector, in us.
    """

    purity: float
    bloch: FloatArray
    time_constant_us: float


def steady_beat(experiment: Experiment) -> SteadyBeat:
    """Return the steady state under both tones of the drive, in the catalysed arm.

    Args:
        experiment: with `drive.second_ratio` above 0, a square pulse and no rise of the drive.
    """
    period = 1 / abs(ghz_from_mhz(experiment.drive.second_offset_MHz))
    maps = _maps(experiment, period)
    states = _steady_states(maps, experiment)
    bloch = np.mean([bloch_vector(state) for state in states], axis=0)
    return SteadyBeat(
        purity=float(np.mean([np.trace(state @ state).real for state in states])),
        bloch=bloch,
        time_constant_us=us_from_ns(period / _decay(maps[-1], _bloch_rows(experiment, bloch))),
    )


def _maps(experiment: Experiment, period: float) -> list[FloatArray]:
    """Return the maps from a beat's begin to the end of each of its samples, (D^2, D^2) each."""
    clocked = {"drive.clock_GHz": _SAMPLES / period, "charging.times_ns": (0.0, 2 * period)}
    waveform = charging_waveform(experiment.replace(clocked), "catalysed")
    liouvillian = Liouvillian(
        rotating_frame(experiment.device, int(experiment.resonator.fock_levels))
    )
    sample, found = period / _SAMPLES, [np.eye(liouvillian.dimension**2)]
    for place in range(_SAMPLES):
        controls = waveform.controls_at((place + 0.5) * sample)
        matrix, bounds = liouvillian.matrix(controls), liouvillian.spectrum(controls)
        found.append(propagate(matrix, bounds, found[-1], sample, _TOLERANCE))
    return found[1:]


def _steady_states(maps: list[FloatArray], experiment: Experiment) -> list[ComplexArray]:
    """Return the transmon's state at the end of each sample of a beat, long after the start."""
    long = maps[-1]
    for _ in range(_SQUARED):
        long = long @ long
    rows = _transmon_rows(experiment)
    states = [from_real(rows @ (part @ long[:, 0])) for part in maps]
    return [state / np.trace(state).real for state in states]  # of 2^16 roundings


def _transmon_rows(experiment: Experiment) -> FloatArray:
    levels, photons = experiment.transmon.kept_levels, int(experiment.resonator.fock_levels)
    return np.asarray(transmon_rows(levels, photons).toarray())


def _bloch_rows(experiment: Experiment, axis: FloatArray) -> FloatArray:
    """Return what a joint state's component along an axis is read with, (D^2,)."""
    matrices = np.array(pauli(experiment.transmon.kept_levels))
    return np.asarray(axis @ to_real(matrices) @ _transmon_rows(experiment))


def _decay(beat: FloatArray, row: FloatArray) -> float:
    """Return the decay in a beat of the mode that carries most of a component, from level 0 on."""
    values, modes = np.linalg.eig(beat)
    shares = np.abs((row @ modes) * np.linalg.solve(modes, np.eye(len(beat))[0]))
    shares[np.abs(values - 1) < _STEADY] = 0.0
    return float(-np.log(np.abs(values[shares.argmax()])))
