"""Claims of Rodriguez et al. on what the catalyst costs and gains, with one and several cells."""

from functools import partial

import numpy as np
import xarray as xr

from analysis.papers.rodriguez.claims.robustness import cells_energy, fluctuating
from analysis.papers.rodriguez.readings import (
    CLAIMS,
    LOSS,
    G,
    Run,
    bare,
    last_energy,
    last_value,
    oscillator,
    peak,
    qubit,
)
from analysis.papers.rule import Rule, under
from cqed_battery.operators import pauli


@CLAIMS.claim(27, "Summary", "F")
@under(
    {
        f"{words}, {'with' if loss else 'no'} loss": (noise, loss)
        for noise, words in (
            ("common", "one noise of both couplings"),
            ("independent", "a noise of each coupling"),
        )
        for loss in (0.0, LOSS)
    },
    Rule("mean E_B at g t = 20 / that without fluctuations", "< 0.9", unit="1"),
    "So the sentence reads; after Eq. 13 the text says the opposite, that couplings may fluctuate"
    ' (R16, the same numbers), and "insusceptible" may be meant. Values change by 30 % every'
    " 5/omega.",
)
def susceptible(case: tuple[str, float]) -> float:
    """The method is susceptible to fluctuations of the couplings.

    Compare the mean energy under fluctuating couplings with the quiet one.
    """
    noise, loss = case
    return fluctuating(noise=noise, loss=loss)[0] / last_energy(oscillator(loss=loss))


@CLAIMS.claim(28, "Catalysis, Fig. 7", "7")
@under(
    {
        f"{words}, q = {symbol}": (of, operator)
        for words, of in (("of what the charger loses", True), ("of E_B at g t = 20", False))
        for symbol, operator in (("sigma_-", "sigma_minus"), ("2 sigma_-", "sigma_x - i sigma_y"))
    },
    Rule("energy dissipated via the catalyst by g t = 20, share", "< 0.05", unit="1"),
)
def lost_by_catalyst(case: tuple[bool, str]) -> float:
    """The dissipation of energy via the catalyst is negligible.

    Integrate what the qubit and the charger lose up to g t = 20.
    """
    of_charger, operator = case
    found = qubit(catalyst_loss=LOSS, qubit_operator=operator)
    lost = {
        part: float(LOSS * found[f"{part}_energy"].integrate("time"))
        for part in ("catalyst", "charger")
    }
    scale = 4 if operator == "sigma_x - i sigma_y" else 1  # q'q = 4 sigma_+ sigma_-
    return scale * lost["catalyst"] / (lost["charger"] if of_charger else last_energy(found))


@CLAIMS.claim(31, "Catalysis, after Eq. 14", "6a")
@under(
    {"q = sigma_-": 1.0, "q = sigma_x - i sigma_y, as printed": 2.0},
    Rule("largest eigenvalue of q'q", "<= 1", unit="1"),
    "As printed, omega_q q'q splits the levels by 4 omega_q.",
)
def splitting_bounds(factor: float) -> float:
    """The energy of a qubit catalyst is bounded by its splitting omega_q.

    Compute the largest eigenvalue of omega_q q'q, in omega_q.
    """
    x, y, _ = pauli(2)
    lower = factor * (x - 1j * y) / 2
    return float(np.linalg.eigvalsh(lower.conj().T @ lower)[-1])


@CLAIMS.claim(32, "Catalysis, after Eq. 14", "6a")
@under(
    {
        f"{words}, N(T) = {occupation:g}": (name, occupation)
        for words, name in (("E_B", "battery_energy"), ("W_B", "battery_ergotropy"))
        for occupation in (0.0, 1.0)
    },
    Rule("largest difference of oscillator and qubit, over the largest value", "< 0.1", unit="1"),
)
def either_catalyst(case: tuple[str, float]) -> float:
    """An oscillator as catalyst gives similar results as a qubit.

    Compare the battery with either catalyst up to g t = 20.
    """
    name, occupation = case
    first, second = (
        run(20.0, 101, occupation=occupation)[name].to_numpy() for run in (oscillator, qubit)
    )
    return float(np.abs(first - second).max() / first.max())


@CLAIMS.claim(33, "Introduction, on several batteries", "A")
@under(
    {
        f"{k} cells, the bare laser {words}": (k, tuned)
        for k in (3, 6)
        for words, tuned in (("at omega", False), ("tuned", True))
    },
    Rule("catalysed over bare energy at g t = 20, over the same for one cell", "> 1", unit="1"),
    "Energies of all cells together, with loss. The laser of the catalysed battery stays at omega.",
)
def more_pronounced(case: tuple[int, bool]) -> float:
    """With several batteries the benefit of the catalyst is even more pronounced.

    Compare what the catalyst gains with several cells and with one.
    """
    count, tuned = case

    def benefit(cells: int) -> float:
        """Return the catalysed energy over the largest of the bare one."""
        shift = G * cells**0.5 if tuned else 0.0
        direct = cells_energy(cells, 20.0, catalyst=False, laser_detuning=shift)
        return last_value(cells_energy(cells, 20.0, catalyst=True)) / peak(direct)

    return benefit(count) / benefit(1)


def _boost(occupation: float) -> dict[str, Run]:
    return {
        f"gamma = {rate:g} omega, N(T) = {occupation:g}": partial(
            _both, loss=rate, occupation=occupation
        )
        for rate in (0.005, 0.05, 0.2)
    }


def _both(**setting: float) -> xr.Dataset:
    """Return the catalysed ergotropy beside the bare one."""
    catalysed, direct = oscillator(**setting), bare(20.0, 201, **setting)
    return xr.Dataset({"catalysed": catalysed.battery_ergotropy, "bare": direct.battery_ergotropy})


@CLAIMS.claim(34, "Introduction, end; Catalysis", "6a --set loss=0.2")
@under(
    {**_boost(0.0), **_boost(1.0)},
    Rule("W_B at g t = 20 / largest W_B without catalyst", "> 2", unit="1"),
    "Oscillator catalyst, the laser at omega in either case.",
)
def any_weak_loss(run: Run) -> float:
    """The boost is there for any weak coupling to the environment.

    Compare the catalysed battery with the bare one at several loss rates.
    """
    found = run()
    return last_value(found.catalysed) / peak(found.bare)


_SCANNED = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)  # omega; couplings that a device can tune


@CLAIMS.claim(36, "Summary, on superconducting circuits", "6a --set battery_coupling=0.1")
@under(
    {
        f"{words}, {'with' if loss else 'no'} loss": (names, loss)
        for words, names in (
            ("g_bq alone", ("battery_coupling",)),
            ("g_aq alone", ("charger_coupling",)),
            ("both together", ("charger_coupling", "battery_coupling")),
        )
        for loss in (0.0, LOSS)
    },
    Rule("largest E_B at omega t = 100 over that at g_aq = g_bq = 0.2 omega", "> 1.1", unit="1"),
    "Oscillator catalyst, couplings from 0.05 to 0.6 omega. Without loss the charge goes as"
    " sin^2 2 theta, which equal couplings have at its most already. R15 has the opposite sentence,"
    " that the couplings do not matter.",
)
def coupling_is_a_control(case: tuple[tuple[str, ...], float]) -> float:
    """A tunable coupling is a further parameter with which to optimise the energy transfer.

    Find the best energy over the coupling.
    """
    names, loss = case
    runs = (oscillator(loss=loss, **dict.fromkeys(names, g)) for g in _SCANNED)
    return max(map(last_energy, runs)) / last_energy(oscillator(loss=loss))
