"""Where a search starts: resonances by closed forms, and places that cool among the first."""

from math import hypot

import numpy as np
import pytest
from boxes import FIXED

from analysis.design_search.box.box import Box
from analysis.design_search.point.point import evaluate
from analysis.design_search.search.resonances import (
    Resonance,
    dressed_energies_MHz,
    resonances,
    upon,
)
from analysis.design_search.search.starts import starts
from cqed_battery.experiment import Experiment

BOUNDS = {
    "drive.rabi_rate_MHz": (20.0, 90.0),
    "drive.detuning_MHz": (-100.0, 100.0),
    "resonator.detuning_MHz": (-400.0, 400.0),
    "coupler.g_on_MHz": (5.0, 15.0),
}
WIDE = Box(bounds=BOUNDS, objective={"least_gain": 0.3, "least_fidelity": 0.9})
COOLING = Resonance(left=0, reached=1, photons=1)


def without(key: str) -> Box:
    """Return the wide box without a key."""
    return Box(bounds={name: ends for name, ends in BOUNDS.items() if name != key})


def test_two_levels_are_apart_by_the_generalised_rabi_frequency():
    """Two dressed states lie sqrt(Omega^2 + delta^2) apart; without a drive levels are bare."""
    found = dressed_energies_MHz(np.array([45.0, 0.0]), -250.0, np.array([48.0, 30.0]), 2)
    assert np.diff(found)[:, 0] == pytest.approx([hypot(48.0, 45.0), 30.0])
    bare = dressed_energies_MHz(np.array([45.0]), -250.0, np.zeros(1), 3)
    assert np.sort(bare[0]) == pytest.approx([-160.0, 0.0, 45.0])


@pytest.mark.parametrize("photons", [1, 2, 3])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_resonator_is_put_upon_the_resonance(photons, sign):
    """It takes n photons of the distance: below the drive it cools, above the drive it heats."""
    place = WIDE.place(
        {
            "drive.rabi_rate_MHz": 48.0,
            "drive.detuning_MHz": -45.0,
            "resonator.detuning_MHz": 0.0,
            "coupler.g_on_MHz": 7.0,
        }
    )
    wanted = Resonance(*((0, 1) if sign > 0 else (1, 0)), photons)
    moved = WIDE.values(upon(FIXED, WIDE, place, wanted))
    distance = sign * hypot(48.0, 45.0) / photons
    assert moved["resonator.detuning_MHz"] == pytest.approx(-45.0 - distance)
    assert moved["drive.rabi_rate_MHz"] == pytest.approx(48.0)


def test_another_key_is_moved_where_the_resonator_stays():
    """With the resonator given the drive is put where the distance fits, then its Rabi rate."""
    device = FIXED.replace({"resonator.frequency_GHz": 4.884})
    drive = without("resonator.detuning_MHz")
    values = drive.values(upon(device, drive, np.full(3, 0.4), COOLING))
    offset, rabi = values["drive.detuning_MHz"], values["drive.rabi_rate_MHz"]
    assert offset - hypot(rabi, offset) == pytest.approx(-116.0, abs=0.05)
    rate = Box(bounds={"drive.rabi_rate_MHz": (20.0, 90.0), "coupler.g_on_MHz": (5.0, 15.0)})
    rabi = rate.values(upon(device, rate, np.full(2, 0.4), COOLING))["drive.rabi_rate_MHz"]
    assert -45.0 - hypot(rabi, 45.0) == pytest.approx(-116.0, abs=0.05)
    none = device.replace({"resonator.frequency_GHz": 5.5})
    assert upon(none, rate, np.full(2, 0.4), COOLING) is None


def test_all_pairs_of_levels_and_both_signs_are_tried():
    """Two levels have two resonances for each number of photons, three levels six."""
    assert len(resonances(2)) == 6
    assert len({*resonances(3)}) == 18
    assert {(each.left, each.reached) for each in resonances(3)[:2]} == {(0, 1), (1, 0)}


def test_a_search_starts_at_places_that_cool():
    """Those upon resonances keep a gain, the sample's do not; the same seed, the same starts."""
    device = FIXED.replace({"transmon.dephasing_rate_MHz": 0.4})
    found = starts(device, WIDE, 8, seed=3)
    again = starts(device, WIDE, 8, seed=3)
    assert len(found) == 8
    np.testing.assert_array_equal(found, again)
    assert np.min(found) >= 0
    assert np.max(found) <= 1
    gains = [evaluate(device, WIDE, WIDE.values(place)).late_gain for place in found]
    assert min(gains[:4]) > 0.2 > max(gains[4:])


def test_a_box_without_such_a_key_starts_at_a_sample():
    """Where nothing can be put upon a resonance every start is the sample's."""
    box = Box(bounds={"coupler.g_on_MHz": (5.0, 15.0), "resonator.linewidth_MHz": (1.0, 9.0)})
    found = starts(Experiment(), box, 4, seed=1)
    assert len({tuple(place) for place in found}) == 4
