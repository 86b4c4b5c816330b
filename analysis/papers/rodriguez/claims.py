"""Claims of Rodriguez et al. in the order of the paper; the first six are in `rodriguez_bare`."""

import xarray as xr

from analysis.papers.claim import Claim, Finding
from analysis.papers.rodriguez.claims_bare import BARE
from analysis.papers.rodriguez.claims_robustness import ROBUSTNESS
from analysis.papers.rodriguez.model import OscillatorCatalyst
from analysis.papers.rodriguez.moments import appendix_b
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
from cqed_battery.operators import ComplexArray

_TWICE = {"qubit_operator": "sigma_x - i sigma_y"}
_SMALL = 0.05  # of omega, what "almost no energy" allows


def noiseless_growth() -> Finding:
    """Test whether the catalysed energy grows as t^2 without loss."""
    what = "exponent of t over the last half"
    free = oscillator(400.0, **NO_LOSS).battery_energy
    joined = qubit(30.0, 31, **NO_LOSS).battery_energy
    return Finding(
        readings=(
            above("oscillator, g t up to 400", growth(free), 1.8, what),
            above("qubit, g t up to 30", growth(joined), 1.8, what),
        ),
        remark="C_- is driven alone: its energy is (F cos theta t)^2 with either catalyst.",
    )


def boost() -> Finding:
    """Compare the catalysed battery with the bare one under the same resonant laser, with loss."""
    alone = peak(bare().battery_ergotropy)
    what = "W_B at g t = 20 / largest W_B without catalyst"
    return Finding(
        readings=(
            above("oscillator", last_value(oscillator().battery_ergotropy) / alone, 2.0, what),
            above("qubit", last_value(qubit().battery_ergotropy) / alone, 2.0, what),
            above(
                "qubit, N(T) = 1",
                last_value(qubit(occupation=1.0).battery_ergotropy) / alone,
                2.0,
                what,
            ),
        ),
        remark="Against a bare battery whose laser is tuned to omega + g there is no boost: "
        f"{last_value(bare(laser_detuning=G).battery_ergotropy):.3g} omega at g t = 20 there, "
        f"{last_value(qubit().battery_ergotropy):.3g} with the qubit.",
    )


def lossy_growth() -> Finding:
    """Test whether the growth of Fig. 6 has no bound although the charger loses energy."""
    long, what = qubit(200.0, 41).battery_energy, "E_B at the end / at half of the time"
    warm = oscillator(200.0, 41, occupation=1.0).battery_energy
    return Finding(
        readings=(
            above("g t up to 20", _doubling(qubit().battery_energy), 1.5, what),
            above("g t up to 200", _doubling(long), 1.5, what),
            above("oscillator, N(T) = 1, g t up to 200", _doubling(warm), 1.5, what),
        ),
        remark=f"With the qubit the energy tends to {last_value(long):.4g} omega, 4 (F/gamma)^2. "
        "The text before Fig. 6 itself expects a bound with noise.",
    )


def _doubling(energies: xr.DataArray) -> float:
    return float(energies[-1] / energies[len(energies) // 2])


def catalyst_bound() -> Finding:
    """Compare the oscillator catalyst's energy with (F sin theta)^2 / (g_aq^2 + g_bq^2)."""
    weak, what = 0.02, "largest E_C / bound"
    unit, smaller = 0.1**2 * 0.5 / (2 * G**2), weak**2 * 0.5 / (2 * G**2)
    cold, free = oscillator(), oscillator(**NO_LOSS)
    warm = oscillator(occupation=1.0, drive=weak)
    return Finding(
        readings=(
            below("no loss", peak(free.catalyst_energy) / unit, 10.0, what),
            below("with loss, N(T) = 0", peak(cold.catalyst_energy) / unit, 10.0, what),
            below(
                "with loss, N(T) = 1, F = 0.02 omega",
                peak(warm.catalyst_energy) / smaller,
                10.0,
                what,
            ),
        ),
        remark=f"The bound is {unit:.4g} omega at F = 0.1 omega; the catalyst reaches four times "
        "as much without loss. At N(T) = 1 heat, not the laser, brings it to "
        f"{peak(warm.catalyst_energy):.3g} omega by g t = 20.",
    )


def qubit_energy() -> Finding:
    """Compare the qubit catalyst's energy with zero, and with what the battery holds."""
    cold, warm, twice = qubit(), qubit(occupation=1.0), qubit(**_TWICE)
    ratio = last_value(cold.catalyst_energy / cold.battery_energy)
    what, mean = "largest E_C up to g t = 20", "mean E_C up to g t = 20"
    return Finding(
        readings=(
            below("peak, q = sigma_-", peak(cold.catalyst_energy), _SMALL, what, "omega"),
            below("peak, q = 2 sigma_-", peak(twice.catalyst_energy), _SMALL, what, "omega"),
            below("mean", float(cold.catalyst_energy.mean()), _SMALL, mean, "omega"),
            below("share of the battery's at g t = 20", ratio, _SMALL, "E_C / E_B"),
            below("mean, N(T) = 1", float(warm.catalyst_energy.mean()), _SMALL, mean, "omega"),
        ),
        remark="A qubit cannot hold more than omega. At N(T) = 1 heat brings it to a third.",
    )


def factorised_moments() -> Finding:
    """Compare second moments with products of first ones, for B4 mended and as printed."""
    model, t = OscillatorCatalyst(), times(20.0, 101)
    found = {b4: _departure(appendix_b(model, t, b4=b4)) for b4 in ("mended", "as printed")}
    least = float(appendix_b(model, t, b4="as printed")["a'a"].real.min())
    what = "largest |<X Z> - <X><Z>|"
    return Finding(
        readings=(
            below("normal-ordered X Z, B4's sign mended", found["mended"], 1e-6, what),
            below("normal-ordered X Z, B4 as printed", found["as printed"], 1e-6, what),
            below("all X and Z, a a' among them", 1.0 + found["mended"], 1e-6, what),
        ),
        remark="[a, a'] = 1 alone keeps <a a'> from factorising. With B4 as printed the charger's "
        f"photon number falls to {least:.3g}.",
    )


def _departure(moments: dict[str, ComplexArray]) -> float:
    a, b, q = (moments[name] for name in ("a", "b", "q"))
    products = {
        "a'a": a.conj() * a,
        "b'b": b.conj() * b,
        "q'q": q.conj() * q,
        "a'q": a.conj() * q,
        "b'q": b.conj() * q,
        "ab'": a * b.conj(),
    }
    return max(float(abs(moments[name] - value).max()) for name, value in products.items())


def product_state() -> Finding:
    """Test whether the state with the qubit is a product: its parts pure and uncorrelated."""
    cold, twice = qubit(), qubit(**_TWICE)
    what = "largest total correlation"
    late = last_value(cold.total_correlation)
    return Finding(
        readings=(
            below("q = sigma_-", peak(cold.total_correlation), _SMALL, what, "nat"),
            below("q = 2 sigma_-", peak(twice.total_correlation), _SMALL, what, "nat"),
            below("q = sigma_-, at g t = 20", late, _SMALL, "total correlation", "nat"),
            above("purity of the qubit", float(cold.qubit_purity.min()), 0.95, "least purity"),
        ),
        remark="Total correlation is the sum of the parts' entropies less that of the whole. At "
        f"N(T) = 1 it reaches {peak(qubit(occupation=1.0).total_correlation):.3g} nat.",
    )


def lossy_catalyst() -> Finding:
    """Compare Fig. 7 with Fig. 6: the battery's energy with and without loss of the qubit."""
    readings = []
    for name, setting in {"q = sigma_-": {}, "q = 2 sigma_-": _TWICE}.items():
        without, with_loss = qubit(**setting), qubit(catalyst_loss=0.05, **setting)
        change = peak(abs(with_loss.battery_energy - without.battery_energy))
        share = change / peak(without.battery_energy)
        readings.append(below(name, share, 0.1, "largest change of E_B / largest E_B"))
    return Finding(readings=tuple(readings))


_CATALYSIS = (
    Claim(
        key="R7",
        place="Catalysis, after Eq. 13",
        says="Without noise the catalyst lets the battery's energy grow without limit.",
        command="cqed-battery paper R --figure 6a --set loss=0",
        compute=noiseless_growth,
    ),
    Claim(
        key="R8",
        place="Catalysis, after Eq. 13",
        says="With noise the energy transfer is still boosted significantly.",
        command="cqed-battery paper R --figure 6a",
        compute=boost,
    ),
    Claim(
        key="R9",
        place="Catalysis, Fig. 6",
        says="With loss of the charger alone, energy and ergotropy grow with no bound.",
        command="cqed-battery paper R --figure S",
        compute=lossy_growth,
    ),
    Claim(
        key="R10",
        place="Catalysis, after Eq. 14",
        says="An oscillator catalyst stores energy of the order of "
        "(F sin theta)^2 / (g_aq^2 + g_bq^2), which is negligible.",
        command="cqed-battery paper R --figure S",
        compute=catalyst_bound,
    ),
    Claim(
        key="R11",
        place="Catalysis, Fig. 6",
        says="A qubit catalyst stores almost no energy during the whole process.",
        command="cqed-battery paper R --figure 6b",
        compute=qubit_energy,
    ),
    Claim(
        key="R12",
        place="Appendix B, Eq. B10",
        says="With an oscillator catalyst all second moments are products of first moments.",
        command="cqed-battery paper R --figure S",
        compute=factorised_moments,
    ),
    Claim(
        key="R13",
        place="Catalysis, Fig. 6",
        says="With a qubit catalyst, too, the state of the whole is a product.",
        command="cqed-battery paper R --figure 6a",
        compute=product_state,
    ),
    Claim(
        key="R14",
        place="Catalysis, Fig. 7",
        says="Loss of the qubit catalyst does not change the result considerably.",
        command="cqed-battery paper R --figure 7",
        compute=lossy_catalyst,
    ),
)

CLAIMS: tuple[Claim, ...] = (*BARE, *_CATALYSIS, *ROBUSTNESS)
