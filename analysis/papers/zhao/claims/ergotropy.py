"""What Zhao's texts say of how far the catalyst raises the ergotropy."""

from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    ergotropy,
    listed,
)
from analysis.papers.zhao.statistics import (
    GAINED,
    GRID,
    LATER,
    MEAN,
    NOT_PASSIVE,
    PLACES,
    STATISTICS,
    Statistic,
    best_of,
    gain,
    over_places,
)

_FITTING: Case = {"start": "upper", "passive": "size of opposite", "dephasing": "sigma_z"}


def _at_table_one(statistic: Statistic) -> str:
    """Return the statistic with and without the catalyst in the text's reading and the fitting."""
    said = []
    for words, case in (
        ("the start in the lower level, the passive state proper and Z2's Eq. 9", {}),
        ("the start above, the opposite order without its sign and L = sigma_z", _FITTING),
    ):
        there, alone = (statistic(ergotropy(case, catalyst=c)) for c in (True, False))
        said.append(f"with {words} it is {there:.3f} u with the catalyst and {alone:.3f} u without")
    return f"At Table I, {said[0]}; {said[1]}. The whole drive acts."


@CLAIMS_Z1.claim(
    *(5, "Results, Fig. 2(a), (b)", "2b", "peak", Z1_DEPHASING),
    says="The catalyst raises the peak of the ergotropy.",
)
@CLAIMS_Z1.claim(
    *(6, "Results, Fig. 2(a), (b)", "2b", MEAN, Z1_DEPHASING),
    says="The catalyst raises the average ergotropy of the whole charging.",
)
@CLAIMS_Z2.claim(
    *(5, "Abstract and Sec. III B, Fig. 2", "2a", "peak", Z2_DEPHASING),
    says="The catalyst raises the peak of the ergotropy.",
)
@CLAIMS_Z2.claim(
    *(6, "Abstract and Sec. III B, Fig. 2", "2b", MEAN, Z2_DEPHASING),
    says="The catalyst keeps the battery away from passivity: the mean ergotropy is raised.",
)
@CLAIMS_Z2.claim(
    *(7, "Sec. IV B, Fig. 2", "2b", LATER, Z2_DEPHASING),
    says="The battery maintains a higher ergotropy late in the charging.",
)
def raised(name: str, dephasing: Options) -> Finding:
    """Test whether the catalyst raises a statistic of the ergotropy, at Table I and at its best."""
    statistic = STATISTICS[name]
    remark = _at_table_one(statistic)
    if name == "peak":
        remark += " Filled ground first, a battery that starts above is full at t = 0, either way."
    number = partial(gain, statistic=statistic)
    rule = Rule(f"gain of the {name}", GAINED, unit="u")
    return over_places({**GRID, **dephasing}, number, rule, remark)


@CLAIMS_Z1.claim(29, "Abstract; Results, Fig. 2", "2a", Z1_DEPHASING)
@CLAIMS_Z2.claim(37, "Abstract", "2a", Z2_DEPHASING)
def drastic(dephasing: Options) -> Finding:
    """Z1: The ergotropy is enhanced drastically.

    Z2: The ergotropy is enhanced in a pronounced way.

    Test whether the gain is a tenth of what the battery can hold.
    """
    rows = (
        (f"{name}, {words}", best_of(partial(gain, statistic=STATISTICS[name]), points), _DRASTIC)
        for name in STATISTICS
        for words, points in PLACES.items()
    )
    return listed({**GRID, **dephasing}, rows, "A tenth of the most is 0.2 u.")


_DRASTIC = Rule("gain", "> 0.2 u", unit="u")


@CLAIMS_Z1.claim(30, "Introduction; Conclusions", "2a", Z1_DEPHASING)
@CLAIMS_Z2.claim(38, "Abstract; Sec. VI", "2a", Z2_DEPHASING)
def highly_non_passive(dephasing: Options) -> Finding:
    """The catalyst drives the battery into highly non-passive states.

    Test whether the catalysed ergotropy still exceeds half of the most after the first swings.
    """

    def after(case: Case, **changes: float) -> float:
        """Return the largest ergotropy from t = 10 on."""
        return float(ergotropy(case, **changes)[np.greater_equal(TIMES, 10.0)].max())

    rule = Rule("largest ergotropy for t >= 10 with the catalyst", "> 1 u", unit="u")
    remark = "Half of the most is 1 u. The start in the upper level has 2 u at t = 0 by itself."
    return over_places({**GRID, **dephasing}, after, rule, remark)


@CLAIMS_Z1.claim(4, "Results, Fig. 2(a), (b)", "2b", Z1_DEPHASING)
def persistently_superior(dephasing: Options) -> Finding:
    """With the catalyst the ergotropy is persistently the higher one.

    Test whether the catalysed ergotropy is the higher one at nearly all times.
    """

    def share(case: Case, **changes: float) -> float:
        """Return the share of the times after 0 at which it is higher."""
        higher = ergotropy(case, **changes) > ergotropy(case, catalyst=False, **changes)
        return float(np.mean(higher[1:]))

    rule = Rule("share of the time 0 < t <= 60 in which it is higher", "> 0.95")
    return over_places({**GRID, **dephasing}, share, rule)


@CLAIMS_Z2.claim(24, "Sec. III B, Fig. 2", "2a")
def longer_non_passive() -> Finding:
    """The catalyst lengthens the time in which the battery is appreciably non-passive.

    Compare the shares of t <= 60 in which the ergotropy exceeds a twentieth of the most.
    """

    def longer(case: Case, **changes: float) -> float:
        """Return the share of the time with the catalyst less that without."""
        with_catalyst, alone = (
            ergotropy(case, catalyst=there, **changes) > NOT_PASSIVE for there in (True, False)
        )
        return float(with_catalyst.mean() - alone.mean())

    rule = Rule(
        f"share of the time with more than {NOT_PASSIVE:g} u, gained by the catalyst,", "> 0.01"
    )
    return over_places(GRID, longer, rule)
