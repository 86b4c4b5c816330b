"""Claims of Rodriguez et al. about charger and battery without a catalyst (Figs. 3 and 4)."""

import numpy as np
from scipy.optimize import brentq

from analysis.papers.finding import Finding
from analysis.papers.rodriguez.model import BareBattery
from analysis.papers.rodriguez.readings import (
    CLAIMS,
    GROWS,
    NO_LOSS,
    UNBOUNDED,
    G,
    bare,
    growth,
    last_energy,
    peak,
    times,
)
from analysis.papers.rule import Rule, judged, under

_CONVENTIONS = {
    "Eq. 3, the amplitude decays at gamma/2": "dissipator",
    "the amplitude decays at gamma/4": "halved",
}


@CLAIMS.claim(1, "Basic model, Fig. 3a", "3a")
@under(
    _CONVENTIONS,
    Rule("0.85 <= largest E_B up to g t = 20 < 0.95", lambda e: 0.85 <= e < 0.95, unit="omega"),
    "The closed form is (F/g)^2 (1 + exp(-gamma pi / 4 lambda))^2, "
    "lambda^2 = g^2 - gamma^2/16. Both readings stay below one quantum.",
)
def cold_maximum(rates: str) -> float:
    """With the laser at omega and N(T) = 0 the battery reaches almost 0.9 quanta.

    Compare the resonant battery's maximum at N(T) = 0 with 0.9.
    """
    return peak(bare(rate_convention=rates).battery_energy)


@CLAIMS.claim(2, "Basic model, Fig. 3b", "3b")
@under(
    {
        f"{name}, g t up to {last:g}": (last, rates)
        for last in (5.0, 10.0, 20.0)
        for name, rates in _CONVENTIONS.items()
    },
    Rule("1.15 <= largest E_B < 1.25", lambda energy: 1.15 <= energy < 1.25, unit="omega"),
    "The range of the figure is not in the text: one that ends before the second peak shows the "
    "first alone. The energy tends to 1.25, (F/g)^2 and one thermal photon.",
)
def warm_maximum(case: tuple[float, str]) -> float:
    """With N(T) = 1 it reaches around 1.2 quanta.

    Compare the resonant battery's maximum at N(T) = 1 with 1.2, on two ranges of g t.
    """
    last, rates = case
    return peak(bare(last, occupation=1.0, rate_convention=rates).battery_energy)


def _heat(occupation: float) -> float:
    found = bare(occupation=occupation)
    return peak(abs(found.battery_energy - found.battery_ergotropy))


@CLAIMS.claim(21, "Basic model, before Fig. 4", "4a")
@under(
    {f"g t = {last:g}": last for last in (10.0, 20.0, 40.0)},
    Rule("T times the detuning from omega + g that halves E_B", "> 0.3 and < 10"),
    "Without loss; T is the charging time. A product of the order of 1 that is the same at every T"
    " is a precision of 1/T; of a driven oscillator alone it is 2.78. A change of g moves omega + g"
    " as much.",
)
def tuning_precision(last: float) -> float:
    """Charging in a time T needs omega + g to be known to 1/T.

    Find the detuning from omega + g that halves the energy at the charging time.
    """
    duration = last / G

    def excess(detuning: float) -> float:
        """Return the energy at a detuning in omega less half of the tuned one's."""
        energy = last_energy(bare(last, laser_detuning=G + detuning, **NO_LOSS))
        return energy - last_energy(bare(last, laser_detuning=G, **NO_LOSS)) / 2

    return duration * float(brentq(excess, 0.0, 5.0 / duration, xtol=1e-6))


@CLAIMS.claim(22, "Basic model, text after Fig. 3", "3a --set coupling=0.05")
def weak_coupling_is_slow() -> Finding:
    """With a laser at omega unlimited energy needs g towards 0 and diverging charging times.

    Compare the largest energy, and when it is reached, at g and at a quarter of g.
    """
    strong, weak = (
        BareBattery(coupling=g, loss=0.0).simulate(times(4.0 * G / g)) for g in (G, G / 4)
    )
    energies = [peak(found.battery_energy) for found in (strong, weak)]
    when = [
        float(found.time[int(found.battery_energy.values.argmax())]) for found in (strong, weak)
    ]
    return judged(
        (
            Rule("largest E_B at g / 4 over that at g", "> 10", unit="1"),
            {"energy": energies[1] / energies[0]},
        ),
        (
            Rule("time of the largest E_B at g / 4 over that at g", "> 3", unit="1"),
            {"time": when[1] / when[0]},
        ),
        remark="Without loss the largest energy is 4 (F/g)^2, at g t = pi.",
    )


@CLAIMS.claim(23, "Basic model, text after Fig. 3", "3a")
@under(
    _CONVENTIONS,
    Rule("last swing of E_B up to g t = 40 over the first", "< 0.5"),
    "A swing is a maximum less the minimum that follows.",
)
def noise_suppresses(rates: str) -> float:
    """Local noise suppresses the oscillations of the energy.

    Compare the last swing of the battery's energy with the first.
    """
    energies = bare(40.0, rate_convention=rates).battery_energy.values
    turns = np.flatnonzero(np.diff(np.sign(np.diff(energies)))) + 1
    swings = np.abs(np.diff(energies[turns]))
    return float(swings[-1] / swings[0])


@CLAIMS.claim(3, "Basic model, Fig. 3a", "3a")
@under(
    {"N(T) = 0": 0.0},
    Rule("largest E_B - W_B", "< 1e-09", unit="omega"),
    lambda: f"At N(T) = 1 energy exceeds ergotropy by up to {_heat(1.0):.3g} omega, the heat.",
)
def ergotropy_is_energy(occupation: float) -> float:
    """At zero temperature all of the battery's energy is ergotropy.

    Compare ergotropy and energy of the bare battery at zero temperature.
    """
    return _heat(occupation)


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
    return judged(
        (
            Rule("largest / (F/g)^2", "< 10", unit="1"),
            {name: peak(values) / (drive / G) ** 2 for name, (values, drive) in found.items()},
        ),
        remark="The paper calls it a bound on ergotropy at all temperatures; the energy at N(T) > "
        "0 holds heat besides. Without noise the battery reaches 4 (F/g)^2.",
    )


@CLAIMS.claim(5, "Basic model, Fig. 4", "S")
def tuned_growth() -> Finding:
    """With the laser at omega + g the energy and ergotropy keep growing without bound.

    Test whether they rise all through the figure, and whether they grow with no bound.
    """
    short = {n: bare(laser_detuning=G, occupation=n) for n in (0.0, 1.0)}
    runs = {
        "range of the figure": short[0.0],
        "range of the figure, N(T) = 1": short[1.0],
        "long times, no loss": bare(400.0, laser_detuning=G, **NO_LOSS),
        "long times, with the figure's loss": bare(400.0, laser_detuning=G),
    }
    rises = {
        f"rises, N(T) = {n:g}": float(np.diff(run.battery_ergotropy[::20]).min())
        for n, run in short.items()
    }
    grown = {
        f"{words}, {name}": growth(run[f"battery_{words}"])
        for words in ("energy", "ergotropy")
        for name, run in runs.items()
    }
    lossy = last_energy(runs["long times, with the figure's loss"])
    return judged(
        (Rule("least gain of W_B in g t = 1 up to 20", "> 0", unit="omega"), rises),
        (Rule(UNBOUNDED, GROWS, unit="1"), grown),
        remark=f"With loss the energy saturates, at {lossy:.4g} omega: 4 (F/gamma)^2.",
    )


@CLAIMS.claim(6, "Basic model, Fig. 4", "4a")
@under(
    {"N(T) = 0": 0.0, "N(T) = 1": 1.0},
    Rule("largest difference of E_B, W_B", "< 1e-09", unit="omega"),
)
def either_supermode(occupation: float) -> float:
    """A laser at omega - g gives the same plot.

    Compare the curves for the two super-modes.
    """
    plus, minus = (bare(laser_detuning=d, occupation=occupation) for d in (G, -G))
    return max(peak(abs(plus[v] - minus[v])) for v in ("battery_energy", "battery_ergotropy"))
