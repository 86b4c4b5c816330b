"""ibmq_armonk on 2021-04-11: the machine of R1 and R2."""

from typing import Any

from analysis.reality.case import Published
from cqed_battery.units import TWO_PI

PROPERTIES = "published properties of ibmq_armonk, 2021-04-11"
_F01_GHZ, _ANHARMONICITY_MHZ, _T1_US, _T2_US = 4.97186, -347.0, 182.66, 237.86

KEYS: dict[str, Any] = {
    "transmon.frequency_GHz": _F01_GHZ,
    "transmon.anharmonicity_GHz": _ANHARMONICITY_MHZ / 1e3,
    "transmon.t1_us": _T1_US,
    "transmon.dephasing_rate_MHz": (1 / _T2_US - 1 / (2 * _T1_US)) / TWO_PI,
    "transmon.residual_excitation": 0.0,
    "resonator.frequency_GHz": 6.99,
    "coupler.g_on_MHz": 0.0,
    "coupler.g_off_MHz": 0.0,
    "drive.frequency_GHz": _F01_GHZ,
    "drive.clock_GHz": 4.5,
}
"""Keys of the experiment file: the transmon alone, samples of 2/9 ns."""


def frequencies(source: str) -> tuple[Published, ...]:
    """Return f01 and anharmonicity as they were published.

    Args:
        source: where the case found them.
    """
    return (
        Published(name="f01", value=f"{_F01_GHZ} GHz", source=source),
        Published(name="anharmonicity", value=f"{_ANHARMONICITY_MHZ:g} MHz", source=source),
    )


def lifetimes(source: str) -> tuple[Published, ...]:
    """Return T1 and T2 as they were published.

    Args:
        source: where the case found them.
    """
    return (
        Published(name="T1", value=f"{_T1_US} us", source=source),
        Published(name="T2", value=f"{_T2_US} us", source=source),
    )
