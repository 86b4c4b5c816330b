"""Claims of Rodriguez et al. about charger and battery without a catalyst (Figs. 3 and 4)."""

import numpy as np

from analysis.papers.claim import Claim, Finding, Reading
from analysis.papers.rodriguez.runs import (
    NO_LOSS,
    G,
    above,
    bare,
    below,
    growth,
    last_value,
    peak,
    within,
)

_CONVENTIONS = {
    "Eq. 3, the amplitude decays at gamma/2": "dissipator",
    "the amplitude decays at gamma/4": "halved",
}
_ORDER = 10.0  # what "of the order of" allows


def cold_maximum() -> Finding:
    """Compare the resonant battery's maximum at N(T) = 0 with 0.9."""
    readings = tuple(
        within(
            name,
            peak(bare(rate_convention=convention).battery_energy),
            (0.85, 0.95),
            "largest E_B up to g t = 20",
            "omega",
        )
        for name, convention in _CONVENTIONS.items()
    )
    return Finding(
        readings=readings,
        remark="The closed form is (F/g)^2 (1 + exp(-gamma pi / 4 lambda))^2, "
        "lambda^2 = g^2 - gamma^2/16. Both readings stay below one quantum.",
    )


def warm_maximum() -> Finding:
    """Compare the resonant battery's maximum at N(T) = 1 with 1.2, on two ranges of g t."""
    readings = [
        within(
            f"{name}, g t up to {last:g}",
            peak(bare(last, occupation=1.0, rate_convention=convention).battery_energy),
            (1.15, 1.25),
            "largest E_B",
            "omega",
        )
        for last in (10.0, 20.0)
        for name, convention in _CONVENTIONS.items()
    ]
    return Finding(
        readings=tuple(readings),
        remark="The range of the figure is not in the text. The energy tends to 1.25, "
        "(F/g)^2 and one thermal photon.",
    )


def ergotropy_is_energy() -> Finding:
    """Compare ergotropy and energy of the bare battery at zero temperature."""
    cold, warm = bare(), bare(occupation=1.0)
    gap = peak(abs(cold.battery_energy - cold.battery_ergotropy))
    warm_gap = peak(abs(warm.battery_energy - warm.battery_ergotropy))
    return Finding(
        readings=(below("N(T) = 0", gap, 1e-9, "largest E_B - W_B", "omega"),),
        remark=f"At N(T) = 1 energy exceeds ergotropy by up to {warm_gap:.3g} omega, the heat.",
    )


def bound() -> Finding:
    """Compare what the resonant battery and charger hold at most with (F/g)^2."""
    weak = 0.02
    free, warm = bare(**NO_LOSS), bare(occupation=1.0, drive=weak)
    unit = (0.1 / G) ** 2
    what, weaker = "largest / (F/g)^2", (weak / G) ** 2
    return Finding(
        readings=(
            below("battery, no noise", peak(free.battery_energy) / unit, _ORDER, what),
            below("charger, no noise", peak(free.charger_energy) / unit, _ORDER, what),
            below(
                "ergotropy, N(T) = 1, F = 0.02 omega",
                peak(warm.battery_ergotropy) / weaker,
                _ORDER,
                what,
            ),
            below(
                "energy, N(T) = 1, F = 0.02 omega",
                peak(warm.battery_energy) / weaker,
                _ORDER,
                what,
            ),
        ),
        remark="The paper calls it a bound on ergotropy at all temperatures; the energy at N(T) > "
        "0 holds heat besides. Without noise the battery reaches 4 (F/g)^2.",
    )


def tuned_growth() -> Finding:
    """Test whether the energy keeps growing with the laser at omega + g."""
    short = bare(laser_detuning=G)
    least = float(np.diff(short.battery_energy[::20]).min())
    lossy, free = bare(400.0, laser_detuning=G), bare(400.0, laser_detuning=G, **NO_LOSS)
    what = "exponent of t between g t = 200 and 400"
    return Finding(
        readings=(
            above("range of the figure", least, 0.0, "least gain of E_B in g t = 1", "omega"),
            above("long times, no loss", growth(free.battery_energy), 1.5, what),
            above("long times, with the figure's loss", growth(lossy.battery_energy), 0.5, what),
        ),
        remark=f"With loss the energy saturates, at {last_value(lossy.battery_energy):.4g} omega: "
        "4 (F/gamma)^2.",
    )


def either_supermode() -> Finding:
    """Compare the curves for the two super-modes."""
    readings: list[Reading] = []
    for occupation in (0.0, 1.0):
        plus, minus = (bare(laser_detuning=d, occupation=occupation) for d in (G, -G))
        gap = max(peak(abs(plus[v] - minus[v])) for v in ("battery_energy", "battery_ergotropy"))
        readings.append(
            below(f"N(T) = {occupation:g}", gap, 1e-9, "largest difference of E_B, W_B", "omega")
        )
    return Finding(readings=tuple(readings))


BARE = (
    Claim(
        key="R1",
        place="Basic model, Fig. 3a",
        says="With the laser at omega and N(T) = 0 the battery reaches almost 0.9 quanta.",
        command="cqed-battery paper R --figure 3a",
        compute=cold_maximum,
    ),
    Claim(
        key="R2",
        place="Basic model, Fig. 3b",
        says="With N(T) = 1 it reaches around 1.2 quanta.",
        command="cqed-battery paper R --figure 3b",
        compute=warm_maximum,
    ),
    Claim(
        key="R3",
        place="Basic model, Fig. 3a",
        says="At zero temperature all of the battery's energy is ergotropy.",
        command="cqed-battery paper R --figure 3a",
        compute=ergotropy_is_energy,
    ),
    Claim(
        key="R4",
        place="Basic model, text after Fig. 3",
        says="With the laser at omega, charger and battery hold no more than the order of "
        "(F/g)^2, at any temperature.",
        command="cqed-battery paper R --figure 3b",
        compute=bound,
    ),
    Claim(
        key="R5",
        place="Basic model, Fig. 4",
        says="With the laser at omega + g the energy and ergotropy keep growing without bound.",
        command="cqed-battery paper R --figure S",
        compute=tuned_growth,
    ),
    Claim(
        key="R6",
        place="Basic model, Fig. 4",
        says="A laser at omega - g gives the same plot.",
        command="cqed-battery paper R --figure 4a",
        compute=either_supermode,
    ),
)
