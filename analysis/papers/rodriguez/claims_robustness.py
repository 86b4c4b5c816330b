"""Claims of Rodriguez et al. on what need not be known: couplings, splittings, many cells."""

from functools import cache
from typing import Any

import numpy as np

from analysis.papers.claim import Claim, Finding
from analysis.papers.rodriguez.model import ManyCells
from analysis.papers.rodriguez.noise import FluctuatingCouplings
from analysis.papers.rodriguez.runs import (
    NO_LOSS,
    G,
    above,
    bare,
    below,
    growth,
    last_value,
    oscillator,
    peak,
    qubit,
    times,
)

_KEPT = 0.8  # of the energy at the paper's parameters, what "independent of" demands


def unknown_couplings() -> Finding:
    """Compare the energy at omega t = 100 for other couplings with that at g = 0.2 omega."""
    what = "least E_B at omega t = 100 / that at g_aq = g_bq = 0.2 omega"
    common = [_couplings(g, g) for g in (0.05, 0.1, 0.4)]
    unequal = [_couplings(0.1, 0.3), _couplings(0.3, 0.1)]
    o = last_value(oscillator().battery_energy)
    q = last_value(qubit().battery_energy)
    return Finding(
        readings=(
            above("oscillator, equal couplings", _least_oscillator(common) / o, _KEPT, what),
            above("oscillator, couplings 1:3 and 3:1", _least_oscillator(unequal) / o, _KEPT, what),
            above(
                "qubit, equal couplings of 0.1 to 0.4", _least_qubit(common[1:]) / q, _KEPT, what
            ),
            above("qubit, couplings 1:3 and 3:1", _least_qubit(unequal) / q, _KEPT, what),
            above(
                "qubit, couplings of 0.03, weaker than the drive",
                _least_qubit([_couplings(0.03, 0.03)]) / q,
                _KEPT,
                what,
            ),
        ),
        remark="Equal couplings matter little while they are not weak against F; their ratio "
        "counts, since the battery's share of C_- and the drive of C_- both depend on it "
        "(sin^2 2 theta). A drive stronger than the coupling saturates a qubit, "
        f"E_C = {peak(qubit(charger_coupling=0.03, battery_coupling=0.03).catalyst_energy):.2g}.",
    )


def _couplings(charger: float, battery: float) -> dict[str, float]:
    return {"charger_coupling": charger, "battery_coupling": battery}


def _least_oscillator(settings: list[dict[str, float]]) -> float:
    return min(last_value(oscillator(**setting).battery_energy) for setting in settings)


def _least_qubit(settings: list[dict[str, float]]) -> float:
    return min(last_value(qubit(**setting).battery_energy) for setting in settings)


def fluctuations() -> Finding:
    """Compare the mean energy under fluctuating couplings or splitting with the quiet one."""
    quiet = {loss: last_value(oscillator(loss=loss).battery_energy) for loss in (0.0, 0.05)}
    names = {
        "common": "one noise of both couplings",
        "independent": "a noise of each coupling",
        "splitting": "noise of omega_q",
    }
    what = "mean E_B at g t = 20 / that without fluctuations"
    readings = [
        above(
            f"{words}, {'with' if loss else 'no'} loss",
            _fluctuating(noise=noise, loss=loss)[0] / quiet[loss],
            0.9,
            what,
        )
        for noise, words in names.items()
        for loss in (0.0, 0.05)
    ]
    mean, error = _fluctuating(catalyst=False, laser_detuning=G, loss=0.05)
    tuned = last_value(bare(laser_detuning=G).battery_energy)
    spread = max(_fluctuating(noise=noise)[1] / quiet[0.05] for noise in names)
    return Finding(
        readings=tuple(readings),
        remark="Values change by 30 % (standard deviation) every 5/omega; oscillator catalyst. "
        f"Standard errors with loss are up to {spread:.2g} of the quiet energy. The tuned bare "
        f"battery keeps {mean / tuned:.2g} +- {error / tuned:.1g} under the same noise of g.",
    )


@cache
def _fluctuating(**setting: Any) -> tuple[float, float]:
    model = FluctuatingCouplings(realisations=80, **setting)
    data = model.simulate(times(20.0, 5))
    return last_value(data.battery_energy), last_value(data.standard_error)


def unknown_splitting() -> Finding:
    """Compare the energies for catalysts detuned by up to 0.2 omega with the resonant one."""
    detuned = (0.8, 0.9, 1.1, 1.2)
    free = [oscillator(splitting=s, **NO_LOSS).minus_energy for s in detuned]
    quiet = oscillator(**NO_LOSS).minus_energy
    change = max(peak(abs(energy - quiet)) for energy in free) / last_value(quiet)
    lossy = _least_oscillator([{"splitting": s} for s in detuned])
    joined = _least_qubit([{"splitting": s} for s in (0.8, 1.2)])
    what = "least E_B at g t = 20 / that at omega_q = omega"
    reference, resonant = (
        last_value(oscillator().battery_energy),
        last_value(qubit().battery_energy),
    )
    return Finding(
        readings=(
            below("C_- without noise", change, 1e-9, "largest relative change of its energy"),
            above("battery, oscillator, with loss", lossy / reference, _KEPT, what),
            above("battery, qubit, with loss", joined / resonant, _KEPT, what),
        ),
        remark="omega_q from 0.8 to 1.2 omega. Far detuned catalysts are another matter: R18.",
    )


def many_cells() -> Finding:
    """Test that the resonance stays, and where the best laser lies, for 1 to 6 cells."""
    cells = (1, 2, 3, 4, 5, 6)
    least = min(growth(_cells(k, 200.0, catalyst=True, loss=0.0)) for k in cells)
    catalysed, direct = ([_best_laser(k, catalyst) for k in cells] for catalyst in (True, False))
    what = "largest |omega_f - omega| of the best laser"
    spread = max(map(abs, direct)) - min(map(abs, direct))
    kept = last_value(_cells(6, 20.0, catalyst=True)) / last_value(_cells(1, 20.0, catalyst=True))
    return Finding(
        readings=(
            above("laser at omega, no loss", least, 1.8, "least exponent of t at g t = 200"),
            below("best laser, k up to 3", max(map(abs, catalysed[:3])), 0.02, what, "omega"),
            below("best laser, k up to 6", max(map(abs, catalysed)), 0.02, what, "omega"),
            above("best laser moves without", spread, 0.1, "spread of |omega_f - omega|", "omega"),
        ),
        remark=f"Six cells hold {kept:.2g} of what one holds in all at g t = 20. The best laser is "
        "that of the largest energy at g t = 20, with loss and all couplings equal: with many "
        "cells the outer modes at omega +- g_total beat omega itself.",
    )


def _cells(count: int, last: float, **setting: Any) -> Any:
    model = ManyCells(couplings=(G,) * count, **setting)
    return model.simulate(times(last, 21)).battery_energy


def _best_laser(count: int, catalyst: bool) -> float:
    """Return the detuning of the laser, in steps of 0.01 omega, that charges the cells most."""
    lasers = np.linspace(-0.8, 0.8, 161)
    found = [
        last_value(_cells(count, 20.0, catalyst=catalyst, laser_detuning=float(laser)))
        for laser in lasers
    ]
    return float(lasers[int(np.argmax(found))])


def no_tuning() -> Finding:
    """Compare the catalysed battery under a laser at omega with a bare one under a tuned laser."""
    tuned = last_value(bare(laser_detuning=G).battery_ergotropy)
    what = "W_B at g t = 20 / that of the tuned bare battery"
    cells = last_value(_cells(6, 20.0, catalyst=True))
    direct = [
        last_value(_cells(6, 20.0, catalyst=False, laser_detuning=sign * G * 6**0.5))
        for sign in (1, -1)
    ]
    return Finding(
        readings=(
            above("oscillator", last_value(oscillator().battery_ergotropy) / tuned, 0.9, what),
            above("qubit", last_value(qubit().battery_ergotropy) / tuned, 0.9, what),
            above("oscillator, six cells", cells / max(direct), 0.9, what),
        ),
        remark="The catalyst replaces the tuning for one cell. It does not for several, where a "
        "laser tuned to omega + g k^(1/2) charges all cells as well as one.",
    )


def far_detuned() -> Finding:
    """Compare the energies for catalysts far from resonance with the resonant one."""
    resonant = last_value(oscillator().battery_energy)
    what = "E_B at g t = 20 / that at resonance"
    readings = [
        below(
            f"oscillator, |omega - omega_q| = {distance:g} g_aq",
            last_value(oscillator(splitting=1 + distance * G).battery_energy) / resonant,
            limit,
            what,
        )
        for distance, limit in ((10.0, 1.0), (25.0, 1.0), (250.0, 0.05))
    ]
    shifted = last_value(qubit(splitting=1 + 10 * G).battery_energy)
    readings.append(
        below(
            "qubit, |omega - omega_q| = 10 g_aq",
            shifted / last_value(qubit().battery_energy),
            1.0,
            what,
        )
    )
    return Finding(
        readings=tuple(readings),
        remark="omega_q above omega. At first the energy rises: C_+, shifted by g^2/(omega_q - "
        "omega) only, is driven as well. It falls once that shift is slower than the charging.",
    )


ROBUSTNESS = (
    Claim(
        key="R15",
        place="Catalysis, after Eq. 13 and at its end",
        says="The boost does not depend on the couplings, which need not be known.",
        command="cqed-battery paper R --figure 6a --set battery_coupling=0.1",
        compute=unknown_couplings,
    ),
    Claim(
        key="R16",
        place="Catalysis, after Eq. 13; Summary",
        says="Couplings and the catalyst's splitting may fluctuate in time.",
        command="cqed-battery paper R --figure F",
        compute=fluctuations,
    ),
    Claim(
        key="R17",
        place="Catalysis, after Eq. 13",
        says="The catalyst's splitting may be unknown.",
        command="cqed-battery paper R --figure 6a --set splitting=1.2",
        compute=unknown_splitting,
    ),
    Claim(
        key="R18",
        place="Catalysis, last paragraph",
        says="With a catalyst far detuned the energy transfer decreases, towards zero.",
        command="cqed-battery paper R --figure S --set splitting=3",
        compute=far_detuned,
    ),
    Claim(
        key="R19",
        place="Introduction; Appendix A",
        says="With several cells the best laser stays at omega, where without a catalyst it "
        "depends on the couplings.",
        command="cqed-battery paper R --figure A",
        compute=many_cells,
    ),
    Claim(
        key="R20",
        place="Abstract; Catalysis",
        says="The catalyst eliminates the need to optimise the laser's frequency.",
        command="cqed-battery paper R --figure S",
        compute=no_tuning,
    ),
)
