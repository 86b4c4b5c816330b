"""Conversions at the borders: against numbers worked out by hand and the CODATA constants."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from cqed_battery import units

POSITIVE = st.floats(min_value=1e-6, max_value=1e6)


@pytest.mark.parametrize(
    ("convert", "given_value", "expected"),
    [
        (units.angular_from_ghz, 5.0, 31.415926535897932),
        (units.angular_from_mhz, 50.0, 0.31415926535897932),
        (units.mhz_from_angular, 0.31415926535897932, 50.0),
        (units.ghz_from_mhz, 250.0, 0.25),
        (units.mhz_from_ghz, 0.25, 250.0),
        (units.rate_from_t1_us, 50.0, 2e-5),
        (units.ns_from_us, 250.0, 250_000.0),
        (units.us_from_ns, 500.0, 0.5),
        (units.ns_from_seconds, 2e-6, 2000.0),
        (units.seconds_from_ns, 16.0, 1.6e-8),
        (units.per_us_from_per_ns, 0.02, 20.0),
    ],
)
def test_conversions_give_numbers_worked_out_by_hand(convert, given_value, expected):
    """Each conversion gives the number that a pencil gives."""
    assert convert(given_value) == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (units.angular_from_mhz, units.mhz_from_angular),
        (units.ns_from_us, units.us_from_ns),
        (units.ns_from_seconds, units.seconds_from_ns),
    ],
)
@given(value=POSITIVE)
def test_conversions_there_and_back_change_nothing(there, back, value):
    """A conversion and its inverse give back the value."""
    assert back(there(value)) == pytest.approx(value, rel=1e-14, abs=0)


def test_constants_are_those_of_codata():
    """The constants are those of scipy, a second source."""
    assert (constants.h, constants.k) == (units.PLANCK_J_S, units.BOLTZMANN_J_PER_K)


def test_an_infinite_lifetime_has_no_rate():
    """No decay is the rate 0, not a division by zero."""
    assert units.rate_from_t1_us(math.inf) == 0.0


def test_occupation_at_5_ghz_and_50_mk_is_the_number_worked_out_by_hand():
    """With h f / k_B T = 47.99243 mK/GHz * 5 GHz / 50 mK = 4.799243, n = 1 / 120.4186."""
    assert units.thermal_occupation(5.0, 50.0) == pytest.approx(1 / 120.4186, rel=1e-5, abs=0)
    assert units.boltzmann_ratio(5.0, 50.0) == pytest.approx(1 / 121.4186, rel=1e-5, abs=0)


@given(
    frequency=st.floats(min_value=0.1, max_value=100.0),
    temperature=st.floats(min_value=5.0, max_value=1e6),
)
def test_occupation_is_bose_einstein(frequency, temperature):
    """The occupation is that of the textbook in SI units, and in detailed balance."""
    exponent = constants.h * frequency * 1e9 / (constants.k * temperature * 1e-3)
    n = units.thermal_occupation(frequency, temperature)
    ratio = units.boltzmann_ratio(frequency, temperature)
    assert n == pytest.approx(math.exp(-exponent) / -math.expm1(-exponent), rel=1e-12, abs=0)
    assert ratio == pytest.approx(n / (n + 1.0), rel=1e-12, abs=0)


def test_occupation_at_high_temperature_is_classical():
    """Far above h f / k_B the occupation tends to k_B T / h f - 1/2."""
    classical = constants.k * 300.0 / (constants.h * 1e9) - 0.5
    assert units.thermal_occupation(1.0, 300e3) == pytest.approx(classical, rel=1e-7, abs=0)


@pytest.mark.parametrize("temperature_mk", [0.0, 5e-324, 1e-3])
def test_a_cold_bath_is_empty(temperature_mk):
    """At and near zero temperature the occupation is 0, without an error."""
    assert units.thermal_occupation(5.0, temperature_mk) == 0.0
    assert units.boltzmann_ratio(5.0, temperature_mk) == 0.0
