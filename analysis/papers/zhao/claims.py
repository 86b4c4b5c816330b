"""The ledger of Zhao's paper in its two versions, Z1 (2025) and Z2 (2026).

The texts leave the start, the passive order, the dephasing, the drive and J open, so that every
combination is computed. Which one a sentence fits is seen afterwards and proves little.
"""

from collections.abc import Callable
from functools import partial

from analysis.papers.claim import Claim, Finding
from analysis.papers.zhao import claims_currents as currents
from analysis.papers.zhao import claims_device as device
from analysis.papers.zhao import claims_ergotropy as ergotropy
from analysis.papers.zhao.readings import Z1_DEPHASING, Z2_DEPHASING

_PEAK, _MEAN, _LATE = ergotropy.STATISTICS
_RUN = "cqed-battery run examples/proposed.toml"


def _claims(
    paper: str, rows: tuple[tuple[str, str, str, Callable[[], Finding]], ...]
) -> tuple[Claim, ...]:
    """Number the rows (place, what is said, options of the command, what computes it)."""
    return tuple(
        Claim(
            key=f"{paper}-{number}",
            place=place,
            says=says,
            command=f"cqed-battery paper {paper} {options}" if options else _RUN,
            compute=compute,
        )
        for number, (place, says, options, compute) in enumerate(rows, start=1)
    )


CLAIMS_Z1: tuple[Claim, ...] = _claims(
    "Z1",
    (
        (
            "Eq. 9",
            "The dissipator of the dephasing belongs to a master equation.",
            "--figure 2d --set dephasing=trace-growing",
            partial(currents.trace_is_kept, Z1_DEPHASING),
        ),
        (
            "Results, Fig. 2",
            "Without the catalyst the ergotropy oscillates widely and decays to a lower value.",
            "--figure 2b",
            partial(ergotropy.uncatalysed_decays, Z1_DEPHASING),
        ),
        (
            "Results, Fig. 2",
            "The catalyst's energy stays constant, so that it is not consumed.",
            "--figure 2a",
            ergotropy.catalyst_returns,
        ),
        (
            "Results, Fig. 2(a), (b)",
            "With the catalyst the ergotropy is persistently the higher one.",
            "--figure 2b",
            partial(ergotropy.persistently_superior, Z1_DEPHASING),
        ),
        (
            "Results, Fig. 2(a), (b)",
            "The catalyst raises the peak of the ergotropy.",
            "--figure 2b",
            partial(ergotropy.raised, _PEAK, Z1_DEPHASING),
        ),
        (
            "Results, Fig. 2(a), (b)",
            "The catalyst raises the average ergotropy of the whole charging.",
            "--figure 2b",
            partial(ergotropy.raised, _MEAN, Z1_DEPHASING),
        ),
        (
            "Results, Fig. 2(c)",
            "The gain survives stronger damping of the catalyst.",
            "--figure 2c",
            partial(ergotropy.robust, "kappa", Z1_DEPHASING),
        ),
        (
            "Results, Fig. 2(d)",
            "The gain survives stronger dephasing of the battery.",
            "--figure 2d",
            partial(ergotropy.robust, "gamma_D", Z1_DEPHASING),
        ),
        (
            "Thermodynamic Analysis, after Eq. 11",
            "J < 0 is energy that flows into the battery from the catalyst and its bath.",
            "--figure 3b",
            currents.inward,
        ),
        (
            "Thermodynamic Analysis",
            "Three Fock levels suffice.",
            "--figure 3a --set fock_levels=3",
            ergotropy.three_levels_suffice,
        ),
        (
            "Thermodynamic Analysis, Fig. 3",
            "Without the catalyst J is orders of magnitude smaller than with it.",
            "--figure 3b",
            partial(currents.vanishes_without_catalyst, 0.01, Z1_DEPHASING),
        ),
        (
            "Thermodynamic Analysis, Fig. 3",
            "Early in the charging J is predominantly negative.",
            "--figure 3b",
            partial(currents.early_negative, Z1_DEPHASING),
        ),
        (
            "Thermodynamic Analysis, Fig. 3",
            "The negative J is largest near t = 1.",
            "--figure 3b",
            partial(currents.extreme_near_one, Z1_DEPHASING),
        ),
        (
            "Thermodynamic Analysis, Fig. 3",
            "J settles at a small negative value.",
            "--figure 3b",
            partial(currents.late_value, Z1_DEPHASING, negative=True),
        ),
        (
            "Thermodynamic Analysis, Fig. 3(c), (d)",
            "J stays negative under stronger damping and dephasing.",
            "--figure 3c",
            partial(currents.early_negative_along, "sigma_z", "kappa", "gamma_D"),
        ),
    ),
)

CLAIMS_Z2: tuple[Claim, ...] = _claims(
    "Z2",
    (
        (
            "Sec. II, Eq. 6",
            "The battery starts in its ground state, without ergotropy.",
            "--figure 2b --set start=upper",
            ergotropy.starts_without_ergotropy,
        ),
        (
            "Sec. II, Eqs. 14, 15 and App. A",
            "The local energy current of Eq. 14 can be written as Eq. 15.",
            "--figure 3b --set current='energy rate'",
            currents.equations_agree,
        ),
        (
            "Sec. III A, Fig. 2",
            "Without the catalyst the ergotropy oscillates and falls to a lower long-time value.",
            "--figure 2b",
            partial(ergotropy.uncatalysed_decays, Z2_DEPHASING),
        ),
        (
            "Sec. III B, Fig. 2",
            "The catalyst's energy stays close to zero.",
            "--figure 2a",
            ergotropy.catalyst_returns,
        ),
        (
            "Abstract and Sec. III B, Fig. 2",
            "The catalyst raises the peak of the ergotropy.",
            "--figure 2b",
            partial(ergotropy.raised, _PEAK, Z2_DEPHASING),
        ),
        (
            "Abstract and Sec. III B, Fig. 2",
            "The catalyst keeps the battery away from passivity: the mean ergotropy is raised.",
            "--figure 2b",
            partial(ergotropy.raised, _MEAN, Z2_DEPHASING),
        ),
        (
            "Sec. IV B, Fig. 2",
            "The battery maintains a higher ergotropy late in the charging.",
            "--figure 2b",
            partial(ergotropy.raised, _LATE, Z2_DEPHASING),
        ),
        (
            "Abstract",
            "The catalyst counteracts passivation, also long after the charging of Fig. 2.",
            "--figure 2b",
            ergotropy.raised_for_ever,
        ),
        (
            "Sec. III B, Fig. 2(a), (b)",
            "The gain is largest in a restricted window of omega_c and of g.",
            "--figure 2a",
            ergotropy.restricted_window,
        ),
        (
            "Sec. III B, Fig. 2(c)",
            "The gain survives every damping rate of the catalyst.",
            "--figure 2c",
            partial(ergotropy.robust, "kappa", Z2_DEPHASING),
        ),
        (
            "Sec. III B, Fig. 2(d)",
            "The gain survives every dephasing rate of the battery.",
            "--figure 2d",
            partial(ergotropy.robust, "gamma_D", Z2_DEPHASING),
        ),
        (
            "Sec. IV A, after Eq. 23",
            "J < 0 is energy that flows into the battery.",
            "--figure 3b",
            currents.inward,
        ),
        (
            "Sec. IV B, Fig. 3",
            "Without the catalyst J stays close to zero.",
            "--figure 3b",
            partial(currents.vanishes_without_catalyst, 0.1, Z2_DEPHASING),
        ),
        (
            "Sec. IV B, Fig. 3",
            "With the catalyst J is negative at first.",
            "--figure 3b",
            partial(currents.early_negative, Z2_DEPHASING),
        ),
        (
            "Sec. IV B, Fig. 3(a)-(d)",
            "It is so in all four panels.",
            "--figure 3a",
            partial(currents.early_negative_along, "coherence", "omega_c", "g", "kappa", "gamma_D"),
        ),
        (
            "Sec. IV B",
            "The more negative the early J, the larger the gain of ergotropy.",
            "--figure 3b",
            currents.goes_with_gain,
        ),
        (
            "Abstract and Sec. VI",
            "An early negative J is the mechanism of the gain: where it is, the ergotropy rises.",
            "--figure 3b",
            currents.indicates_gain,
        ),
        (
            "Sec. IV B, Fig. 3",
            "Late in the charging J is close to zero.",
            "--figure 3b",
            partial(currents.late_value, Z2_DEPHASING, negative=False),
        ),
        (
            "Sec. IV B",
            "Few Fock levels suffice.",
            "--figure 3a --set fock_levels=3",
            ergotropy.three_levels_suffice,
        ),
        (
            "Sec. V",
            "The early window 1/g lasts some tens of nanoseconds at 50 to 100 MHz.",
            "",
            device.exchange_time,
        ),
        (
            "Sec. V",
            "A laboratory sees J < 0, a higher ergotropy and the vacuum restored, all together.",
            "",
            device.three_observations,
        ),
    ),
)
