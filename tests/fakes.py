"""Results and datasets made of simple formulas, in the shape of the real ones.

The catalysed arm is a damped oscillation, the control an undamped one; every number of the
results is a known truth plus known noise, so a report can be checked against what it shows.
"""

import json
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHOTS = 1000
RABI = 2 * np.pi * 0.05
SIGN = "J < 0 is energy leaving the battery; the paper calls this direction inward."
EXPERIMENT = """\
title = {title}
seed = 2026

[transmon]
frequency_GHz = 5.0
anharmonicity_GHz = -0.25
levels = 3
t1_us = 50.0
dephasing_convention = "coherence"

[resonator]
frequency_GHz = 5.0
linewidth_MHz = 1.0
fock_levels = "auto"

[coupler]
g_on_MHz = 50.0

[drive]
rabi_rate_MHz = 50.0

[readout]
p1_given_0 = 0.01
p0_given_1 = 0.04

[charging]
times_ns = {times}

[tomography]
shots = 1000
bases = ["x", "y", "z"]

[control]
enabled = {control}

[analysis]
vacuum_fidelity_threshold = 0.95
"""
UNITS = {
    "energy": "hbar w_q",
    "ergotropy": "hbar w_q",
    "power": "hbar w_q/ns",
    "heat_current": "hbar w_q/ns",
    "heat_integral": "hbar w_q",
    "photon_number": "1",
    "vacuum_fidelity": "1",
}


def fake_run(
    *,
    points: int = 61,
    control: bool = True,
    vacuum: bool = True,
    truth: bool = True,
    title: str = "A made-up run",
) -> tuple[dict[str, Any], xr.DataTree]:
    """Return a (results, dataset) pair of the same made-up run."""
    times = np.linspace(0.0, 60.0, points)
    arms = ("catalysed", "control") if control else ("catalysed",)
    truths = {arm: _truth(arm, times) for arm in arms}
    return (
        _results(times, truths, vacuum=vacuum, truth=truth, title=title),
        _dataset(times, truths, vacuum=vacuum, truth=truth, title=title),
    )


def _truth(arm: str, times: Floats) -> dict[str, Floats]:
    rate, rest = (0.04, -0.1) if arm == "catalysed" else (0.002, 0.0)
    fade = np.exp(-rate * times)
    fine = np.linspace(0.0, 60.0, 6001)
    x, z = np.sin(RABI * times) * fade, -np.cos(RABI * times) * fade + rest * (1 - fade)
    bloch = np.stack([x, 0 * x, z], axis=1)
    faded = np.exp(-rate * fine)
    z_fine = -np.cos(RABI * fine) * faded + rest * (1 - faded)
    slope = np.interp(times, fine, np.gradient(z_fine, fine) / 2)
    power = RABI * x / 2
    work = np.cumsum(RABI * np.sin(RABI * fine) * faded / 2) * (fine[1] - fine[0])
    photons = (1 - fade) * (1.5 + np.cos(RABI * times)) * (arm == "catalysed")
    return {
        "bloch": bloch,
        "energy": z / 2,
        "ergotropy": (np.linalg.norm(bloch, axis=1) + z) / 2,
        "power": power,
        "heat_current": slope - power,
        "heat_integral": (z - z[0]) / 2 - np.interp(times, fine, work),
        "photon_number": photons,
        "vacuum_fidelity": np.exp(-photons),
    }


def _estimate(truth: Floats, std: float, rng: np.random.Generator, method: str) -> dict[str, Any]:
    value = truth + std * rng.standard_normal(truth.shape)
    return {
        "value": value.tolist(),
        "std": np.full(truth.shape, std).tolist(),
        "ci_low": (value - 1.96 * std).tolist(),
        "ci_high": (value + 1.96 * std).tolist(),
        "method": method,
    }


def _arm(times: Floats, truth: dict[str, Floats], rng: np.random.Generator) -> dict[str, Any]:
    count = len(times)
    stds = {"energy": 0.016, "ergotropy": 0.02, "power": 0.003, "heat_current": 0.002}
    stds["heat_integral"] = 0.008
    arm: dict[str, Any] = {
        name: _estimate(truth[name], std, rng, f"method of {name}") for name, std in stds.items()
    }
    bloch = _estimate(truth["bloch"], 0.03, rng, "maximum likelihood")
    arm["bloch"] = bloch | {"components": ["x", "y", "z"]}
    rate = truth["heat_current"] + truth["power"]
    arm["energy_rate"] = _estimate(rate, 0.003, np.random.default_rng(8), "method of energy_rate")
    half = np.eye(2) / 2
    arm["density_matrix"] = {
        "real": np.broadcast_to(half, (count, 2, 2)).tolist(),
        "imag": np.zeros((count, 2, 2)).tolist(),
        "method": "maximum likelihood",
    }
    arm["bloch_covariance"] = np.broadcast_to(9e-4 * np.eye(3), (count, 3, 3)).tolist()
    arm["envelope"] = _envelope(times, truth, rng)
    arm["pipeline_bias"] = {name: np.full(count, 0.0123).tolist() for name in stds} | {
        "bloch": np.full((count, 3), -0.0456).tolist()
    }
    return arm


def _envelope(times: Floats, truth: dict[str, Floats], rng: np.random.Generator) -> dict[str, Any]:
    fine = np.linspace(times[0], times[-1], 4 * len(times))
    energy = np.interp(fine, times, truth["energy"])
    return {
        "times": fine.tolist(),
        "energy": _estimate(energy, 1e-3, rng, "damped modes"),
        "energy_derivative": _estimate(np.gradient(energy, fine), 1e-3, rng, "damped modes"),
        "modes": 2,
        "frequencies_MHz": [50.0, 0.0],
        "decay_rates_per_us": [40.0, 40.0],
        "reduced_chi2": 1.04,
        "method": "damped modes",
    }


def _results(
    times: Floats, truths: dict[str, dict[str, Floats]], *, vacuum: bool, truth: bool, title: str
) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    arms = {arm: _arm(times, values, rng) for arm, values in truths.items()}
    fidelity = float(truths["catalysed"]["vacuum_fidelity"][-1])
    bound = _single(fidelity - 0.05, 0.02, "sum rule")
    return {
        "schema": 1,
        "title": title,
        "kind": "emulated" if truth else "laboratory",
        "seed": 2026,
        "versions": {"cqed-battery": "0.1.0", "numpy": np.__version__},
        "units": {"times": "ns", "bloch": "1"} | UNITS,
        "sign_convention": SIGN,
        "times": times.tolist(),
        "arms": arms,
        "vacuum_fidelity": _vacuum_fidelity(fidelity, bound) if vacuum else None,
        "sum_rule_bound": bound,
        "checks": {
            "trace_is_one": {"outcome": "pass", "statement": "Every state has trace one."},
            "fit_is_good": {"outcome": "fail", "statement": "The envelope misses the data."},
            "leakage_is_small": {"outcome": "warn", "statement": "Leakage reaches 2 %."},
        },
        "verdict": _verdict(arms, len(times), fidelity if vacuum else None),
    }


def _single(value: float, std: float, method: str) -> dict[str, Any]:
    low, high = value - 1.96 * std, value + 1.96 * std
    return {"value": value, "std": std, "ci_low": low, "ci_high": high, "method": method}


def _vacuum_fidelity(fidelity: float, bound: dict[str, Any]) -> dict[str, Any]:
    block = _single(fidelity, 0.015, "vacuum-Rabi baseline")
    return block | {"time": 60.0, "systematic": 0.01, "sum_rule_bound": bound}


def claim(
    outcome: str, value: float | None, std: float, significance: float | None, statement: str
) -> dict[str, Any]:
    """Return one entry of a verdict with its 95 % interval."""
    return {
        "outcome": outcome,
        "value": value,
        "ci_low": None if value is None else value - 1.96 * std,
        "ci_high": None if value is None else value + 1.96 * std,
        "significance": significance,
        "statement": statement,
        "expected": f"that {statement.lower()}",
    }


def _verdict(arms: dict[str, Any], points: int, fidelity: float | None) -> dict[str, Any]:
    verdict = {
        "heat_current_negative": claim("holds", -0.21367, 0.0171, 12.54, "Energy left early"),
        "ergotropy_gain": claim("undecided", None, 0.0, None, "There is no control arm"),
        "vacuum_recovered": claim("undecided", None, 0.0, None, "F was not measured"),
        "all_three": claim("fails", None, 0.0, None, "Not all three were seen together"),
    }
    if fidelity is not None:
        verdict["vacuum_recovered"] = claim("fails", fidelity, 0.015, -31.2, "Photons remain")
    if "control" in arms:
        verdict["ergotropy_gain"] = _gain(arms, points)
    return verdict


def _gain(arms: dict[str, Any], points: int) -> dict[str, Any]:
    value = np.array(arms["catalysed"]["ergotropy"]["value"])
    value -= np.array(arms["control"]["ergotropy"]["value"])
    pointwise: dict[str, Any] = {
        "value": value.tolist(),
        "std": [0.03] * points,
        "ci_low": (value - 0.06).tolist(),
        "ci_high": (value + 0.06).tolist(),
    }
    if points > 2:
        for block in pointwise.values():
            block[1] = None
    parts = {
        "peak": claim("fails", -0.0411, 0.011, -3.7, "The peak is lower"),
        "mean": claim("fails", -0.1932, 0.004, -48.3, "The mean is lower"),
        "late": claim("undecided", 0.0123, 0.01, 1.2, "Late, nothing is certain"),
    }
    whole = claim("fails", -0.1932, 0.004, -48.3, "The resonator costs ergotropy")
    return whole | {"parts": parts, "pointwise": pointwise}


def _dataset(
    times: Floats, truths: dict[str, dict[str, Floats]], *, vacuum: bool, truth: bool, title: str
) -> xr.DataTree:
    bloch = np.stack([values["bloch"] for values in truths.values()])
    ones = np.rint(SHOTS * (1 + bloch) / 2).astype(np.int64)
    variables: dict[str, Any] = {
        "counts": (("arm", "time", "basis", "outcome"), np.stack([SHOTS - ones, ones], axis=-1)),
        "calibration_counts": (("prepared", "outcome"), np.array([[9898, 102], [397, 9603]])),
    }
    coords: dict[str, Any] = {
        "arm": list(truths),
        "time": times,
        "basis": ["x", "y", "z"],
        "outcome": [0, 1],
        "prepared": [0, 1],
    }
    if vacuum:
        exchange = np.linspace(0.0, 100.0, 41)
        pi = np.rint(SHOTS * (1 + np.cos(0.3 * exchange)) / 2).astype(np.int64)
        pair = np.stack([SHOTS - pi, pi], axis=-1)
        variables["vacuum_counts"] = (
            ("pulse", "exchange_time", "outcome"),
            np.stack([pair[:, ::-1], pair]),
        )
        coords |= {"pulse": ["none", "pi"], "exchange_time": exchange}
    root = xr.Dataset(variables, coords, attrs=_attrs(times, truths, truth=truth, title=title))
    nodes = {"/": root} | ({"/truth": _truth_group(times, truths)} if truth else {})
    return xr.DataTree.from_dict(nodes)


def _attrs(times: Floats, arms: Any, *, truth: bool, title: str) -> dict[str, Any]:
    text = EXPERIMENT.format(
        title=json.dumps(title),
        times=times.tolist(),
        control=str("control" in arms).lower(),
    )
    return {
        "schema": 1,
        "experiment": text,
        "seed": 2026,
        "versions": json.dumps({"cqed-battery": "0.1.0", "qiskit": "1.3.0"}),
        "kind": "emulated" if truth else "laboratory",
        "title": title,
    }


def _truth_group(times: Floats, truths: dict[str, dict[str, Floats]]) -> xr.Dataset:
    variables: dict[str, Any] = {
        name: (("arm", "time"), np.stack([values[name] for values in truths.values()]))
        for name in UNITS
    }
    variables["bloch"] = (
        ("arm", "time", "component"),
        np.stack([values["bloch"] for values in truths.values()]),
    )
    coords = {"arm": list(truths), "time": times, "component": ["x", "y", "z"]}
    return xr.Dataset(variables, coords, attrs={"residual_excitation": 0.01, "fock_levels": 12})
