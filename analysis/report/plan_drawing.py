"""Where a plan's shots go: over charging times, bases and arms, and over exchange times."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.report.drawings import ASIDE, Drawing
from analysis.report.figures import MARKS, Sheet, drawing_style
from analysis.report.hover import Trace
from analysis.report.wording import grouped

__all__ = ["draw_shots"]

LOOKS = {"x": ("catalysed", "o"), "y": ("control", "s"), "z": ("gain", "^")}
PULSES = {"no π pulse": ("none", "o"), "π pulse before": ("pi", "s")}


def draw_shots(block: Mapping[str, Any], place: int) -> tuple[Drawing, ...]:
    """Draw the recommended shots of tomography and vacuum measurement, where either has any.

    `place` is the plan's number on the page. A setting with a single shot is there only to be
    complete, so a kind of which every setting has but one is left out.
    """
    shots = block["shots"]
    with drawing_style():
        drawings = (_tomography(shots, f"plan-{place}"), _vacuum(shots, f"plan-{place}-vacuum"))
    return tuple(drawing for drawing in drawings if drawing is not None)


def _tomography(shots: Mapping[str, Any], slug: str) -> Drawing | None:
    rows = {
        f"shots of each setting, {arm} arm": np.transpose(counts)
        for arm, counts in shots["arms"].items()
    }
    zero, one = (grouped(int(count)) for count in shots["calibration"])
    caption = (
        "On a logarithmic scale. Half of the laboratory's time goes where it lowers the variance"
        " most, the rest is uniform over the settings that the claim uses. Readout calibration:"
        f" {zero} and {one} shots of the prepared levels 0 and 1."
    )
    looks = {f"basis {name}": look for name, look in LOOKS.items()}
    return _drawing(rows, shots["times"], looks, slug, "charging", caption)


def _vacuum(shots: Mapping[str, Any], slug: str) -> Drawing | None:
    rows = {"shots of each setting": np.asarray(shots["vacuum"])}
    caption = "The vacuum measurement's settings, on a logarithmic scale."
    return _drawing(rows, shots["exchange_times"], PULSES, slug, "exchange", caption)


def _drawing(
    rows: Mapping[str, Any],
    at: Sequence[float],
    looks: Mapping[str, tuple[str, str]],
    slug: str,
    kind: str,
    caption: str,
) -> Drawing | None:
    """Draw a panel for each row of counts (kinds of setting, times); None if all are 0 or 1."""
    if max((np.max(counts, initial=0) for counts in rows.values()), default=0) <= 1:
        return None
    times, title = np.asarray(at, dtype=float), f"Where the shots go, by {kind} time"
    sheet = Sheet(*rows, xlabel=f"{kind} time (ns)")
    aside = ASIDE / 2 * float(np.ptp(times)) * (np.arange(len(looks)) - (len(looks) - 1) / 2)
    for row, counts in enumerate(rows.values()):
        for (words, look), shift, own in zip(looks.items(), aside, counts, strict=True):
            numbers = {"at": times, "value": own.astype(float), "aside": float(shift)}
            sheet.draw_counts(row, Trace(name=words, look=_style(look), **numbers), *look)
    keys = tuple((_style(look), words) for words, look in looks.items())
    svg = sheet.to_svg(slug, title, times)
    return Drawing(slug=slug, title=title, caption=caption, keys=keys, svg=svg, hover=sheet.hover())


def _style(look: tuple[str, str]) -> str:
    """Return a colour and a marker as a class of the style sheet."""
    colour, marker = look
    return f"{colour} {MARKS[marker]}"
