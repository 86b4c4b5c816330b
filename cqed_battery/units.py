"""The one place of 2 pi, hbar, k_B and powers of ten.

Inside the package times are in ns, rates and frequencies in rad/ns, and hbar = 1.
At every border a value carries its unit in its name: GHz and MHz are cyclic.
"""

import math

TWO_PI = 2.0 * math.pi
"""Angle of a whole turn in rad, between cyclic and angular frequencies."""
PLANCK_J_S = 6.626_070_15e-34
"""Planck constant in J s (exact in the SI)."""
BOLTZMANN_J_PER_K = 1.380_649e-23
"""Boltzmann constant in J/K (exact in the SI)."""

KEY_UNITS = ("GHz", "MHz", "mK", "us", "ns", "rad")
"""Units in which a key of an experiment file may end, as in `t1_us`."""

_MHZ_PER_GHZ = 1e3  # SI prefixes
_NS_PER_US = 1e3  # SI prefixes
_NS_PER_S = 1e9  # SI prefixes
_HZ_PER_GHZ = 1e9  # SI prefixes
_MK_PER_K = 1e3  # SI prefixes
_S_PER_MIN = 60.0  # accepted beside the SI
_MIN_PER_H = 60.0  # accepted beside the SI
_H_PER_DAY = 24.0  # accepted beside the SI
_MK_PER_GHZ = PLANCK_J_S * 1e9 / (BOLTZMANN_J_PER_K * 1e-3)  # h / k_B: 47.99 mK for 1 GHz


def angular_from_ghz(frequency_ghz: float) -> float:
    """Turn a cyclic frequency in GHz into an angular one in rad/ns: w = 2 pi f.

    Args:
        frequency_ghz: cyclic, in GHz, of any sign.
    """
    return TWO_PI * frequency_ghz


def angular_from_mhz(frequency_mhz: float) -> float:
    """Turn a cyclic frequency in MHz into an angular one in rad/ns: w = 2 pi f / 1000.

    Args:
        frequency_mhz: cyclic, in MHz, of any sign.
    """
    return TWO_PI * frequency_mhz / _MHZ_PER_GHZ


def ghz_from_mhz(frequency_mhz: float) -> float:
    """Turn MHz into GHz.

    Args:
        frequency_mhz: in MHz, of any sign.
    """
    return frequency_mhz / _MHZ_PER_GHZ


def mhz_from_ghz(frequency_ghz: float) -> float:
    """Turn GHz into MHz.

    Args:
        frequency_ghz: in GHz, of any sign.
    """
    return frequency_ghz * _MHZ_PER_GHZ


def ghz_from_hz(frequency_hz: float) -> float:
    """Turn Hz into GHz.

    Args:
        frequency_hz: in Hz, of any sign.
    """
    return frequency_hz / _HZ_PER_GHZ


def hz_from_ghz(frequency_ghz: float) -> float:
    """Turn GHz into Hz.

    Args:
        frequency_ghz: in GHz, of any sign.
    """
    return frequency_ghz * _HZ_PER_GHZ


def mk_from_kelvin(temperature_k: float) -> float:
    """Turn kelvin into millikelvin.

    Args:
        temperature_k: in K.
    """
    return temperature_k * _MK_PER_K


def mhz_from_angular(angular: float) -> float:
    """Turn an angular frequency in rad/ns into a cyclic one in MHz.

    Args:
        angular: in rad/ns, of any sign.
    """
    return angular * _MHZ_PER_GHZ / TWO_PI


def rate_from_t1_us(t1_us: float) -> float:
    """Return the decay rate 1/T1 in 1/ns.

    Args:
        t1_us: lifetime in us, above 0; the rate of an infinite one is 0.
    """
    return 1.0 / ns_from_us(t1_us)


def ns_from_us(time_us: float) -> float:
    """Turn microseconds into nanoseconds.

    Args:
        time_us: in us, of any sign.
    """
    return time_us * _NS_PER_US


def us_from_ns(time_ns: float) -> float:
    """Turn nanoseconds into microseconds.

    Args:
        time_ns: in ns, of any sign.
    """
    return time_ns / _NS_PER_US


def ns_from_seconds(time_s: float) -> float:
    """Turn seconds into nanoseconds.

    Args:
        time_s: in s, of any sign.
    """
    return time_s * _NS_PER_S


def seconds_from_ns(time_ns: float) -> float:
    """Turn nanoseconds into seconds.

    Args:
        time_ns: in ns, of any sign.
    """
    return time_ns / _NS_PER_S


def hours_from_seconds(time_s: float) -> float:
    """Turn seconds into hours.

    Args:
        time_s: in s.
    """
    return time_s / (_S_PER_MIN * _MIN_PER_H)


def show_hours(hours: float) -> str:
    """Write a time in the unit a person would use: s, min, h or days, two digits.

    Args:
        hours: the time in hours, of any sign.

    >>> [show_hours(hours) for hours in (0.00059, 0.7, 30.0, 700.0)]
    ['2.1 s', '42 min', '30 h', '29 days']
    """
    minutes = hours * _MIN_PER_H
    days = hours / _H_PER_DAY
    if abs(minutes) < 2:
        value, unit = minutes * _S_PER_MIN, "s"
    elif abs(hours) < 2:
        value, unit = minutes, "min"
    else:
        value, unit = (hours, "h") if abs(days) < 2 else (days, "days")
    return f"{value:.0f} {unit}" if abs(value) >= 10 else f"{value:.2g} {unit}"


def per_us_from_per_ns(rate_per_ns: float) -> float:
    """Turn a rate in 1/ns into one in 1/us.

    Args:
        rate_per_ns: in 1/ns.
    """
    return rate_per_ns * _NS_PER_US


def boltzmann_ratio(frequency_ghz: float, temperature_mk: float) -> float:
    """Return exp(-h f / k_B T), the population ratio of two levels f apart.

    Args:
        frequency_ghz: level distance in GHz, above 0.
        temperature_mk: temperature in mK, at least 0; at 0 the ratio is 0.
    """
    if temperature_mk == 0.0:
        return 0.0
    return math.exp(-_MK_PER_GHZ * frequency_ghz / temperature_mk)


def thermal_occupation(frequency_ghz: float, temperature_mk: float) -> float:
    """Return the Bose-Einstein occupation n = 1 / (exp(h f / k_B T) - 1).

    Args:
        frequency_ghz: frequency of the mode in GHz, above 0.
        temperature_mk: temperature in mK, at least 0; at 0 the occupation is 0.
    """
    ratio = boltzmann_ratio(frequency_ghz, temperature_mk)
    if ratio == 0.0:
        return 0.0
    return -ratio / math.expm1(-_MK_PER_GHZ * frequency_ghz / temperature_mk)
