"""The claims of Kamin et al. (K) on steady-state charging through fermion reservoirs."""

from collections.abc import Callable

from analysis.papers.claim import Claim, Finding
from analysis.papers.kamin import claims_bias as bias
from analysis.papers.kamin import claims_equilibrium as equilibrium

Row = tuple[str, str, str, Callable[[], Finding]]

_ROWS: tuple[Row, ...] = (
    (
        "Sec. III A, Fig. 2",
        "In equilibrium the battery is empty up to mu = omega.",
        "2",
        equilibrium.empty_up_to_omega,
    ),
    (
        "Abstract; Sec. III A, Fig. 2",
        "In equilibrium the ergotropy never falls as the chemical potential grows.",
        "2",
        equilibrium.grows_with_potential,
    ),
    (
        "Sec. III A, Fig. 2",
        "In equilibrium a hotter reservoir gives less ergotropy.",
        "2",
        equilibrium.heat_harms_in_equilibrium,
    ),
    (
        "Sec. III A",
        "In equilibrium the battery is fully charged for T -> 0 and mu far above omega.",
        "2",
        equilibrium.full_in_the_cold,
    ),
    (
        "Sec. III A, below Eq. 6",
        "The system reaches its steady state whatever state it started in.",
        "2",
        equilibrium.any_start_relaxes,
    ),
    (
        "Sec. IV",
        "In equilibrium the ergotropy depends neither on J nor on N, for some parameters.",
        "2",
        equilibrium.equilibrium_is_universal,
    ),
    (
        "Abstract; Sec. III B, Fig. 3; Sec. IV",
        "Ergotropy grows monotonically with Delta mu, at least for mu_1 >= omega.",
        "3",
        bias.grows_with_difference,
    ),
    (
        "Abstract; Sec. III B, Fig. 3",
        "A high mu_1, such as 8, charges the battery nearly fully whatever Delta mu is.",
        "3",
        bias.high_potential_suffices,
    ),
    (
        "Sec. III B, Fig. 3",
        "Ergotropy tends to a constant as Delta mu grows.",
        "3",
        bias.levels_off_with_difference,
    ),
    (
        "Sec. III B, Fig. 4",
        "Ergotropy grows with the coupling J.",
        "4",
        bias.grows_with_coupling,
    ),
    (
        "Abstract; Sec. III B, Fig. 4; Sec. IV",
        "Weak coupling suppresses charging strongly, whatever the bias.",
        "4",
        bias.weak_coupling_suppresses,
    ),
    (
        "Sec. III B, Fig. 4",
        "From J = omega on the coupling's value matters little.",
        "4",
        bias.strong_coupling_levels_off,
    ),
    (
        "Sec. III B, Fig. 5",
        "At high temperature the battery stays almost empty.",
        "5",
        bias.hot_battery_is_empty,
    ),
    (
        "Abstract",
        "A high temperature of the reservoirs harms in every regime.",
        "5 --set potential=0 --set potential_difference=4",
        bias.heat_harms_always,
    ),
    (
        "Sec. III B, Fig. 6",
        "Each further ancilla raises the ergotropy.",
        "N",
        bias.ancillas_help,
    ),
    (
        "Sec. III B, Fig. 6",
        "With fewer cells a stronger bias is needed before the battery charges.",
        "6",
        bias.fewer_need_more_bias,
    ),
    (
        "Sec. III B, Fig. 6",
        "A further cell matters most when there are few.",
        "6",
        bias.many_matter_less,
    ),
    (
        "Sec. III B, Fig. 6",
        "Without an ancilla the battery cannot be charged.",
        "6",
        equilibrium.without_ancilla,
    ),
    (
        "Sec. IV",
        "Reservoirs of a lower frequency than the qubits' own charge the battery better.",
        "3 --set occupation_at=omega_0",
        bias.slow_reservoirs_help,
    ),
)

CLAIMS: tuple[Claim, ...] = tuple(
    Claim(
        key=f"K{number}",
        place=place,
        says=says,
        command=f"cqed-battery paper K --figure {figure}",
        compute=compute,
    )
    for number, (place, says, figure, compute) in enumerate(_ROWS, start=1)
)
