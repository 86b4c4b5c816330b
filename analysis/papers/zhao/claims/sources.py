"""What Zhao's texts say of the sources of J and of the battery's energy, term by term."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.flux import GRID, early, panel, until
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    CURRENT,
    DRIVE,
    LATE,
    START,
    TIMES,
    Z1_DEPHASING,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    current,
    listed,
    run,
)
from cqed_battery.operators import ComplexArray, FloatArray

_Z2: Options = {**START, **Z2_DEPHASING, **DRIVE}
_NEGATIVE = 0.01  # u; the early integral that counts as one


@CLAIMS_Z1.claim(33, "Thermodynamic Analysis, after Eq. 11 and on Fig. 3", "3b", Z1_DEPHASING)
@CLAIMS_Z2.claim(42, "Sec. IV A, end", "3b", Z2_DEPHASING)
def comes_with_coupling(dephasing: Options) -> Finding:
    """The early negative J is a consequence of the coherent coupling.

    Test whether J is negative early with the coupling, and is not without it.
    """

    def with_it(case: Case) -> float:
        """Return the early integral of J with the catalyst."""
        return early(current(case), until({}))

    def without(case: Case) -> float:
        """Return the same integral without the catalyst."""
        return early(current(case, catalyst=False), until({}))

    words = "integral of J over 0 <= t <= 1/g"
    return listed(
        {**GRID, **dephasing},
        (
            ("with the coupling", with_it, Rule(words, f"< -{_NEGATIVE:g} u", unit="u")),
            ("without it", without, Rule(words, f"> -{_NEGATIVE:g} u", unit="u")),
        ),
        "What the coupling lets pass leaves the battery: Z1-9, Z2-12.",
        every=True,
    )


@CLAIMS_Z1.claim(34, "Model, Eq. 8", "3b --set current=composite")
def total_rate() -> Finding:
    """J of Eq. 8 is the total rate of change of the battery's energy.

    Compare it with the rate of the energy of H_QB, and with that of H_0.
    """
    rule = Rule("largest difference from the rate over the largest |J|", "< 0.01")

    def of_battery(case: Case) -> float:
        """Return the difference from d<H_QB>/dt."""
        data = run(case)
        return _largest(data.J_composite - data.J_energy_rate, data.J_composite)

    def of_all(case: Case) -> float:
        """Return the difference from d<H_0>/dt, which is the power of the drive."""
        return _largest(run(case).power, run(case).J_composite)

    rows = (("the energy is <H_QB>", of_battery, rule), ("the energy is <H_0>", of_all, rule))
    return listed(
        {**START, **DRIVE, "dephasing": ("sigma_z",)},
        rows,
        "Eq. 8 leaves out Tr[rho dH_0/dt], which Eq. 10 adds as P: by Eq. 10 the same J is the heat"
        " alone.",
    )


def _largest(values: ArrayLike, scale: ArrayLike) -> float:
    """Return the largest size of values (T,) over that of a scale (T,)."""
    return float(np.abs(values).max() / np.abs(scale).max())


@CLAIMS_Z2.claim(43, "Sec. IV A, after Eq. 21", "3b")
@compared(
    {**_Z2, **CURRENT},
    Rule("largest |J - dissipation - flow from the catalyst| over the largest |J|", "< 0.1"),
    "What is left in Eq. 23 is the energy that the coupling takes from H_drive; in the rate of the"
    " battery's energy, the drive's work.",
)
def holds_both_parts(case: Case) -> float:
    """J holds what is dissipated and what is exchanged with the catalyst, and nothing else.

    Subtract both parts from J.
    """
    data, name = run(case), f"dissipated_{case['current']}"
    dissipated = data.get(name, 0.0)  # of H_QB alone dephasing takes nothing
    return _largest(current(case) - dissipated - data.coupling_flow, current(case))


@CLAIMS_Z2.claim(44, "Sec. IV A, Eq. 20", "3b")
@compared(
    _Z2,
    Rule("largest difference of the two energies", "< 0.01 u", unit="u"),
    "Eq. 20 takes H_0, Eq. 11 takes H_QB. The difference is <H_drive>; H_int has no place in a"
    " reduced state.",
)
def energies_correspond(case: Case) -> float:
    """The internal energy of the first law corresponds directly to that of the ergotropy.

    Compare the energies of H_QB + H_drive and of H_QB.
    """
    drive, (x, y, _) = _envelope(case), run(case).bloch.to_numpy().T
    return float(np.abs(drive.real * x - drive.imag * y).max() / 2)


def _envelope(case: Case) -> ComplexArray:
    """Return the drive's envelope (T,) in the frame that turns with it."""
    model = Zhao().replace({"drive": case["drive"]})
    return np.array([model.envelope(float(time)) for time in TIMES])


@CLAIMS_Z2.claim(45, "Sec. V", "3b --set current=laboratory")
@compared(
    _Z2,
    Rule("largest difference of the two J over the largest of Eq. 23", "< 0.1"),
    "The first law of Sec. V takes E from sigma_z alone, that of Eqs. 20 to 23 from H_0: they"
    " differ by the rate of <H_drive>.",
)
def inferred_is_defined(case: Case) -> float:
    """What a laboratory infers as dE/dt - P is the J of the definition.

    Compare J from sigma_z and the drive's power with Eq. 23.
    """
    data = run(case)
    return _largest(data.J_laboratory - data.J_reduced, data.J_reduced)


def dissipative_part(case: Case) -> FloatArray:
    """Return the second term of Z2's Eq. 15 (T,): dE/dt less the work and the flow, in u^2.

    Args:
        case: the readings of start, dephasing and drive.
    """
    data, drive, (x, y, _) = run(case), _envelope(case), run(case).bloch.to_numpy().T
    work = Zhao().omega_a / 2 * (drive.real * y + drive.imag * x)
    return np.asarray(data.J_energy_rate.to_numpy() - work - data.coupling_flow.to_numpy())


@CLAIMS_Z2.claim(48, "Sec. II, Eq. 15; App. A, remark", "3b --set current='energy rate'")
@compared(
    _Z2,
    Rule("largest second term of Eq. 15 over the largest |J|", "> 0.001"),
    "Tr[H_QB L(rho)] is 0 for these two channels: neither dephasing nor the damping of the catalyst"
    " acts on H_QB.",
)
def dissipates(case: Case) -> float:
    """The second term of Eq. 15 accounts for the energy that flows to the environment.

    Take the drive's work and the flow through the coupling from the rate of the energy.
    """
    return _largest(dissipative_part(case), run(case).J_energy_rate.to_numpy())


@CLAIMS_Z1.claim(37, "Thermodynamic Analysis, Fig. 3(c), (d)", "3c --set dephasing=sigma_z")
@compared(
    {**START, **CURRENT, "dephasing": ("sigma_z",)},
    Rule(
        "largest mean of J over 50 <= t <= 60 along kappa and gamma_D", "< -0.001 u^2", unit="u^2"
    ),
    "Z1-15 has the early J. The whole drive acts.",
)
def stays_negative(case: Case) -> float:
    """Under stronger damping and dephasing J remains negative to the end.

    Test the sign of the late J at every rate.
    """
    points = [point for name in ("kappa", "gamma_D") for point in panel(name)]
    return max(float(current(case, **point)[LATE].mean()) for point in points)
