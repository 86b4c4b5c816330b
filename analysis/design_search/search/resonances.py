"""Resonances of the driven transmon and the resonator: where the one cools the other.

The resonator takes n photons of the distance of two dressed states of the driven transmon where
w_r = w_d + (E_b - E_a)/n, and leaves it in the other one of the two (Murch et al., Phys. Rev. Lett.
109, 183602, for n = 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from analysis.design_search.box.box import Box, changes
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, lowering
from cqed_battery.units import mhz_from_ghz

_PHOTONS = (1, 2, 3)
MOVED = (
    "resonator.detuning_MHz",
    "resonator.frequency_GHz",
    "drive.detuning_MHz",
    "drive.frequency_GHz",
    "transmon.frequency_GHz",
    "drive.rabi_rate_MHz",
)
"""Keys that can put a point upon a resonance, in the order in which they are tried."""
_QUBIT, _DRIVE, _RABI, _MODE = (
    "transmon.frequency_GHz",
    "drive.frequency_GHz",
    "drive.rabi_rate_MHz",
    "resonator.frequency_GHz",
)
_SCAN = np.linspace(0.0, 1.0, 81)  # of a key between its bounds, where its resonance is looked for


@dataclass(frozen=True)
class Resonance:
    """The resonator takes `photons` of the distance of two dressed states, numbered upwards."""

    left: int
    reached: int
    photons: int


def resonances(levels: int) -> list[Resonance]:
    """Return the resonances of a transmon, of both signs, few photons and low levels first.

    Args:
        levels: of the transmon, from 2.
    """
    pairs = sorted(permutations(range(levels), 2), key=max)
    return [Resonance(left, reached, n) for n in _PHOTONS for left, reached in pairs]


def dressed_energies_MHz(
    detuning_MHz: FloatArray, anharmonicity_MHz: float, rabi_MHz: FloatArray, levels: int
) -> FloatArray:
    """Return the energies / 2 pi of the driven transmon in its drive's frame, rising, (N, levels).

    Args:
        detuning_MHz: of the transmon from its drive, (N,).
        anharmonicity_MHz: of the transmon.
        rabi_MHz: Rabi rate of the transmon's own drive, (N,).
        levels: of the transmon, from 2.
    """
    number = np.arange(levels)
    bent = anharmonicity_MHz / 2 * number * (number - 1)
    field = lowering(levels).toarray().real
    bare = (detuning_MHz[:, None] * number + bent)[..., None] * np.eye(levels)
    driven = rabi_MHz[:, None, None] / 2 * (field + field.T)
    return np.asarray(np.linalg.eigvalsh(bare + driven))


def upon(fixed: Experiment, box: Box, place: FloatArray, wanted: Resonance) -> FloatArray | None:
    """Return a place of the unit cube with one key moved upon a resonance; None: none reaches it.

    Args:
        fixed: the experiment whose other values stay; its transmon's levels are a number.
        box: what is searched.
        place: in the unit cube, (K,).
        wanted: the resonance.
    """
    for key in (key for key in MOVED if key in box.keys):
        axis = box.keys.index(key)
        distance = _distances(fixed, box, place, axis, wanted)
        crossed = np.flatnonzero(np.diff(np.sign(distance)))
        if crossed.size:
            # Of several the one nearest to where the place was.
            low = int(crossed[np.argmin(np.abs(_SCAN[crossed] - place[axis]))])
            before, after = distance[low : low + 2]
            moved = place.copy()
            moved[axis] = _SCAN[low] + before / (before - after) * (_SCAN[1] - _SCAN[0])
            return moved
    return None


def _distances(
    fixed: Experiment, box: Box, place: FloatArray, axis: int, wanted: Resonance
) -> FloatArray:
    """Return how far above the resonance the resonator lies, one key along its bounds, MHz."""
    low, high = ({**box.values(place), box.keys[axis]: end} for end in box.bounds[box.keys[axis]])
    ends = [_numbers(fixed, changes(fixed, values)) for values in (low, high)]
    numbers = {key: ends[0][key] + _SCAN * (ends[1][key] - ends[0][key]) for key in ends[0]}
    transmon = fixed.transmon
    energies = dressed_energies_MHz(
        mhz_from_ghz(1.0) * (numbers[_QUBIT] - numbers[_DRIVE]),
        mhz_from_ghz(transmon.anharmonicity_GHz),
        numbers[_RABI],
        transmon.kept_levels,
    )
    gap = (energies[:, wanted.reached] - energies[:, wanted.left]) / wanted.photons
    return mhz_from_ghz(1.0) * (numbers[_MODE] - numbers[_DRIVE]) + gap


def _numbers(fixed: Experiment, changed: Mapping[str, float]) -> dict[str, float]:
    """Return frequencies and Rabi rate by key, those that are changed as changed."""
    found = {}
    for key in (_QUBIT, _DRIVE, _RABI, _MODE):
        section, _, name = key.partition(".")
        found[key] = float(changed.get(key, getattr(getattr(fixed, section), name)))
    if fixed.drive.target != "transmon":  # whose own drive is then none
        found[_RABI] = 0.0
    return found
