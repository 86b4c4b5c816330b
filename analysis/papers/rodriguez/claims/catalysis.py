"""Claims of Rodriguez et al. on what a catalyst does to the battery (Figs. 6 and 7)."""

from collections.abc import Mapping
from functools import partial

from analysis.papers.finding import Finding
from analysis.papers.rodriguez.model import OscillatorCatalyst
from analysis.papers.rodriguez.moments import appendix_b
from analysis.papers.rodriguez.readings import (
    CLAIMS,
    GROWS,
    NO_LOSS,
    UNBOUNDED,
    G,
    Run,
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
from analysis.papers.rule import Rule, judged, under
from cqed_battery.operators import ComplexArray

_TWICE = {"qubit_operator": "sigma_x - i sigma_y"}
_ALMOST_NONE = "< 0.05"  # omega, what "almost no energy" allows


@CLAIMS.claim(7, "Catalysis, after Eq. 13", "6a --set loss=0")
@under(
    {
        "oscillator, g t up to 400": partial(oscillator, 400.0, **NO_LOSS),
        "qubit, g t up to 30": partial(qubit, 30.0, 31, **NO_LOSS),
    },
    Rule("exponent of t over the last half", "> 1.8", unit="1"),
    "C_- is driven alone: its energy is (F cos theta t)^2 with either catalyst.",
)
def noiseless_growth(run: Run) -> float:
    """Without noise the catalyst lets the battery's energy grow without limit.

    Test whether the catalysed energy grows as t^2 without loss.
    """
    return growth(run().battery_energy)


@CLAIMS.claim(8, "Catalysis, after Eq. 13", "6a")
@under(
    {
        "oscillator": partial(oscillator),
        "qubit": partial(qubit),
        "qubit, N(T) = 1": partial(qubit, occupation=1.0),
    },
    Rule("W_B at g t = 20 / largest W_B without catalyst", "> 2", unit="1"),
    lambda: (
        "Against a bare battery whose laser is tuned to omega + g there is no boost: "
        f"{last_ergotropy(bare(laser_detuning=G)):.3g} omega at g t = 20 there, "
        f"{last_ergotropy(qubit()):.3g} with the qubit."
    ),
)
def boost(run: Run) -> float:
    """With noise the energy transfer is still boosted significantly.

    Compare the catalysed battery with the bare one under the same resonant laser, with loss.
    """
    return last_ergotropy(run()) / peak(bare().battery_ergotropy)


@CLAIMS.claim(24, "Introduction; Fig. 1", "6a")
@under(
    {"with the laser at omega": {}, "with the laser at omega + g": {"laser_detuning": G}},
    Rule("E_B at g t = 20 / largest E_B of the bare battery by then", "> 1", unit="1"),
    "Tuned to a supermode, the bare battery takes as much in the presence of the same loss: the"
    " catalyst saves the tuning, it makes no transfer possible that was not.",
)
def otherwise_impossible(changes: Mapping[str, float]) -> float:
    """The catalyst allows transfers that are impossible without it, with noise.

    Compare the catalysed battery with the bare one, its laser as before and tuned.
    """
    return last_energy(qubit()) / peak(bare(**changes).battery_energy)


@CLAIMS.claim(9, "Catalysis, Fig. 6", "S")
def lossy_growth() -> Finding:
    """With loss of the charger alone, energy and ergotropy grow with no bound.

    Test whether the growth of Fig. 6 has no bound although the charger loses energy.
    """
    runs = {
        "g t up to 20": qubit(),
        "g t up to 20, N(T) = 1": qubit(occupation=1.0),
        "g t up to 200": qubit(200.0, 41),
        "oscillator, N(T) = 1, g t up to 200": oscillator(200.0, 41, occupation=1.0),
    }
    return judged(
        *(
            (
                Rule(UNBOUNDED, GROWS, f"({symbol})", unit="1"),
                {f"{words}, {name}": growth(run[f"battery_{words}"]) for name, run in runs.items()},
            )
            for words, symbol in (("energy", "E_B"), ("ergotropy", "W_B"))
        ),
        remark=f"With the qubit the energy tends to {last_energy(qubit(200.0, 41)):.4g} omega, "
        "4 (F/gamma)^2. The text before Fig. 6 itself expects a bound with noise: R26.",
    )


@CLAIMS.claim(10, "Catalysis, after Eq. 14", "S")
def catalyst_bound() -> Finding:
    """An oscillator catalyst stores energy of the order of (F sin theta)^2 / (g_aq^2 + g_bq^2),
    which is negligible.

    Compare the oscillator catalyst's energy with the bound, with omega and with the battery's.
    """
    weak = 0.02
    unit, smaller = (drive**2 * 0.5 / (2 * G**2) for drive in (0.1, weak))
    free, cold, slow = oscillator(**NO_LOSS), oscillator(), oscillator(drive=weak, **NO_LOSS)
    warm = oscillator(occupation=1.0, drive=weak)
    hot, other = peak(warm.catalyst_energy), oscillator(splitting=1.2, **NO_LOSS)
    numbers = {
        "no loss": peak(free.catalyst_energy) / unit,
        "with loss, N(T) = 0": peak(cold.catalyst_energy) / unit,
        "with loss, N(T) = 1, F = 0.02 omega": hot / smaller,
        "no loss, omega_q = 1.2 omega": peak(other.catalyst_energy) / unit,
    }
    most = {
        "F = 0.1 omega, no loss": peak(free.catalyst_energy),
        "F = 0.1 omega, with loss": peak(cold.catalyst_energy),
        "F = 0.02 omega, no loss": peak(slow.catalyst_energy),
        "F = 0.02 omega, N(T) = 1": hot,
    }
    shares = {
        f"share, {name}": last_value(data.catalyst_energy / data.battery_energy)
        for name, data in (("no loss", free), ("with loss", cold))
    }
    return judged(
        (Rule("largest E_C / bound", "< 10", unit="1"), numbers),
        (Rule("largest E_C up to g t = 20", _ALMOST_NONE, unit="omega"), most),
        (Rule("E_C / E_B at g t = 20", _ALMOST_NONE, unit="1"), shares),
        remark=f"The bound is {unit:.4g} omega at F = 0.1 omega; the catalyst reaches four times "
        "as much without loss. At N(T) = 1 heat, not the laser, brings it to "
        f"{hot:.3g} omega by g t = 20.",
    )


@CLAIMS.claim(11, "Catalysis, Fig. 6", "6b")
def qubit_energy() -> Finding:
    """A qubit catalyst stores almost no energy during the whole process.

    Compare the qubit catalyst's energy with zero, and with what the battery holds.
    """
    cold, warm, twice = qubit(), qubit(occupation=1.0), qubit(**_TWICE)
    most = Rule("largest E_C up to g t = 20", _ALMOST_NONE, unit="omega")
    mean = Rule("mean E_C up to g t = 20", _ALMOST_NONE, unit="omega")
    share = last_value(cold.catalyst_energy / cold.battery_energy)
    return judged(
        (most, {"peak, q = sigma_-": peak(cold.catalyst_energy)}),
        (most, {"peak, q = 2 sigma_-": peak(twice.catalyst_energy)}),
        (mean, {"mean": float(cold.catalyst_energy.mean())}),
        (Rule("E_C / E_B", _ALMOST_NONE, unit="1"), {"share of the battery's at g t = 20": share}),
        (mean, {"mean, N(T) = 1": float(warm.catalyst_energy.mean())}),
        remark="A qubit cannot hold more than omega. At N(T) = 1 heat brings it to a third.",
    )


@CLAIMS.claim(12, "Appendix B, Eq. B10", "S")
def factorised_moments() -> Finding:
    """With an oscillator catalyst all second moments are products of first moments.

    Compare second moments with products of first ones, for B4 mended and as printed.
    """
    model, t = OscillatorCatalyst(), times(20.0, 101)
    found = {b4: _departure(appendix_b(model, t, b4=b4)) for b4 in ("mended", "as printed")}
    least = float(appendix_b(model, t, b4="as printed")["a'a"].real.min())
    numbers = {
        "normal-ordered X Z, B4's sign mended": found["mended"],
        "normal-ordered X Z, B4 as printed": found["as printed"],
        "all X and Z, a a' among them": 1.0 + found["mended"],
    }
    return judged(
        (Rule("largest |<X Z> - <X><Z>|", "< 1e-06", unit="1"), numbers),
        remark="[a, a'] = 1 alone keeps <a a'> from factorising. With B4 as printed the charger's "
        f"photon number falls to {least:.3g}.",
    )


def _departure(moments: dict[str, ComplexArray]) -> float:
    a, b, q = (moments[name] for name in ("a", "b", "q"))
    factors = {"a'a": (a, a), "b'b": (b, b), "q'q": (q, q), "a'q": (a, q), "b'q": (b, q)}
    factors["ab'"] = (b, a)
    products = ((name, x.conj() * y) for name, (x, y) in factors.items())
    return max(float(abs(moments[name] - value).max()) for name, value in products)


@CLAIMS.claim(13, "Catalysis, Fig. 6", "6a")
def product_state() -> Finding:
    """With a qubit catalyst, too, the state of the whole is a product.

    Test whether the state with the qubit is a product: its parts pure and uncorrelated.
    """
    cold, twice = qubit(), qubit(**_TWICE)
    largest = {
        "q = sigma_-": peak(cold.total_correlation),
        "q = 2 sigma_-": peak(twice.total_correlation),
    }
    late = {"q = sigma_-, at g t = 20": last_value(cold.total_correlation)}
    purity = {"purity of the qubit": float(cold.qubit_purity.min())}
    return judged(
        (Rule("largest total correlation", _ALMOST_NONE, unit="nat"), largest),
        (Rule("total correlation", _ALMOST_NONE, unit="nat"), late),
        (Rule("least purity", "> 0.95", unit="1"), purity),
        remark="Total correlation is the sum of the parts' entropies less that of the whole. At "
        f"N(T) = 1 it reaches {peak(qubit(occupation=1.0).total_correlation):.3g} nat.",
    )


@CLAIMS.claim(14, "Catalysis, Fig. 7", "7")
@under(
    {"q = sigma_-": {}, "q = 2 sigma_-": _TWICE},
    Rule("largest change of E_B / largest E_B", "< 0.1", unit="1"),
)
def lossy_catalyst(setting: Mapping[str, str]) -> float:
    """Loss of the qubit catalyst does not change the result considerably.

    Compare Fig. 7 with Fig. 6: the battery's energy with and without loss of the qubit.
    """
    without, with_loss = qubit(**setting), qubit(catalyst_loss=0.05, **setting)
    change = peak(abs(with_loss.battery_energy - without.battery_energy))
    return change / peak(without.battery_energy)
