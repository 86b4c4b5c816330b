"""Claims of Rodriguez et al. about charger and battery without a catalyst (Figs. 3 and 4)."""

import numpy as np

from analysis.papers.claim import Finding
from analysis.papers.rodriguez.readings import (
    CLAIMS,
    NO_LOSS,
    G,
    above,
    bare,
    below,
    growth,
    last_energy,
    peak,
    within,
)

_CONVENTIONS = {
    "Eq. 3, the amplitude decays at gamma/2": "dissipator",
    "the amplitude decays at gamma/4": "halved",
}
_ORDER = 10.0  # what "of the order of" allows


@CLAIMS.claim(1, "Basic model, Fig. 3a", "3a")
def cold_maximum() -> Finding:
    """With the laser at omega and N(T) = 0 the battery reaches almost 0.9 quanta.

    Compare the resonant battery's maximum at N(T) = 0 with 0.9.
    """
    found = {name: bare(rate_convention=rates) for name, rates in _CONVENTIONS.items()}
    what = "largest E_B up to g t = 20"
    return Finding(
        readings=tuple(
            within(name, peak(data.battery_energy), (0.85, 0.95), what)
            for name, data in found.items()
        ),
        remark="The closed form is (F/g)^2 (1 + exp(-gamma pi / 4 lambda))^2, "
        "lambda^2 = g^2 - gamma^2/16. Both readings stay below one quantum.",
    )


@CLAIMS.claim(2, "Basic model, Fig. 3b", "3b")
def warm_maximum() -> Finding:
    """With N(T) = 1 it reaches around 1.2 quanta.

    Compare the resonant battery's maximum at N(T) = 1 with 1.2, on two ranges of g t.
    """
    found = {
        f"{name}, g t up to {last:g}": bare(last, occupation=1.0, rate_convention=rates)
        for last in (10.0, 20.0)
        for name, rates in _CONVENTIONS.items()
    }
    return Finding(
        readings=tuple(
            within(name, peak(data.battery_energy), (1.15, 1.25), "largest E_B")
            for name, data in found.items()
        ),
        remark="The range of the figure is not in the text. The energy tends to 1.25, "
        "(F/g)^2 and one thermal photon.",
    )


@CLAIMS.claim(3, "Basic model, Fig. 3a", "3a")
def ergotropy_is_energy() -> Finding:
    """At zero temperature all of the battery's energy is ergotropy.

    Compare ergotropy and energy of the bare battery at zero temperature.
    """
    cold, warm = bare(), bare(occupation=1.0)
    gap = peak(abs(cold.battery_energy - cold.battery_ergotropy))
    warm_gap = peak(abs(warm.battery_energy - warm.battery_ergotropy))
    return Finding(
        readings=(below("N(T) = 0", gap, 1e-9, "largest E_B - W_B", "omega"),),
        remark=f"At N(T) = 1 energy exceeds ergotropy by up to {warm_gap:.3g} omega, the heat.",
    )


@CLAIMS.claim(4, "Basic model, text after Fig. 3", "3b")
def bound() -> Finding:
    """With the laser at omega, charger and battery hold no more than the order of (F/g)^2, at
    any temperature.

    Compare what the resonant battery and charger hold at most with (F/g)^2.
    """
    weak = 0.02
    free, warm = bare(**NO_LOSS), bare(occupation=1.0, drive=weak)
    found = {
        "battery, no noise": (free.battery_energy, 0.1),
        "charger, no noise": (free.charger_energy, 0.1),
        "ergotropy, N(T) = 1, F = 0.02 omega": (warm.battery_ergotropy, weak),
        "energy, N(T) = 1, F = 0.02 omega": (warm.battery_energy, weak),
    }
    return Finding(
        readings=tuple(
            below(name, peak(values) / (drive / G) ** 2, _ORDER, "largest / (F/g)^2")
            for name, (values, drive) in found.items()
        ),
        remark="The paper calls it a bound on ergotropy at all temperatures; the energy at N(T) > "
        "0 holds heat besides. Without noise the battery reaches 4 (F/g)^2.",
    )


@CLAIMS.claim(5, "Basic model, Fig. 4", "S")
def tuned_growth() -> Finding:
    """With the laser at omega + g the energy and ergotropy keep growing without bound.

    Test whether the energy keeps growing with the laser at omega + g.
    """
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
        remark=f"With loss the energy saturates, at {last_energy(lossy):.4g} omega: 4 (F/gamma)^2.",
    )


@CLAIMS.claim(6, "Basic model, Fig. 4", "4a")
def either_supermode() -> Finding:
    """A laser at omega - g gives the same plot.

    Compare the curves for the two super-modes.
    """
    readings, what = [], "largest difference of E_B, W_B"
    for occupation in (0.0, 1.0):
        plus, minus = (bare(laser_detuning=d, occupation=occupation) for d in (G, -G))
        gap = max(peak(abs(plus[v] - minus[v])) for v in ("battery_energy", "battery_ergotropy"))
        readings.append(below(f"N(T) = {occupation:g}", gap, 1e-9, what, "omega"))
    return Finding(readings=tuple(readings))
