"""What Zhao's texts say of late times: the ergotropy that is left, and the J that it settles at.

Z2's figures end at t = 60, Z1's longest time is 300; both are readings of "late".
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.quantities import current_name
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    CURRENT,
    PASSIVE,
    START,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    listed,
)
from analysis.papers.zhao.statistics import GAINED, NOT_PASSIVE

_LONG = np.linspace(0.0, 300.0, 3001)


@CLAIMS_Z2.claim(8, "Abstract", "2b")
@compared(
    {**START, **PASSIVE, **Z2_DEPHASING, "drive": ("rotating-wave",)},
    Rule("gain of the mean, 250 <= t <= 300", GAINED, unit="u"),
    "By then the battery without catalyst is nearly fully mixed. The drive's resonant half acts.",
)
def raised_for_ever(case: Case) -> float:
    """The catalyst counteracts passivation, also long after the charging of Fig. 2.

    Test the gain of the ergotropy at Z1's longest time, where the start is forgotten.
    """
    window = (300.0, 250.0)
    return _late(case, window, catalyst=True) - _late(case, window, catalyst=False)


_WINDOWS = {"50 <= t <= 60": (60.0, 50.0), "250 <= t <= 300, Z1's longest time": (300.0, 250.0)}
_LATE_READINGS: Options = {
    **START,
    **PASSIVE,
    "dephasing": ("sigma_z",),
    "drive": ("rotating-wave",),
}
_OF_LATE = (
    "Late means over 50 <= t <= 60, the axis of Z2's figures, and over 250 <= t <= 300, the end of"
    " Z1's t_max = 300. The drive's resonant half acts, and the dephasing is that of L = sigma_z."
)


def _late(case: Case, window: tuple[float, float], *, catalyst: bool) -> float:
    """Return the mean ergotropy (u) from the second time of a window to the first."""
    end, begin = window
    model = Zhao().replace({**{n: case[n] for n in _OF_MODEL}, "catalyst": catalyst})
    found = model.simulate(_LONG[np.less_equal(_LONG, end)])
    length = np.linalg.norm(found.bloch.to_numpy(), axis=1)
    signs = {"ground first": (1, 1), "opposite": (1, -1), "size of opposite": (-1, 1)}
    of_energy, of_length = signs[case["passive"]]
    half = Zhao().omega_a / 2
    values = of_energy * found.energy.to_numpy() + of_length * half * length
    return float(values[found.time.to_numpy() >= begin].mean())


_OF_MODEL = ("start", "dephasing", "drive")


def _late_rows(
    number: Callable[..., float], rule: Rule
) -> Iterator[tuple[str, Callable[[Case], float], Rule]]:
    """Yield a row of `listed` for each window."""
    for words, window in _WINDOWS.items():
        yield f"late is {words}", partial(number, window=window), rule


@CLAIMS_Z1.claim(16, "Thermodynamic Analysis, before the robustness", "2b --set dephasing=sigma_z")
def saturates_high() -> Finding:
    """The ergotropy with the catalyst saturates at a high value that is not passive.

    Test the late mean of the catalysed ergotropy.
    """
    rule = Rule("late mean with the catalyst", f"> {NOT_PASSIVE:g} u", unit="u")
    return listed(_LATE_READINGS, _late_rows(partial(_late, catalyst=True), rule), _OF_LATE)


@CLAIMS_Z1.claim(17, "Thermodynamic Analysis, uncatalysed", "2b --set dephasing=sigma_z")
def ends_near_passive() -> Finding:
    """Without the catalyst the battery ends nearly passive.

    Test the late mean of the uncatalysed ergotropy.
    """
    rule = Rule("size of the late mean without the catalyst", f"< {NOT_PASSIVE:g} u", unit="u")

    def size(case: Case, window: tuple[float, float]) -> float:
        """Return the size of the uncatalysed late mean, in u."""
        return abs(_late(case, window, catalyst=False))

    return listed(_LATE_READINGS, _late_rows(size, rule), _OF_LATE)


@CLAIMS_Z1.claim(18, "Results; Thermodynamic Analysis", "2b --set dephasing=sigma_z")
def late_gain() -> Finding:
    """Late in the charging the catalysed battery holds more ergotropy.

    Test the late gain on both time axes.
    """
    rule = Rule("late mean with the catalyst less that without", GAINED, unit="u")

    def gained(case: Case, window: tuple[float, float]) -> float:
        """Return the late gain, in u."""
        return _late(case, window, catalyst=True) - _late(case, window, catalyst=False)

    return listed(_LATE_READINGS, _late_rows(gained, rule), _OF_LATE)


@CLAIMS_Z1.claim(14, "Thermodynamic Analysis, Fig. 3", "3b")
def settles_negative() -> Finding:
    """J settles at a small negative value that is not zero.

    Test J's late mean on Z2's time axis and on Z1's, relative and in u^2.
    """
    relative = Rule("late mean of J over the largest |J|", "< -0.001 and > -0.1")
    absolute = Rule("late mean of J", "< -0.001 u^2 and > -0.1 u^2", unit="u^2")
    rows = (
        (f"{words}, {measure}", partial(_late_current, window=window, relative=share), rule)
        for words, window in _WINDOWS.items()
        for measure, share, rule in (("relative", True, relative), ("in u^2", False, absolute))
    )
    return listed(
        {**START, **CURRENT, "dephasing": ("sigma_z",), "drive": ("rotating-wave",)},
        rows,
        remark="The text does not say what J is small against. The drive's resonant half acts. In"
        " a steady state a late J < 0 only says that the drive's work leaves through the"
        " catalyst's damping.",
    )


def _late_current(case: Case, window: tuple[float, float], *, relative: bool) -> float:
    """Return the mean J from the second time of a window to the first, in u^2 or of the largest."""
    end, begin = window
    times = np.linspace(0.0, end, round(end / 0.1) + 1)
    found = Zhao().replace({name: case[name] for name in _OF_MODEL}).simulate(times)
    values = found[current_name(case["current"])].to_numpy()
    late = float(values[times >= begin].mean())
    return late / float(np.abs(values).max()) if relative else late
