"""The experiment as a value: frozen, replaced, copied, and what is derived from it."""

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from pydantic import ValidationError
from random_experiments import experiments

from cqed_battery.device import Coupler, Device, DriveLine, Readout, Resonator, Transmon
from cqed_battery.experiment import Charging, Experiment, ExperimentError


def test_a_whole_number_stands_for_a_float():
    """A float key takes 5 for 5.0 and holds a float, from Python and from a file."""
    assert type(Transmon(frequency_GHz=5).frequency_GHz) is float
    assert Experiment.from_text("transmon.frequency_GHz = 5") == Experiment()


def test_values_are_frozen():
    """A value cannot be changed in place."""
    with pytest.raises(ValidationError, match="frozen"):
        Experiment().seed = 1
    with pytest.raises(ValidationError, match="frozen"):
        Experiment().drive.rise_ns = 2.0


def test_positional_arguments_are_refused():
    """Values are given by name only."""
    with pytest.raises(TypeError, match="positional"):
        Transmon(5.0)


@given(experiment=experiments())
def test_values_can_be_copied_pickled_and_hashed(experiment):
    """Copies are equal, and equal experiments hash equally."""
    twins = [
        pickle.loads(pickle.dumps(experiment)),
        copy.deepcopy(experiment),
        copy.copy(experiment),
    ]
    assert all(twin == experiment for twin in twins)
    assert {hash(twin) for twin in twins} == {hash(experiment)}


def test_the_device_is_the_five_sections_of_the_experiment():
    """The device of an experiment holds the experiment's own values."""
    parts = {
        "transmon": Transmon(levels=4),
        "resonator": Resonator(fock_levels=20),
        "coupler": Coupler(ramp_ns=2.0),
        "drive": DriveLine(phase_rad=0.5),
        "readout": Readout(p1_given_0=0.02),
    }
    assert Experiment(**parts).device == Device(**parts) != Device()


def test_replace_changes_what_it_names_and_nothing_else():
    """Only the named keys differ; the original stays as it was."""
    before = Experiment(drive=DriveLine(rise_ns=2.0))
    after = before.replace({"drive.rabi_rate_MHz": 20, "seed": 1, "coupler": Coupler(ramp_ns=0.0)})
    assert after.drive == DriveLine(rise_ns=2.0, rabi_rate_MHz=20.0)
    assert (after.seed, after.coupler) == (1, Coupler(ramp_ns=0.0))
    assert after.transmon == before.transmon
    assert before == Experiment(drive=DriveLine(rise_ns=2.0))


def test_replace_changes_several_keys_of_one_section():
    """Two keys of one section are both changed, even where one alone would be refused."""
    after = Experiment().replace({"charging.start_ns": 70.0, "charging.stop_ns": 80.0})
    assert after.charging == Charging(start_ns=70.0, stop_ns=80.0)


def test_replace_lets_an_alternative_take_the_place_of_another():
    """A temperature displaces the residual excitation and back, listed times the even ones."""
    cold = Experiment().replace({"transmon.temperature_mK": 30.0})
    assert (cold.transmon.temperature_mK, cold.transmon.residual_excitation) == (30.0, None)
    assert cold.replace({"transmon.residual_excitation": 0.01}) == Experiment()
    assert cold.replace({"transmon.temperature_mK": None}) == Experiment()
    listed = Experiment().replace({"charging.times_ns": np.array([1.0, 3.0])})
    assert listed.charging == Charging(times_ns=(1.0, 3.0))
    assert listed.replace({"charging.points": 7}).charging == Charging(points=7)


def test_charging_times_are_a_grid_or_a_list():
    """The grid holds both ends; one point is the start; a list is taken as it is."""
    np.testing.assert_array_equal(Charging(points=4).grid_ns(), [0.0, 20.0, 40.0, 60.0])
    np.testing.assert_array_equal(Charging(points=1, start_ns=3.0).grid_ns(), [3.0])
    np.testing.assert_array_equal(Charging(times_ns=[0, 2.5]).grid_ns(), [0.0, 2.5])
    assert Charging(times_ns=[0, 2]).grid_ns().dtype == np.float64


def test_a_residual_excitation_and_its_temperature_are_the_same_bath():
    """At 50 mK, h f / k_B T = 4.799243: p = 1 / (1 + 121.4186), n = 1 / 120.4186, both ways."""
    warm = Transmon(temperature_mK=50.0)
    assert warm.excited_population == pytest.approx(1 / 122.4186, rel=1e-5, abs=0)
    assert warm.thermal_photons == pytest.approx(1 / 120.4186, rel=1e-5, abs=0)
    same = Transmon(residual_excitation=warm.excited_population)
    assert same.thermal_photons == pytest.approx(warm.thermal_photons, rel=1e-12, abs=0)


def test_a_bath_at_zero_temperature_is_empty():
    """Temperature 0 leaves no excitation in the transmon and no photon in the resonator."""
    assert Transmon(temperature_mK=0).excited_population == 0.0
    assert Transmon(temperature_mK=0).thermal_photons == 0.0
    assert Resonator(temperature_mK=0).thermal_photons == 0.0
    assert Resonator(temperature_mK=50).thermal_photons == pytest.approx(
        1 / 120.4186, rel=1e-5, abs=0
    )


def test_infinity_is_a_lifetime_and_survives_the_file():
    """An infinite lifetime is accepted and comes back from the file."""
    experiment = Experiment(transmon=Transmon(t1_us=math.inf))
    assert Experiment.from_text(experiment.to_toml()).transmon.t1_us == math.inf


def test_two_level_ladder_needs_no_anharmonicity():
    """With two levels the anharmonicity may be 0, as it plays no part."""
    assert Transmon(levels=2, anharmonicity_GHz=0.0).levels == 2


def test_model_validate_builds_the_same_value():
    """The second way to build a value gives the same value, and the same kind of refusal."""
    assert Transmon.model_validate({"levels": 4}) == Transmon(levels=4)
    with pytest.raises(ExperimentError, match=r'^transmon\.levels must be "auto" or a whole'):
        Transmon.model_validate({"levels": 40})
