"""The claims of Wang, Yu, Wang, in the order of the paper.

The text leaves the ranges of its figures open; here |Delta| <= 10 where it plots against Delta,
|Delta| <= 5 and |Delta mu| <= 10 in its maps.
"""

from analysis.papers.claim import Claim
from analysis.papers.wang import claims_dynamics as dynamics
from analysis.papers.wang import claims_efficiency as efficiency
from analysis.papers.wang import claims_entanglement as entanglement

_ROWS = (
    (
        "Sec. II A, Eqs. 15-16",
        "The Redfield terms make a master equation.",
        "5a",
        dynamics.printed_equations,
    ),
    (
        "Sec. II B, Eqs. 25-27",
        "The efficiency is ergotropy over energy.",
        "3a",
        efficiency.definition,
    ),
    (
        "Sec. III, Fig. 2a",
        "Without a potential difference the concurrence stays below 0.05.",
        "2a",
        entanglement.equilibrium_concurrence,
    ),
    (
        "Sec. III, Fig. 2a",
        "For either sign of Delta mu entanglement needs a charger frequency above the battery's.",
        "2a",
        entanglement.charger_above,
    ),
    (
        "Sec. III, Fig. 2a",
        "The largest concurrence for Delta mu < 0 exceeds that for Delta mu > 0.",
        "2a",
        entanglement.sign_of_difference,
    ),
    (
        "Sec. III, Fig. 2b",
        "For Delta mu < 0 the state of most concurrence is a superposition of |eg> and |ge>.",
        "2b",
        entanglement.at_the_maximum,
    ),
    (
        "Sec. III, Fig. 2c",
        "For Delta mu > 0 mixing of |ee> and |gg> lowers the entanglement.",
        "2c",
        entanglement.mixed,
    ),
    (
        "Sec. IV, Fig. 3a",
        "In equilibrium the efficiency dips at a potential slightly above 0.",
        "3a",
        efficiency.dip_place,
    ),
    (
        "Sec. IV, Fig. 3a",
        "The dip's place does not depend on the temperature.",
        "3a",
        efficiency.dip_and_temperature,
    ),
    (
        "Sec. IV, Fig. 3a",
        "At large potentials of either sign the efficiency saturates alike at all temperatures.",
        "3a",
        efficiency.saturation,
    ),
    (
        "Sec. IV, Fig. 3b",
        "At very low temperature the efficiency does not depend on it.",
        "3b",
        efficiency.low_temperature,
    ),
    (
        "Sec. IV, Fig. 3b",
        "At high temperature the efficiency falls to nothing.",
        "3b",
        efficiency.high_temperature,
    ),
    (
        "Sec. IV, Fig. 4c, 4d",
        "The best detuning is positive for a mean potential of -6 and negative for 6.",
        "4d",
        efficiency.compensation,
    ),
    (
        "Sec. IV, Fig. 4a-4c",
        "For mean potentials 0, 3 and 6 the best efficiency lies at Delta < 0.",
        "4a",
        efficiency.below_for_the_rest,
    ),
    (
        "Sec. IV, Fig. 4d",
        "At a mean potential of -6 a potential difference gains nothing.",
        "4d",
        efficiency.negligible,
    ),
    (
        "Sec. I, IV",
        "A potential difference can raise the best efficiency above equilibrium's.",
        "4b",
        efficiency.surpasses,
    ),
    (
        "Sec. IV, Fig. 4",
        "On resonance the efficiency stays below 50 %.",
        "4a",
        efficiency.on_resonance,
    ),
    (
        "Sec. IV, Fig. 4",
        "Off resonance the efficiency exceeds 90 %.",
        "4d",
        efficiency.off_resonance,
    ),
    (
        "Sec. IV, Fig. 5b",
        "One concurrence goes with several efficiencies.",
        "5b",
        efficiency.several_efficiencies,
    ),
    (
        "Sec. IV, Fig. 5",
        "Entanglement and efficiency are not positively correlated.",
        "5b",
        efficiency.correlation,
    ),
    (
        "Sec. V, Fig. 6a",
        "In equilibrium potential and temperature hardly change the charging power.",
        "6a",
        dynamics.power_in_equilibrium,
    ),
    (
        "Sec. V, Fig. 6b",
        "For Delta mu > 0 and Delta <= 0 the charging power exceeds that in equilibrium.",
        "6b",
        dynamics.higher_power,
    ),
    (
        "Sec. VI",
        "The density matrix stays positive for all parameters considered.",
        "5a",
        dynamics.positive,
    ),
    ("Sec. III", "At tau = 20000/lambda the steady state is reached.", "T", dynamics.reached),
    (
        "Sec. I, II A",
        "Going beyond the secular approximation and the plain Lindblad equation matters.",
        "5lindblad",
        dynamics.beyond_secular,
    ),
)

CLAIMS = tuple(
    Claim(
        key=f"W{number}",
        place=place,
        says=says,
        command=f"cqed-battery paper W --figure {figure}",
        compute=compute,
    )
    for number, (place, says, figure, compute) in enumerate(_ROWS, start=1)
)
