"""Files that are allowed but extreme, for the verbs that compute long: they are let compute."""

import json
from random import Random

from analysis.design_search.box.objective import OBJECTIVES

from .values import draw_changes, draw_value, toml

_BOUNDS: dict[str, tuple[float, ...]] = {
    "drive.rabi_rate_MHz": (0.0, 1e-9, 5.0, 10.0, 20.0, 200.0),
    "coupler.g_on_MHz": (0.0, 1e-9, 10.0, 30.0, 31.0, 200.0),
    "resonator.detuning_MHz": (-1000.0, -50.0, 0.0, 1e-9, 50.0),
    "drive.detuning_MHz": (-200.0, -1e-9, 0.0, 10.0),
    "resonator.linewidth_MHz": (0.0, 1e-6, 2.0, 50.0, 1000.0),
    "transmon.t1_us": (1e-3, 1.0, 30.0, 1e9),
    "charging.stop_ns": (0.1, 1.0, 8.0, 10.0, 400.0),
}
_OBJECTIVES: dict[str, tuple[float | str, ...]] = {
    "kind": OBJECTIVES,
    "hours": (1e-300, 0.01, 12.0, 1e300),
    "least_gain": (1e-12, 0.01, 0.5, 0.999),
    "least_fidelity": (1e-12, 0.5, 0.97, 0.999999),
    "sigmas": (1e-300, 3.0, 1e300),
    "early_ns": (1e-300, 0.11, 1.0, 100.0, 1e300),
}


def draw_search(rng: Random) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return a box and a search of few points in it."""
    lines = ["[box]"]
    keys = rng.sample(list(_BOUNDS), rng.choice((1, 2, 3)))
    for key in keys:
        low, high = sorted(rng.sample(_BOUNDS[key], 2))
        lines.append(f'"{key}" = [{low!r}, {high!r}]')
    lines.append("[tolerance]")
    lines += [f'"{key}" = {rng.choice((0.0, 1e-9, 0.5, 1e3))!r}' for key in keys[:1]]
    lines.append("[objective]")
    wanted = rng.sample(list(_OBJECTIVES), rng.choice((0, 1, 3, 6)))
    lines += [f"{name} = {json.dumps(rng.choice(_OBJECTIVES[name]))}" for name in wanted]
    changes = draw_changes(rng) if rng.random() < 0.4 else {}
    files = {"e.toml": toml(changes).encode(), "box.toml": "\n".join(lines).encode()}
    size = ("--evaluations", rng.choice(("4", "5", "12")), "--map", rng.choice(("0", "0", "2")))
    return files, ("design", "e.toml", "--box", "box.toml", *size, "--out", "out", "-q")


def draw_sweep(rng: Random) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return a sweep of a few points, over keys at the ends of their ranges."""
    axes = [axis for _ in range(rng.choice((1, 1, 2))) for axis in ("--over", _axis(rng))]
    shots = ("--shots",) if rng.random() < 0.5 else ()
    changes = draw_changes(rng) if rng.random() < 0.4 else {}
    files = {"e.toml": toml(changes).encode()}
    return files, ("sweep", "e.toml", *axes, *shots, "--out", "sweep.nc", "-q")


def draw_validation(rng: Random) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return a validation of two or three runs for one truth."""
    truths = ("this device", "random device 1", "no coupling", "no")
    command = ("validate", "e.toml", "--repeats", rng.choice(("2", "3")), "--only")
    files = {"e.toml": toml(draw_changes(rng)).encode()}
    return files, (*command, rng.choice(truths), "--devices", "1", "--out", "out", "-q")


def _axis(rng: Random) -> str:
    key = rng.choice((*_BOUNDS, "resonator.frequency_GHz", "seed", "tomography.shots"))
    if key not in _BOUNDS:
        number = draw_value(rng, float if key.endswith("GHz") else int, ())
        return f"{key}={number},{rng.choice((1, 5, 6.001))}"
    if rng.random() < 0.3:
        return f"{key}={min(_BOUNDS[key])}:{max(_BOUNDS[key])}:3"
    return f"{key}={','.join(map(str, rng.sample(_BOUNDS[key], 2)))}"
