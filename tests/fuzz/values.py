"""Experiments drawn from the types and bounds of their own keys, the ends of the ranges first."""

import json
from random import Random
from typing import Any, Literal, get_args, get_origin

import annotated_types as bounds

from cqed_battery.experiment import Experiment

BASE: dict[str, Any] = {
    "seed": 7,
    "transmon": {"levels": 2},
    "resonator": {"fock_levels": 5},
    "coupler": {"g_on_MHz": 30.0, "ramp_ns": 0.0},
    "drive": {"rabi_rate_MHz": 10.0, "rise_ns": 0.0},
    "reset": {"shots": 100},
    "charging": {"stop_ns": 8.0, "points": 5},
    "tomography": {"pulse": "none", "shots": 100},
    "readout": {"calibration_shots": 100},
    "vacuum": {"shots": 50, "points": 3, "stop_ns": 20.0},
    "analysis": {"global_fit": False},
}
"""A small experiment, which every case begins with."""

EXTREMES: tuple[dict[str, Any], ...] = (
    {"tomography.shots": 1},
    {"tomography.shots": 1, "vacuum.shots": 1, "readout.calibration_shots": 1, "reset.shots": 1},
    {"tomography.shots": 10**9, "vacuum.shots": 10**9, "readout.calibration_shots": 10**9},
    {"charging.points": 1},
    {"charging.points": 4, "charging.stop_ns": 1e-9},
    {"charging.start_ns": 8.0},
    {"tomography.bases": ["x", "z"]},
    {"tomography.bases": ["x", "x", "z"]},
    {"transmon.t1_us": float("inf")},
    {"transmon.t1_us": 1e-3},
    {"transmon.t1_us": 1e-300},
    {"resonator.linewidth_MHz": 0.0},
    {"coupler.g_on_MHz": 0.0, "coupler.g_off_MHz": 0.0},
    {"drive.rabi_rate_MHz": 0.0},
    {"drive.rabi_rate_MHz": 0.0, "coupler.g_on_MHz": 0.0, "resonator.linewidth_MHz": 0.0},
    {"drive.rabi_rate_MHz": 1e-300},
    {"resonator.fock_levels": 2, "drive.rabi_rate_MHz": 200.0, "coupler.g_on_MHz": 200.0},
    {"resonator.fock_levels": 100},
    {"readout.p1_given_0": 0.5, "readout.p0_given_1": 0.5},
    {"readout.p1_given_0": 0.499, "readout.p0_given_1": 0.5},
    {"readout.p1_given_0": 0.0, "readout.p0_given_1": 0.0, "readout.calibration_shots": 1},
    {"transmon.residual_excitation": 0.49, "reset.kind": "none"},
    {"transmon.temperature_mK": 1e300},
    {"resonator.temperature_mK": 1e6},
    {"control.enabled": False, "vacuum.method": "none"},
    {"vacuum.points": 2, "vacuum.stop_ns": 1e-6},
    {"analysis.smallest_effect": 1e-300, "analysis.sigma_threshold": 1e300},
    {"analysis.late_window_ns": 1e-3, "analysis.heat_window_end_ns": 1e-3},
    {"priors.rabi_rate": 1000.0},
)
"""The corners that the project names: each must end in a result or in one sentence."""

COSTLY = {
    "transmon.levels": (2, 3),
    "resonator.fock_levels": (2, 3, 5, 12),
    "charging.points": (1, 2, 4, 5, 9),
    "charging.stop_ns": (1e-9, 1.0, 8.0, 100.0),
    "charging.times_ns": ([0.0, 1.0, 2.0, 3.0], [1.0], [0.0, 0.0], [0.0, 1e-7, 2e-7, 3.0, 9.0]),
    "vacuum.points": (2, 3, 9),
    "vacuum.stop_ns": (1e-3, 20.0, 500.0),
    "tomography.pulse_ns": (8.0, 16.0),
    "drive.clock_GHz": (1.0, 2.0, 10.0),
    "resonator.temperature_mK": (0.0, 20.0, 100.0),
    "drive.rabi_rate_MHz": (0.0, 1e-9, 10.0, 100.0),
    "coupler.g_on_MHz": (0.0, 1e-9, 10.0, 200.0),
    "reset.resonator_photons": (0.0, 1.0, 3.0),
    "vacuum.selective_pulse_ns": (50.0, 500.0),
}
"""Keys whose ends cost minutes; they are drawn from what a test can afford."""


def draw_changes(rng: Random) -> dict[str, Any]:
    """Return values by key: an extreme of the list, random ones, or both."""
    changes: dict[str, Any] = {}
    if rng.random() < 0.6:
        changes |= rng.choice(EXTREMES)
    if rng.random() < 0.6 or not changes:
        for _ in range(rng.choice((1, 2, 5))):
            section, kind = rng.choice(list(Experiment.sections().items()))
            key, field = rng.choice(list(kind.model_fields.items()))
            path = f"{section}.{key}"
            drawn = draw_value(rng, field.annotation, field.metadata)
            changes[path] = rng.choice(COSTLY[path]) if path in COSTLY else drawn
    return changes


def draw_value(rng: Random, annotation: Any, metadata: Any) -> Any:
    """Return a value at an end of its range, inside it, or outside."""
    options = get_args(annotation)
    if get_origin(annotation) is Literal:
        return rng.choice(options)
    if hasattr(annotation, "__metadata__"):
        return draw_value(rng, options[0], annotation.__metadata__)
    if get_origin(annotation) is tuple:
        return [draw_value(rng, options[0], ()) for _ in range(rng.choice((1, 5, 5, 9)))]
    if options:
        parts = [part for part in options if part is not type(None)]
        return draw_value(rng, rng.choice(parts), metadata)
    if annotation is bool:
        return rng.random() < 0.5
    if annotation is str:
        return rng.choice(("", "a" * 200, "<b>&amp;</b>"))
    low, high = _ends(metadata)
    if annotation is int:
        return rng.choice((int(low), int(low) + 1, int(high), int(high) + 1, int(low) - 1))
    inside = low + (min(high, low + 100.0) - low) * rng.random()
    return rng.choice((low, high, inside, inside, inside, low + 1e-12, 0.0, float("inf")))


def _ends(metadata: Any) -> tuple[float, float]:
    low, high = 0.0, 1e9
    for bound in metadata:
        if isinstance(bound, bounds.Ge | bounds.Gt):
            low = getattr(bound, "ge", getattr(bound, "gt", 0))
        if isinstance(bound, bounds.Le | bounds.Lt):
            high = getattr(bound, "le", getattr(bound, "lt", 0))
    return low, high


def toml(changes: dict[str, Any]) -> str:
    """Write the base experiment with some values changed, whether they are allowed or not."""
    values = {name: dict(part) if isinstance(part, dict) else part for name, part in BASE.items()}
    for path, value in changes.items():
        section, _, key = path.partition(".")
        part = values.setdefault(section, {})
        if key == "times_ns":
            part = values[section] = {}
        elif "times_ns" in part and key in ("start_ns", "stop_ns", "points"):
            del part["times_ns"]
        part[key] = value
    lines = [f"{name} = {_write(part)}" for name, part in values.items() if not _is_table(part)]
    for name, part in values.items():
        if _is_table(part):
            lines += [f"[{name}]", *(f"{key} = {_write(value)}" for key, value in part.items())]
    return "\n".join(lines) + "\n"


def _is_table(part: Any) -> bool:
    return isinstance(part, dict)


def _write(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return json.dumps(value) if isinstance(value, bool | str) else repr(value)
