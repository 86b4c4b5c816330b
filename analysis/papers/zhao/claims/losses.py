"""What Zhao's texts say of the catalyst against the losses, at every rate and to the end."""

from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.flux import panel, until
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    DRIVE,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    ergotropy,
    listed,
    run,
)
from analysis.papers.zhao.statistics import (
    GAINED,
    GRID,
    LATER,
    MEAN,
    STATISTICS,
    Statistic,
    gain,
)
from cqed_battery.operators import FloatArray

_KNOWN: Options = {"dephasing": ("sigma_z",)}


def _undephased(case: Case, *, catalyst: bool) -> FloatArray:
    """Return the ergotropy (T,) without dephasing, which every dissipator gives alike."""
    return ergotropy({**case, "dephasing": "coherence"}, gamma_D=0.0, catalyst=catalyst)


@CLAIMS_Z1.claim(31, "Abstract; Results, Fig. 2(c), (d); Conclusions", "2d", Z1_DEPHASING)
@CLAIMS_Z2.claim(40, "Abstract; Sec. I; Sec. III B; Sec. IV B", "2d", Z2_DEPHASING)
def counters_dephasing(dephasing: Options) -> Finding:
    """The catalyst counteracts the dephasing: it costs less ergotropy with the catalyst.

    Compare what the dephasing of Table I takes with and without the catalyst.
    """

    def spared(case: Case, statistic: Statistic, *, share: bool) -> float:
        """Return what the dephasing costs without the catalyst less what it costs with it."""
        costs = []
        for there in (False, True):
            free = statistic(_undephased(case, catalyst=there))
            lost = free - statistic(ergotropy(case, catalyst=there))
            costs.append(lost / abs(free) if share else lost)
        return costs[0] - costs[1]

    words = "lost to the dephasing without the catalyst less that with it"
    rules = {
        "in u": Rule(f"ergotropy {words}", GAINED, unit="u"),
        "as a share": Rule(f"share of the ergotropy {words}", "> 0.01", unit="1"),
    }
    rows = (
        (
            f"{name}, {how}",
            partial(spared, statistic=STATISTICS[name], share=how == "as a share"),
            rule,
        )
        for name in (MEAN, LATER)
        for how, rule in rules.items()
    )
    return listed(
        {**GRID, **dephasing},
        rows,
        "A gain that is there without dephasing, too, is another way to charge; what counteracts"
        " the dephasing loses less to it. Who holds less to begin with has less to lose, hence the"
        " shares. Table I.",
    )


@CLAIMS_Z1.claim(32, "Results, Fig. 2(c), (d)", "2c", Z1_DEPHASING)
@CLAIMS_Z2.claim(41, "Sec. III B, Fig. 2(c), (d)", "2c", Z2_DEPHASING)
def consistently_superior(dephasing: Options) -> Finding:
    """At every damping and dephasing rate the catalysed ergotropy is consistently the higher one.

    Test, at every rate, at how many times it is higher, and whether its peak is.
    """

    def share(case: Case, name: str) -> float:
        """Return the smallest share along a panel of the times after 0 at which it is higher."""
        return min(
            float(np.mean((ergotropy(case, **p) > ergotropy(case, catalyst=False, **p))[1:]))
            for p in panel(name)
        )

    def peak(case: Case, name: str) -> float:
        """Return the smallest gain of the peak along a panel."""
        return min(gain(case, STATISTICS["peak"], **point) for point in panel(name))

    often = Rule("smallest share of the time 0 < t <= 60 in which it is higher", "> 0.95")
    higher = Rule("smallest gain of the peak", GAINED, unit="u")
    rows = (
        (f"{words}, along {name}", partial(number, name=name), rule)
        for words, number, rule in (("at all times", share, often), ("the peak", peak, higher))
        for name in ("kappa", "gamma_D")
    )
    return listed(
        {**START, **PASSIVE, **dephasing},
        rows,
        "Z1 calls the uncatalysed curve a limit of performance, which may be read as its peak. The"
        " whole drive acts; the curve without the catalyst has the same rates.",
    )


@CLAIMS_Z1.claim(35, "Results, uncatalysed", "2d --set catalyst=false")
@compared(
    {**START, **PASSIVE, **Z1_DEPHASING, **DRIVE},
    Rule("size of the late mean at gamma_D = 0.05 over that without dephasing", "< 0.5"),
)
def limits_the_end(case: Case) -> float:
    """Without the catalyst decoherence severely limits the work that can be extracted at the end.

    Compare the late uncatalysed ergotropy with and without dephasing.
    """
    kept = float(ergotropy(case, catalyst=False)[LATE].mean())
    return abs(kept / float(_undephased(case, catalyst=False)[LATE].mean()))


_LONG = np.linspace(0.0, 300.0, 3001)
_END = _LONG >= 290.0  # three periods of the drive and more


@CLAIMS_Z1.claim(36, "Thermodynamic Analysis, t_max = 300", "2b --set dephasing=sigma_z")
def steady_at_the_end() -> Finding:
    """By t = 300 a steady state is reached.

    Test how much the ergotropy still changes over the last ten units of time.
    """

    def span(case: Case, *, catalyst: bool) -> float:
        """Return the span of the ergotropy over 290 <= t <= 300."""
        found = Zhao().replace({**case, "catalyst": catalyst}).simulate(_LONG)
        return float(np.ptp(found.ergotropy.to_numpy()[_END]))

    rule = Rule("span of the ergotropy over 290 <= t <= 300", "< 0.01 u", unit="u")
    rows = (
        (words, partial(span, catalyst=there), rule)
        for words, there in (("with the catalyst", True), ("without it", False))
    )
    return listed(
        {**START, **DRIVE, **_KNOWN},
        rows,
        "Under the whole drive H(t) never stands still: what is reached is a cycle at twice the"
        " drive's frequency.",
    )


@CLAIMS_Z2.claim(46, "Sec. I", "2b")
@compared(
    {**START, **Z2_DEPHASING, **DRIVE},
    Rule("photons at t = 60 over the most that there were", "< 0.1"),
    "omega_c drops out of the ratio. Under a lasting drive the catalyst stays filled.",
)
def conserved_at_the_end(case: Case) -> float:
    """The catalyst's mean energy is what it was at the start again at the end, if not before.

    Compare the photons at the end with the most that there were.
    """
    photons = run(case).photon_number.to_numpy()
    return float(photons[-1] / photons.max())


@CLAIMS_Z2.claim(47, "Sec. V", "2b")
@compared(
    GRID,
    Rule("mean gain of the ergotropy over 0 < t <= 1/g", GAINED, unit="u"),
    "While energy passes to the catalyst the battery has less of it than the control.",
)
def coincides(case: Case) -> float:
    """The early negative J coincides in time with a higher ergotropy than the control's.

    Test the gain of the ergotropy over the early window alone.
    """
    window = (TIMES > 0) & np.less_equal(TIMES, until({}))
    return float((ergotropy(case) - ergotropy(case, catalyst=False))[window].mean())
