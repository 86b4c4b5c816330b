"""One tab of the explorer: its sliders, what is computed of them, and what is drawn."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from bokeh.document import Document
from bokeh.models import ColumnDataSource, Div
from jinja2 import Template

from analysis.explorer import cards
from analysis.explorer.controls import Controls, style
from analysis.explorer.figures import AXES, FIDELITY, bar_of, curve_data, panel_figure, panels_of
from analysis.explorer.knobs import knobs_of
from analysis.explorer.newest import Newest, Submit
from analysis.explorer.shown import Shown
from analysis.explorer.steps import Steps, steps_words
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.set_values import set_values

_HERE = Path(__file__).parent
_REST_MS = 400  # without a move, after which the verdict is computed
_LATE_MS = 250  # after which the page says that curves are being computed
_MUST = "the field must be KEY = VALUE, such as coupler.g_on_MHz = 40"
_COMPUTING = '<p class="computing">Computing the curves …</p>'
_MISTAKE = (
    "this program made a mistake ({}), which the terminal that serves this page describes; move"
    " the slider back"
)


class Page:
    """A tab's state: the file, what was changed of it, and what is shown.

    Args:
        document: of the session.
        first: what is shown of the file.
        file_name: the file's name.
        draw: computes what is shown, of the file and changes by key.
        judge: computes the expected verdict of an experiment.
        moved: called with each experiment that is shown.
    """

    def __init__(
        self,
        document: Document,
        first: Shown,
        file_name: str,
        *,
        draw: Submit,
        judge: Submit,
        moved: Callable[[Experiment], None],
    ) -> None:
        self.document, self.base, self.shown = document, first.experiment, first
        self.changes: dict[str, Any] = {}
        self._moved, self._timers = moved, dict[str, Any]()
        self._curves = Newest(draw, self._deliver(self._take_curves))
        self._verdicts = Newest(judge, self._deliver(self._take_verdict))
        self._asked = 0  # the number of the curves asked for last
        self._refit: int | None = None  # and of those whose values the sliders have to take
        self.controls = Controls(
            knobs_of(self.base),
            self.base,
            f"{Path(file_name).stem}-explored.toml",
            turned=self.turn,
            typed=self.type,
            back=self.back,
            text=lambda: self.shown.experiment.to_toml(),
        )
        self.source = ColumnDataSource(curve_data(first), name="curves")
        self.bar = bar_of(self.base)
        self.figures = [
            panel_figure(panel, self.source, self.base) for panel in panels_of(self.base)
        ]
        self.figures[FIDELITY].add_layout(self.bar)
        self.steps = Steps(first.sequence)
        self.said, self.verdict, self.words = map(self._div, ("said", "verdict", "steps_words"))
        self._lay_out(file_name)
        self._write(first)
        self._judge()

    def turn(self, changes: Mapping[str, Any]) -> None:
        """Ask for the curves of the file with some values changed, besides those before.

        Args:
            changes: values by key.
        """
        self.changes.update(changes)
        self._ask()

    def type(self, text: str) -> None:
        """Take a change of any key as text.

        Args:
            text: "coupler.g_on_MHz = 40".
        """
        try:
            changes = set_values([text], _MUST)
        except CqedBatteryError as error:
            self.said.text = cards.refusal(str(error))
            return
        self.turn(changes)
        self._refit = self._asked

    def back(self) -> None:
        """Go back to the file."""
        self.changes = {}
        self.controls.field.value = ""
        self._ask()
        self._refit = self._asked

    def close(self) -> None:
        """Ask for nothing any more."""
        self._curves.close()
        self._verdicts.close()

    def _ask(self) -> None:
        self._verdicts.forget()
        self._stop("rest")
        self._asked = self._curves.ask(self.base, dict(self.changes))
        if "late" not in self._timers:
            self._start("late", _LATE_MS, self._say_late)

    def _say_late(self) -> None:
        self.said.text = _COMPUTING

    def _take_curves(self, future: "Future[Shown]", number: int, newest: bool) -> None:
        error = future.exception()
        if newest:
            self._stop("late")
            self.said.text = cards.refusal(_sentence(error))
        if error is not None:
            return
        self.document.hold("combine")
        self._write(future.result())
        self.document.unhold()
        # After the hold, which would call the sliders only when they are no longer being led; and
        # not by curves that were asked for before the key was typed.
        if self._refit is not None and number >= self._refit:
            self._refit = None
            self.controls.follow(self.shown.experiment)
        if newest:
            self._moved(self.shown.experiment)
            self._start("rest", _REST_MS, self._judge)

    def _write(self, shown: Shown) -> None:
        """Draw what is shown; its verdict is not there yet."""
        before, experiment, self.shown = self.shown.experiment, shown.experiment, shown
        self.source.data = curve_data(shown)
        self.steps.show(shown.sequence)
        self.words.text = f'<p class="note">{escape(steps_words(shown.sequence))}</p>'
        self._show_verdict(cards.pending_cards())
        if experiment.axis is not before.axis:
            for figure in self.figures:
                figure.xaxis.axis_label = experiment.axis.label
        self.bar.location = experiment.analysis.vacuum_fidelity_threshold

    def _judge(self) -> None:
        self._timers.pop("rest", None)
        self._verdicts.ask(self.shown.experiment)

    def _take_verdict(self, future: "Future[Any]", _number: int, newest: bool) -> None:
        if not newest:
            return
        error = future.exception()
        if error is None:
            self._show_verdict(cards.verdict_cards(future.result()))
        else:
            self._show_verdict(cards.sentence_card(_sentence(error)))

    def _show_verdict(self, html: str) -> None:
        self.verdict.text = cards.board(cards.cost_card(self.shown) + html)

    def _deliver(self, take: Callable[..., None]) -> Callable[["Future[Any]", int, bool], None]:
        """Return what hands a finished call to the session's own thread."""

        def deliver(future: "Future[Any]", number: int, newest: bool) -> None:
            self.document.add_next_tick_callback(partial(take, future, number, newest))

        return deliver

    def _start(self, name: str, after_ms: int, what: Callable[[], None]) -> None:
        self._stop(name)
        self._timers[name] = self.document.add_timeout_callback(what, after_ms)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer in self.document.session_callbacks:
            self.document.remove_timeout_callback(timer)

    def _div(self, name: str) -> Div:
        look = [style("words.css")]
        return Div(name=name, stylesheets=look, sizing_mode="stretch_width", margin=0)

    def _lay_out(self, file_name: str) -> None:
        text = (_HERE / "page.html.j2").read_text(encoding="utf-8")
        self.document.template = Template(text)
        self.document.template_variables.update(
            style=(_HERE / "page.css").read_text(encoding="utf-8"),
            file=file_name,
            panels=[
                (p.name, p.title, AXES if len(p.curves) > 1 else {}) for p in panels_of(self.base)
            ],
        )
        self.document.title = self.base.title or "Explorer"
        roots = (self.controls.layout(), self.said, self.verdict, *self.figures)
        for root in (*roots, self.steps.figure, self.words):
            self.document.add_root(root)


def _sentence(error: BaseException | None) -> str:
    """Return what the page says of an error; a mistake of this program goes to the log."""
    if error is None:
        return ""
    if isinstance(error, CqedBatteryError):
        return str(error).rstrip(".")
    if isinstance(error, MemoryError):
        return "this does not fit into the memory of this machine: ask for fewer levels or times"
    logging.getLogger("cqed_battery").error("the explorer", exc_info=error)
    return _MISTAKE.format(type(error).__name__)
