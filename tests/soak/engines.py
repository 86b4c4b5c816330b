"""The engine against the second one on random devices, and results on other machines' settings."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from devices import evolve
from fuzz.values import toml
from oracles import DenseDevice, propagate, random_segments, random_state

ROOT = Path(__file__).parents[2]


def wide_device(rng: np.random.Generator) -> DenseDevice:
    """A device from the whole allowed range: rates over decades, hot or cold, near or far off."""
    return DenseDevice(
        transmon_frequency_GHz=5.0 + rng.uniform(-1.0, 1.0),
        anharmonicity_GHz=float(rng.choice([-1, 1]) * rng.uniform(0.01, 2.0)),
        levels=int(rng.integers(2, 6)),
        t1_us=float(rng.choice([10 ** rng.uniform(-3, 3), np.inf])),
        dephasing_rate_MHz=float(rng.choice([0.0, 10 ** rng.uniform(-3, 3)])),
        dephasing_convention="coherence" if rng.random() < 0.5 else "sigma_z",
        residual_excitation=float(rng.choice([0.0, rng.uniform(0.0, 0.49)])),
        resonator_frequency_GHz=5.0 + rng.uniform(-1.0, 1.0),
        linewidth_MHz=float(rng.choice([0.0, 10 ** rng.uniform(-3, 3)])),
        resonator_temperature_mK=float(rng.choice([0.0, 10 ** rng.uniform(0, 3.5)])),
        fock_levels=int(rng.integers(2, 7)),
        drive_frequency_GHz=5.0 + rng.uniform(-0.5, 0.5),
    )


def compare(devices: int, first: int = 0) -> dict[str, Any]:
    """Evolve so many random devices with both engines; return the largest differences."""
    worst, trace, negative = 0.0, 0.0, 0.0
    for seed in range(first, first + devices):
        rng = np.random.default_rng([seed, 77])
        device = wide_device(rng)
        rho, segments = random_state(rng, device.dimension), random_segments(rng)
        expected = propagate(device, rho, segments)
        found = evolve(device, rho, segments, tolerance=1e-12)
        worst = max(worst, float(np.abs(found - expected).max()))
        trace = max(trace, float(np.abs(np.trace(found, axis1=1, axis2=2) - 1).max()))
        negative = max(negative, -float(np.linalg.eigvalsh(found).min()))
    return {"devices": devices, "difference": worst, "trace": trace, "negativity": negative}


def determinism(folder: Path) -> dict[str, Any]:
    """Run one experiment with 1 and 2 BLAS threads, and a sweep with 1, 2 and 3 workers."""
    (folder / "e.toml").write_text(toml({"resonator.fock_levels": 12}), encoding="utf-8")
    runs = {
        _digest(folder, f"run-{threads}", threads, ["run", "e.toml", "--out", "{out}", "-q"])
        for threads in (1, 2)
    }
    over = ["--over", "coupler.g_on_MHz=20:40:5", "--shots"]
    sweeps = {
        _digest(
            folder,
            f"sweep-{workers}",
            1,
            ["sweep", "e.toml", *over, "--workers", str(workers), "--out", "{out}/sweep.nc", "-q"],
        )
        for workers in (1, 2, 3)
    }
    return {"runs": len(runs), "sweeps": len(sweeps)}


def _digest(folder: Path, name: str, threads: int, arguments: list[str]) -> str:
    out = folder / name
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    code = "import sys; from cqed_battery.cli import main; sys.argv[0] = 'cqed-battery'; main()"
    subprocess.run(
        [sys.executable, "-c", code, *(word.format(out=out) for word in arguments)],
        cwd=folder,
        check=True,
        env={**os.environ, **dict.fromkeys(names, str(threads)), "PYTHONPATH": str(ROOT)},
    )
    found = hashlib.sha256()
    for file in ("dataset.nc", "results.json", "sweep.nc"):
        if (out / file).is_file():
            found.update((out / file).read_bytes())
    return found.hexdigest()
