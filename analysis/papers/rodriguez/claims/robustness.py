"""Claims of Rodriguez et al. on what need not be known: couplings, splittings, many cells."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from analysis.papers.finding import Finding
from analysis.papers.rodriguez.model import ManyCells
from analysis.papers.rodriguez.noise import FluctuatingCouplings
from analysis.papers.rodriguez.readings import (
    CLAIMS,
    NO_LOSS,
    G,
    bare,
    growth,
    last_energy,
    last_ergotropy,
    last_value,
    oscillator,
    peak,
    qubit,
    times,
)
from analysis.papers.rule import Rule, judged

_KEPT = "> 0.8"  # of the energy at the paper's parameters, what "independent of" demands


@CLAIMS.claim(15, "Catalysis, after Eq. 13 and at its end", "6a --set battery_coupling=0.1")
def unknown_couplings() -> Finding:
    """The boost does not depend on the couplings, which need not be known.

    Compare the energy at omega t = 100 for other couplings with that at g = 0.2 omega.
    """
    common = [_couplings(g, g) for g in (0.05, 0.1, 0.4)]
    unequal = [_couplings(0.1, 0.3), _couplings(0.3, 0.1)]
    weak = _couplings(0.03, 0.03)
    shares = {
        "oscillator, equal couplings": _kept(oscillator, common),
        "oscillator, couplings 1:3 and 3:1": _kept(oscillator, unequal),
        "qubit, equal couplings of 0.1 to 0.4": _kept(qubit, common[1:]),
        "qubit, couplings 1:3 and 3:1": _kept(qubit, unequal),
        "qubit, couplings of 0.03, weaker than the drive": _kept(qubit, [weak]),
    }
    what = "least E_B at omega t = 100 / that at g_aq = g_bq = 0.2 omega"
    return judged(
        (Rule(what, _KEPT, unit="1"), shares),
        remark="Equal couplings matter little while they are not weak against F; their ratio "
        "counts, since the battery's share of C_- and the drive of C_- both depend on it "
        "(sin^2 2 theta). A drive stronger than the coupling saturates a qubit, "
        f"E_C = {peak(qubit(**weak).catalyst_energy):.2g}.",
    )


def _couplings(charger: float, battery: float) -> dict[str, float]:
    return {"charger_coupling": charger, "battery_coupling": battery}


def _kept(run: Callable[..., xr.Dataset], settings: list[dict[str, float]]) -> float:
    """Return the least energy at the last time over some settings, of that at the paper's."""
    return min(last_energy(run(**setting)) for setting in settings) / last_energy(run())


@CLAIMS.claim(16, "Catalysis, after Eq. 13; Summary", "F")
def fluctuations() -> Finding:
    """Couplings and the catalyst's splitting may fluctuate in time.

    Compare the mean energy under fluctuating couplings or splitting with the quiet one.
    """
    quiet = {loss: last_energy(oscillator(loss=loss)) for loss in (0.0, 0.05)}
    names = {
        "common": "one noise of both couplings",
        "independent": "a noise of each coupling",
        "splitting": "noise of omega_q",
    }
    shares = {
        f"{words}, {'with' if loss else 'no'} loss": fluctuating(noise=noise, loss=loss)[0] / kept
        for noise, words in names.items()
        for loss, kept in quiet.items()
    }
    mean, error = fluctuating(catalyst=False, laser_detuning=G, loss=0.05)
    tuned = last_energy(bare(laser_detuning=G))
    spread = max(fluctuating(noise=noise)[1] / quiet[0.05] for noise in names)
    return judged(
        (Rule("mean E_B at g t = 20 / that without fluctuations", "> 0.9", unit="1"), shares),
        remark="Values change by 30 % (standard deviation) every 5/omega; oscillator catalyst. "
        f"Standard errors with loss are up to {spread:.2g} of the quiet energy. The tuned bare "
        f"battery keeps {mean / tuned:.2g} +- {error / tuned:.1g} under the same noise of g.",
    )


@cache
def fluctuating(**setting: Any) -> tuple[float, float]:
    """Return the mean energy at g t = 20 under fluctuations, and its standard error.

    Args:
        setting: of `FluctuatingCouplings`.
    """
    data = FluctuatingCouplings(realisations=80, **setting).simulate(times(20.0, 5))
    return last_energy(data), last_value(data.standard_error)


@CLAIMS.claim(17, "Catalysis, after Eq. 13", "6a --set splitting=1.2")
def unknown_splitting() -> Finding:
    """The catalyst's splitting may be unknown.

    Compare the energies for catalysts detuned by up to 0.2 omega with the resonant one.
    """
    detuned = (0.8, 0.9, 1.1, 1.2)
    free = [oscillator(splitting=s, **NO_LOSS).minus_energy for s in detuned]
    quiet = oscillator(**NO_LOSS).minus_energy
    change = max(peak(abs(energy - quiet)) for energy in free) / last_value(quiet)
    kept = {
        "battery, oscillator, with loss": _kept(oscillator, [{"splitting": s} for s in detuned]),
        "battery, qubit, with loss": _kept(qubit, [{"splitting": s} for s in (0.8, 1.2)]),
    }
    quietest = Rule("largest relative change of its energy", "< 1e-09", unit="1")
    return judged(
        (quietest, {"C_- without noise": change}),
        (Rule("least E_B at g t = 20 / that at omega_q = omega", _KEPT, unit="1"), kept),
        remark="omega_q from 0.8 to 1.2 omega. Far detuned catalysts are another matter: R18.",
    )


@CLAIMS.claim(19, "Introduction; Appendix A", "A")
def manycells_energy() -> Finding:
    """With several cells the best laser stays at omega, where without a catalyst it depends on
    the couplings.

    Test that the resonance stays, and where the best laser lies, for 1 to 6 cells.
    """
    cells = (1, 2, 3, 4, 5, 6)
    least = min(growth(cells_energy(k, 200.0, catalyst=True, loss=0.0)) for k in cells)
    catalysed, direct = ([_best_laser(k, catalyst) for k in cells] for catalyst in (True, False))
    spread = max(map(abs, direct)) - min(map(abs, direct))
    kept = last_value(cells_energy(6, 20.0, catalyst=True)) / last_value(
        cells_energy(1, 20.0, catalyst=True)
    )
    shifts = {f"best laser, k up to {k}": max(map(abs, catalysed[:k])) for k in (3, 6)}
    return judged(
        (
            Rule("least exponent of t at g t = 200", "> 1.8", unit="1"),
            {"laser at omega, no loss": least},
        ),
        (Rule("largest |omega_f - omega| of the best laser", "< 0.02", unit="omega"), shifts),
        (
            Rule("spread of |omega_f - omega|", "> 0.1", unit="omega"),
            {"best laser moves without": spread},
        ),
        remark=f"Six cells hold {kept:.2g} of what one holds in all at g t = 20. The best laser is "
        "that of the largest energy at g t = 20, with loss and all couplings equal: with many "
        "cells the outer modes at omega +- g_total beat omega itself.",
    )


def cells_energy(count: int, last: float, **setting: Any) -> Any:
    """Return the energy of all cells over time.

    Args:
        count: of the cells.
        last: the last g t.
        setting: of `ManyCells`.
    """
    model = ManyCells(couplings=(G,) * count, **setting)
    return model.simulate(times(last, 21)).battery_energy


def _best_laser(count: int, catalyst: bool) -> float:
    """Return the detuning of the laser, in steps of 0.01 omega, that charges the cells most."""
    lasers = np.linspace(-0.8, 0.8, 161)
    found = [
        last_value(cells_energy(count, 20.0, catalyst=catalyst, laser_detuning=float(laser)))
        for laser in lasers
    ]
    return float(lasers[int(np.argmax(found))])


@CLAIMS.claim(20, "Abstract; Catalysis", "S")
def no_tuning() -> Finding:
    """The catalyst eliminates the need to optimise the laser's frequency.

    Compare the catalysed battery under a laser at omega with a bare one under a tuned laser.
    """
    tuned = last_ergotropy(bare(laser_detuning=G))
    cells, shift = last_value(cells_energy(6, 20.0, catalyst=True)), G * 6**0.5
    bare_cells = (cells_energy(6, 20.0, catalyst=False, laser_detuning=d) for d in (shift, -shift))
    shares = {
        "oscillator": last_ergotropy(oscillator()) / tuned,
        "qubit": last_ergotropy(qubit()) / tuned,
        "oscillator, six cells": cells / max(map(last_value, bare_cells)),
    }
    return judged(
        (Rule("W_B at g t = 20 / that of the tuned bare battery", "> 0.9", unit="1"), shares),
        remark="The catalyst replaces the tuning for one cell. It does not for several, where a "
        "laser tuned to omega + g k^(1/2) charges all cells as well as one.",
    )


@CLAIMS.claim(18, "Catalysis, last paragraph", "S --set splitting=3")
def far_detuned() -> Finding:
    """With a catalyst far detuned the energy transfer decreases, towards zero.

    Compare the energies for catalysts far from resonance with the resonant one.
    """
    cases = ((oscillator, 10, "< 1"), (oscillator, 25, "< 1"), (oscillator, 250, "< 0.05"))
    tests = []
    for run, far, limit in (*cases, (qubit, 10, "< 1")):
        name = f"{run.__name__}, |omega - omega_q| = {far} g_aq"
        rule = Rule("E_B at g t = 20 / that at resonance", limit, unit="1")
        tests.append((rule, {name: _kept(run, [{"splitting": 1 + far * G}])}))
    return judged(
        *tests,
        remark="omega_q above omega. At first the energy rises: C_+, shifted by g^2/(omega_q - "
        "omega) only, is driven as well. It falls once that shift is slower than the charging.",
    )
