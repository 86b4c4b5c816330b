"""What Zhao's texts say of memory: whether information comes back to the battery."""

from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    DRIVE,
    START,
    Z2_DEPHASING,
    Case,
    compared,
    listed,
    run,
)


def revival(case: Case, **changes: float | bool) -> float:
    """Return by how much the distance of the battery's states from two starts grows, in all.

    The trace distance is half the distance of the Bloch vectors; where it grows, information
    comes back (Breuer, Laine, Piilo, Phys. Rev. Lett. 103, 210401, 2009).

    Args:
        case: the readings but the start.
        changes: parameters of the model.
    """
    lower, upper = (
        run({**case, "start": start}, **changes).bloch.to_numpy() for start in START["start"]
    )
    distance = np.linalg.norm(lower - upper, axis=1) / 2
    return float(np.maximum(np.diff(distance), 0.0).sum())


_MEMORY = (
    "Starts in the lower and in the upper level. The battery and the catalyst together have no"
    " memory; the battery alone has, for its reduced dynamics are those of a damped exchange."
)


@CLAIMS_Z1.claim(28, "Thermodynamic Analysis, after Eq. 11", "2b --set start=upper")
@compared(
    {**DRIVE, "dephasing": ("sigma_z",)},
    Rule("growth of the trace distance of two starts with the catalyst", "< 0.01"),
    _MEMORY,
)
def without_memory(case: Case) -> float:
    """The backflow is distinct from one of information, as memory brings it.

    Test whether information on the battery's start comes back to the battery.
    """
    return revival(case)


@CLAIMS_Z2.claim(35, "Sec. VI; Sec. IV A", "2b --set start=upper")
def like_memory() -> Finding:
    """The catalyst brings a non-Markovian-like backflow that pure losses do not.

    Test whether information on the battery's start comes back, with and without the catalyst.
    """
    more = Rule("growth of the trace distance of two starts", "> 0.01")
    none = Rule("growth of the trace distance of two starts", "< 1e-06")
    rows = (
        ("with the catalyst", revival, more),
        ("without it", partial(revival, catalyst=False), none),
    )
    return listed({**Z2_DEPHASING, **DRIVE}, rows, _MEMORY, every=True)
