"""The explorer's page under drawn moves: sliders anywhere, and typed keys of any kind."""

import json
import warnings
from collections.abc import Mapping
from concurrent.futures import Future
from random import Random
from typing import Any

import numpy as np
from fuzz.mutate import mutate_text
from fuzz.values import draw_changes, toml
from test_explorer import Tab

from analysis.explorer.shown import show
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment

_MOVES = 8  # of one page
_LONGEST = 600  # characters of a sentence


class _Drawn:
    """Draws curves at once, and counts what became of them."""

    def __init__(self) -> None:
        self.curves, self.refused = 0, 0
        self.defects: list[str] = []

    def __call__(self, base: Experiment, changes: Mapping[str, Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                shown = show(base, changes)
        except CqedBatteryError as error:
            self.refused += 1
            if not str(error) or len(str(error)) > _LONGEST:
                self.defects.append(f"{changes}: a sentence of {len(str(error))} letters")
            future.set_exception(error)
        except Exception as error:
            self.defects.append(f"{changes}: {type(error).__name__}: {error}")
            future.set_exception(error)
        else:
            self.curves += 1
            finite = all(np.isfinite(v).all() for arm in shown.arms.values() for v in arm.values())
            if not finite:
                self.defects.append(f"{changes}: a curve that is not finite")
            future.set_result(shown)
        return future


def moves(pages: int, first: int = 100) -> dict[str, Any]:
    """Open so many pages of drawn files, and move each eight times.

    Args:
        pages: how many, those refused before they open among them.
        first: number of the first, from which it is drawn.
    """
    drawn, unopened, typed = _Drawn(), 0, 0
    for number in range(first, first + pages):
        rng = Random(number)
        try:
            tab = Tab(Experiment.from_text(toml(draw_changes(rng))), drawn)
        except CqedBatteryError:
            unopened += 1
            continue
        for _ in range(_MOVES):
            try:
                typed += _move(rng, tab)
            except Exception as error:
                drawn.defects.append(f"page {number}: {type(error).__name__}: {error}")
    return {
        "pages": pages,
        "unopened": unopened,
        "typed": typed,
        "curves": drawn.curves,
        "refused": drawn.refused,
        "defects": drawn.defects,
    }


def _move(rng: Random, tab: Tab) -> int:
    """Move a slider, type a key, or go back; return whether it was typed."""
    kind = rng.choices(("slide", "type", "back"), (5, 4, 1))[0]
    if kind == "slide":
        slider = rng.choice(list(tab.page.controls.sliders.values()))
        choices = getattr(slider, "categories", None)
        slider.value = rng.choice(choices) if choices else rng.uniform(slider.start, slider.end)
    elif kind == "type":
        key, value = rng.choice(list(draw_changes(rng).items()))
        text = f"{key} = {json.dumps(value)}"
        tab.page.type(text if rng.random() < 0.7 else mutate_text(rng, text))
    else:
        tab.page.back()
    tab.tick()
    return int(kind == "type")
