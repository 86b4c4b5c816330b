"""What a search's page says in words: its titles and the lines under them."""

from analysis.report.design.found import Found, key_words
from analysis.report.formatting import number, sentence

__all__ = ["best_line", "describe", "wall_title"]

EQUALS = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
KINDS = {
    "significance": "the smallest of the three observations' sigmas within the hours",
    "sustained-gain": "the gain that stays, with F above its bar",
    "peak-gain": "the gain at the peak",
    "hours-to-5-sigma": "few hours until all three observations hold",
}


def wall_title(found: Found) -> str:
    """Return the title of the picture, which says whether all three hold anywhere in it."""
    if found.anywhere:
        return "Where all three observations hold together"
    return "Nowhere here do all three hold together"


def describe(found: Found) -> str:
    """Say in one line what was searched: the box, how many points, what for."""
    wanted, box = found.results["objective"], found.results["box"]
    return (
        f"A box of {len(box)} {'key' if len(box) == 1 else 'keys'}, "
        f"{len(found.exact)} points evaluated, searched for {KINDS[wanted['kind']]}. Asked for:"
        f" a gain of {wanted['least_gain']:g} ħω late and as a window mean,"
        f" F ≥ {wanted['least_fidelity']:g}, S < 0 by {wanted['early_ns']:g} ns, each by"
        f" {wanted['sigmas']:g} sigmas, within {wanted['hours']:g} h in the laboratory."
    )


def best_line(found: Found) -> str:
    """Return the best point in one line: where it lies and what it gives."""
    best = found.results["best"][0]
    where = ", ".join(_setting(key, best["values"][key]) for key in found.axes)
    return sentence(
        f"best point: {where}; gain {number(best['late_gain'], 2)} ħω late,"
        f" F{EQUALS}{number(best['fidelity'], 3)}, S{EQUALS}{number(best['heat'], 2)} ħω"
    )


def _setting(key: str, value: float) -> str:
    words, unit = key_words(key)
    return f"{words} {value:.4g} {unit}".strip()
