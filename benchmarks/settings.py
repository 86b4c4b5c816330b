"""The default experiment as its settings: one waveform and one readout each, for peers to solve."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from qiskit_dynamics import DiscreteSignal, Solver

from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, on_transmon
from protocols.prediction.predict import Prediction
from protocols.reset import remaining_photons
from protocols.stages.charging import arms, charging_waveform, initial_state
from protocols.stages.effects import readout_effect
from protocols.stages.tomography import readout_sequence

BASES = ("x", "y", "z")


@dataclass(frozen=True)
class Setting:
    """One arm, charging time and basis, by their places."""

    arm: int
    time: int
    basis: int


@dataclass(frozen=True)
class Form:
    """One way to run a qiskit-dynamics Solver; JAX forms are compiled once for all settings."""

    library: str
    vectorized: bool
    compiled: bool = False

    @property
    def label(self) -> str:
        """What the form is called in tables."""
        integrator = "diffrax Dopri8, steps end at jumps" if self.compiled else "DOP853"
        shape = "vectorised" if self.vectorized else "matrices"
        return f"{integrator}, {self.library}, {shape}"


FORMS = (Form("scipy_sparse", True),)
COMPILED_FORMS = (Form("jax_sparse", False, True), Form("jax_sparse", True, True))

Probability = Callable[[Setting], float]
"""Solves one setting and returns the probability of reading 1."""


def all_settings(experiment: Experiment) -> list[Setting]:
    """Return every setting of the experiment."""
    shape = (len(arms(experiment)), len(experiment.charging_times_ns), len(BASES))
    return [Setting(*map(int, place)) for place in np.ndindex(*shape)]


def spread_sample(settings: list[Setting], count: int, seed: int) -> list[Setting]:
    """Return a random sample that is spread over the charging times: one of each of its strata."""
    rng = np.random.default_rng(seed)
    ordered = sorted(settings, key=lambda setting: setting.time)
    return [stratum[rng.integers(len(stratum))] for stratum in _split(ordered, count)]


def _split(items: list[Setting], count: int) -> list[list[Setting]]:
    edges = np.linspace(0, len(items), count + 1).astype(int)
    return [items[low:high] for low, high in pairwise(edges)]


@cache
def samples(experiment: Experiment, setting: Setting) -> tuple[FloatArray, ComplexArray]:
    """Return g and eps (rad/ns) at each clock period of a setting; no solver pays for them."""
    arm = arms(experiment)[setting.arm]
    end = float(experiment.charging_times_ns[setting.time])
    charging = charging_waveform(experiment, arm).until(end)
    waveform = charging.then(readout_sequence(experiment, arm, BASES[setting.basis]))
    counts = [round(piece.duration * experiment.drive.clock_GHz) for piece in waveform.segments]
    lengths = [piece.duration * experiment.drive.clock_GHz for piece in waveform.segments]
    if not np.allclose(counts, lengths):
        raise ValueError("the charging times and edges must be whole numbers of clock periods")
    g = np.repeat([piece.controls.g for piece in waveform.segments], counts)
    return g, np.repeat([piece.controls.eps for piece in waveform.segments], counts)


def solver(experiment: Experiment, prediction: Prediction, form: Form, tol: float) -> Probability:
    """Return what solves one setting with a qiskit-dynamics Solver, its levels as predicted."""
    experiment = experiment.replace({"transmon.levels": prediction.transmon_levels})
    levels, fock_levels = prediction.transmon_levels, prediction.fock.levels
    terms = rotating_frame(experiment.device, fock_levels)
    parts = (terms.coupling, terms.drive_real, terms.drive_imag)
    engine = Solver(
        static_hamiltonian=terms.static.toarray(),
        hamiltonian_operators=[part.toarray() for part in parts],
        static_dissipators=[jump.toarray() for jump in terms.jumps],
        array_library=form.library,
        vectorized=form.vectorized,
    )
    photons = remaining_photons(experiment)
    start = initial_state(levels, fock_levels, prediction.residual_excitation, photons)
    readout = readout_effect(levels, experiment.readout.leaked_reads_1)
    effect = on_transmon(readout, fock_levels).toarray().ravel(order="F")
    first = start.ravel(order="F") if form.vectorized else start
    period = 1 / experiment.drive.clock_GHz
    final = _compiled(engine, first, period, tol) if form.compiled else None

    def probability(setting: Setting) -> float:
        g, eps = samples(experiment, setting)
        if final is not None:
            jumps = period * (1 + np.flatnonzero(np.abs(np.diff(g)) + np.abs(np.diff(eps))))
            controls = (_padded(experiment, g), _padded(experiment, eps))
            state = final(*controls, len(g) * period, _prolonged(experiment, jumps))
        else:
            state = _solved(engine, first, period, (g, eps), len(g) * period, _numpy_options(tol))
        vector = np.asarray(state)
        if not form.vectorized:
            vector = vector.ravel(order="F")
        return float(np.vdot(effect, vector).real)

    return probability


def _solved(
    engine: Solver,
    first: Any,
    period: float,
    controls: tuple[Any, Any],
    end: Any,
    options: dict[str, Any],
) -> Any:
    g, eps = controls
    signals = [DiscreteSignal(period, part) for part in (g, eps.real, eps.imag)]
    return engine.solve(t_span=[0.0, end], y0=first, signals=signals, **options).y[-1]


def _numpy_options(tolerance: float) -> dict[str, Any]:
    return {"method": "DOP853", "rtol": tolerance, "atol": tolerance * 1e-2}


def _compiled(engine: Solver, first: Any, period: float, tolerance: float) -> Callable[..., Any]:
    import diffrax
    import jax

    jax.config.update("jax_enable_x64", True)
    control = diffrax.PIDController(rtol=tolerance, atol=tolerance * 1e-2)
    beginning = jax.numpy.asarray(first)

    def final(g: Any, eps: Any, end: Any, jumps: Any) -> Any:
        options = {
            "method": diffrax.Dopri8(),
            "stepsize_controller": diffrax.ClipStepSizeController(control, jump_ts=jumps),
            "max_steps": 10**6,
        }
        return _solved(engine, beginning, period, (g, eps), end, options)

    return jax.jit(final)


def _longest(experiment: Experiment) -> float:
    """Return the duration of the longest setting in ns."""
    tail_ns = experiment.coupler.ramp_ns + experiment.tomography.pulse_ns
    return float(experiment.charging_times_ns[-1] + tail_ns)


def _padded(experiment: Experiment, values: Any) -> Any:
    """Return the samples at the length of the longest setting, so that one compilation serves."""
    count = round(_longest(experiment) * experiment.drive.clock_GHz) + 1
    return np.concatenate([values, np.zeros(count - len(values), dtype=values.dtype)])


def _prolonged(experiment: Experiment, jumps: FloatArray) -> FloatArray:
    """Return the times of jumps, followed by times beyond every setting, at one length for all."""
    drive = experiment.drive
    edges = drive.rise_ns + experiment.coupler.ramp_ns + experiment.tomography.pulse_ns
    count = round(edges * drive.clock_GHz) + 8
    beyond = _longest(experiment) + 1.0 + np.arange(count - len(jumps))
    return np.concatenate([jumps, beyond])
