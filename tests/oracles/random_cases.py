"""Random devices, states and controls, every one drawn from a Generator that the caller owns."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .conversions import mhz
from .dense_engine import DenseDevice, Matrix, Segment


def random_device(
    rng: np.random.Generator, *, levels: int | None = None, fock_levels: int | None = None
) -> DenseDevice:
    """A detuned, warm, lossy device: no term of the generator is negligible over 20 ns."""
    conventions: tuple[Literal["coherence", "sigma_z"], ...] = ("coherence", "sigma_z")
    return DenseDevice(
        transmon_frequency_GHz=5.0 + rng.uniform(-0.1, 0.1),
        anharmonicity_GHz=-rng.uniform(0.15, 0.35),
        levels=int(rng.integers(2, 4)) if levels is None else levels,
        t1_us=rng.uniform(0.05, 5.0),
        dephasing_rate_MHz=rng.uniform(0.1, 5.0),
        dephasing_convention=conventions[int(rng.integers(2))],
        residual_excitation=rng.uniform(0.0, 0.3),
        resonator_frequency_GHz=5.0 + rng.uniform(-0.1, 0.1),
        linewidth_MHz=rng.uniform(0.5, 10.0),
        resonator_temperature_mK=rng.uniform(10.0, 300.0),
        fock_levels=int(rng.integers(3, 7)) if fock_levels is None else fock_levels,
        drive_frequency_GHz=5.0 + rng.uniform(-0.1, 0.1),
    )


def random_segments(rng: np.random.Generator, number: int = 3) -> list[Segment]:
    """Pieces of 1 to 8 ns with couplings up to 100 MHz and complex drives up to 100 MHz."""
    return [
        (
            float(rng.uniform(1.0, 8.0)),
            mhz(rng.uniform(0.0, 100.0)),
            complex(mhz(rng.uniform(0.0, 100.0)) * np.exp(2j * np.pi * rng.uniform())),
        )
        for _ in range(number)
    ]


def random_state(rng: np.random.Generator, size: int) -> Matrix:
    """A full-rank random density matrix (Hilbert-Schmidt measure)."""
    draw = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    rho = draw @ draw.conj().T
    return rho / np.trace(rho).real
