"""Claims of Rodriguez et al. on the limits of the model: rates, bounds, blocking, instabilities."""

from math import nan

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rodriguez.model import BareBattery
from analysis.papers.rodriguez.readings import (
    CLAIMS,
    DRIVE,
    LOSS,
    G,
    growth,
    last_energy,
    oscillator,
    peak,
    qubit,
    times,
)
from analysis.papers.rule import Rule, judged, under
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI


@CLAIMS.claim(25, "Basic model, after Eq. 1", "3a")
@under(
    {
        "gamma": LOSS,
        "gamma (2 N + 1) at N(T) = 1": 3 * LOSS,
        "F": DRIVE,
        "g": G,
        "g of two cells": G * 2**0.5,
    },
    Rule("rate over omega", "<= 0.1", unit="1"),
    "The text asks it of the decay rates alone. The rotating-wave coupling, which it does not"
    " mention, would ask it of g as well.",
)
def slow_rates(rate: float) -> float:
    """The frequencies are much larger than the rates, so that the rotating-wave approximation
    holds.

    Compare the rates with omega.
    """
    return rate


_RATES = (0.02, 0.05, 0.1, 0.2)


@CLAIMS.claim(26, "Catalysis, after Eq. 13", "S")
def bound_of_loss() -> Finding:
    """With noise the energy has a bound, which depends on the dissipation rate.

    Test whether the catalysed energy ends its growth, and how its end goes with gamma.
    """
    long = {rate: oscillator(4000.0, 401, loss=rate) for rate in _RATES}
    ends = [last_energy(run) for run in long.values()]
    scaled = [end * rate**2 for end, rate in zip(ends, _RATES, strict=True)]
    said = ", ".join(f"{end:.4g} at {rate:g}" for end, rate in zip(ends, _RATES, strict=True))
    steepest = max(abs(growth(run.battery_energy)) for run in long.values())
    return judged(
        (
            Rule("largest exponent of t between g t = 2000 and 4000", "< 0.01", unit="1"),
            {"there is a bound, oscillator": steepest},
        ),
        (
            Rule("exponent of t between g t = 100 and 200", "< 0.1", unit="1"),
            {"there is a bound, qubit": growth(qubit(200.0, 41).battery_energy)},
        ),
        (
            Rule("E_B gamma^2 changes over gamma = 0.02 to 0.2 by", "< 0.01", unit="1"),
            {"it goes with 1 / gamma^2": float(np.ptp(scaled) / max(scaled))},
        ),
        remark=f"E_B at g t = 4000, in omega, for gamma in omega: {said}. All are 4 (F/gamma)^2.",
    )


@CLAIMS.claim(29, "Basic model, after Eq. 8", "3a --set coupling=0.9")
@under(
    {
        f"g = {g:g} omega, {words}": (g, loss)
        for g in (0.5, 0.9, 1.0)
        for words, loss in (("no loss", 0.0), ("with loss", LOSS))
    },
    Rule("largest E_B under a laser at omega over that at g = 0.2 omega", "< 0.1", unit="1"),
    "4 (F/g)^2 without loss. At g near omega the rotating-wave coupling is no approximation any"
    " more, and omega - g no frequency of a mode: the sentence is judged within the text's model.",
)
def blocked(case: tuple[float, float]) -> float:
    """At strong coupling, g near omega, a laser at omega is blocked.

    Compare the largest energies under the untuned laser.
    """
    g, loss = case
    strong, usual = (
        BareBattery(coupling=value, loss=loss).simulate(times(20.0)) for value in (g, G)
    )
    return peak(strong.battery_energy) / peak(usual.battery_energy)


_NODES = 24  # of the Gaussian spread


@CLAIMS.claim(30, "Basic model, after Fig. 4", "4a")
@under(
    {
        f"{words} spread by {spread:g} omega": (of, spread)
        for words, of in (("omega", "laser_detuning"), ("g", "coupling"))
        for spread in (0.005, 0.02)
    },
    Rule("spread times the time at which E_B is half the steady one's", "> 0.3 and < 10", unit="1"),
    "Without loss, a value for each run out of a Gaussian, its standard deviation the spread. An"
    " oscillator alone gives 4.02, whatever the spread. Fast noise averages: R16.",
)
def instabilities(case: tuple[str, float]) -> float:
    """Instabilities of omega or g restrict the charging to their inverse.

    Find the time at which the mean energy under the tuned laser has fallen to half.
    """
    of, spread = case
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    grid = np.linspace(0.2 / spread, 12.0 / spread, 600)

    def energy(shift: float) -> FloatArray:
        """Return E_B over time, omega or g shifted."""
        model = BareBattery(laser_detuning=G, loss=0.0).replace({of: G + shift})
        return model.simulate(grid).battery_energy.to_numpy()

    mean = weights @ np.array([energy(spread * node) for node in nodes]) / weights.sum()
    fallen = np.flatnonzero(mean < energy(0.0) / 2)
    return spread * float(grid[fallen[0]]) if fallen.size else nan


@CLAIMS.claim(35, "Basic model, text after Fig. 3", "3a --set loss=0")
@under(
    {f"{part}, g = {g:g} omega": (part, g) for part in ("battery", "charger") for g in (0.05, G)},
    Rule("frequency of the oscillation over g", "> 0.3 and < 3", unit="1"),
    "Angular, from the distance of the first two maxima, without loss: the battery's energy goes as"
    " (1 - cos g t)^2, the charger's as sin^2 g t.",
)
def oscillates_at_the_coupling(case: tuple[str, float]) -> float:
    """Without noise the energies oscillate with a frequency of the order of g.

    Find the first two maxima of the energy.
    """
    part, g = case
    found = BareBattery(coupling=g, loss=0.0).simulate(times(14.0 * G / g, 2801))
    values = found[f"{part}_energy"].to_numpy()
    inside = (values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])
    first, second, *_ = found.time.to_numpy()[1:-1][inside]
    return TWO_PI / float(second - first) / g
