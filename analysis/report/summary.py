"""The top of the page: the verdict's cards and the line that sets the scene."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.report.material import Material
from analysis.report.wording import grouped, sentence, sigmas, typeset, value_text, with_interval

__all__ = ["Card", "all_three_card", "describe", "parts_of", "verdict_cards"]

CLAIMS = {
    "heat_current_negative": ("Energy leaves the battery early", "S", "ħω"),
    "ergotropy_gain": ("More ergotropy than the control", "difference", "ħω"),
    "vacuum_recovered": ("The resonator is back in its vacuum", "F", ""),
}
ALL_THREE = "All three together"
SYMBOLS = {"holds": "✓", "fails": "✗", "undecided": "?"}


@dataclass(frozen=True, kw_only=True)
class Card:
    """One observation: its outcome as a word, its number, its sentence."""

    title: str
    outcome: str
    symbol: str
    letter: str
    unit: str
    value: str
    interval: str
    sigmas: str
    statement: str
    expected: str


def verdict_cards(material: Material) -> list[Card]:
    """Return the cards of the three observations, in the order of the verdict."""
    verdict = material.results["verdict"]
    return [_card(verdict[key], *words) for key, words in CLAIMS.items()]


def all_three_card(material: Material) -> Card:
    """Return the card of the three observations together."""
    return _card(material.results["verdict"]["all_three"], ALL_THREE, "", "")


def parts_of(material: Material) -> list[Card]:
    """Return the ergotropy gain's parts: at the peak, on average, late."""
    parts = material.results["verdict"]["ergotropy_gain"].get("parts") or {}
    return [_card(part, name, "", "ħω") for name, part in parts.items() if part]


def describe(material: Material) -> str:
    """Say in one line what was measured: device, times, arms, shots."""
    parts = [_device_words(material), _time_words(material), _arm_words(material)]
    parts.append(_shot_words(material))
    return "; ".join(part for part in parts if part) + "."


def _card(entry: Mapping[str, Any], title: str, letter: str, unit: str) -> Card:
    value, interval = with_interval(entry.get("value"), entry.get("ci_low"), entry.get("ci_high"))
    outcome = str(entry["outcome"])
    return Card(
        title=title,
        outcome=outcome,
        symbol=SYMBOLS.get(outcome, "?"),
        letter=letter,
        unit=unit,
        value=value,
        interval=interval,
        sigmas=sigmas(entry.get("significance")),
        statement=sentence(str(entry.get("statement") or "")),
        expected=typeset(str(entry.get("expected") or "")),
    )


def _device_words(material: Material) -> str:
    asked = (
        ("transmon", "frequency_GHz", "transmon at {} GHz"),
        ("coupler", "g_on_MHz", "coupling g/2π {} MHz"),
        ("drive", "rabi_rate_MHz", "drive Ω/2π {} MHz"),
        ("resonator", "linewidth_MHz", "resonator linewidth κ/2π {} MHz"),
    )
    found = [(material.setting(section, key), words) for section, key, words in asked]
    words = ", ".join(w.format(value_text(v)) for v, w in found if v is not None)
    return words[:1].upper() + words[1:]


def _time_words(material: Material) -> str:
    times = material.times
    span = f"{value_text(float(times[0]))} to {value_text(float(times[-1]))} ns"
    return f"{len(times)} charging times from {span}"


def _arm_words(material: Material) -> str:
    if "control" in material.arms:
        return "with the resonator (catalysed) and with the coupler kept closed (control)"
    return "with the resonator (catalysed) only, no control arm"


def _shot_words(material: Material) -> str:
    shots = material.dataset.data_vars["counts"].sum("outcome")
    low, high = int(shots.min()), int(shots.max())
    each = grouped(low) if low == high else f"{grouped(low)} to {grouped(high)}"
    return f"{each} shots per setting, {grouped(int(shots.sum()))} in all"
