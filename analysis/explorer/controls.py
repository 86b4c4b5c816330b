"""The sliders of the page, a field for any other key, and its two buttons."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bokeh.models import (
    Button,
    CategoricalSlider,
    Column,
    CustomJS,
    Div,
    InlineStyleSheet,
    Row,
    Slider,
    TextInput,
)

from analysis.explorer.knobs import Knob, groups
from cqed_battery.experiment import Experiment

_HERE = Path(__file__).parent
_DOWNLOAD = """
if (saved.text === "") return;
const link = document.createElement("a");
link.href = URL.createObjectURL(new Blob([saved.text], {type: "application/toml"}));
link.download = name;
document.body.append(link);
link.click();
link.remove();
setTimeout(() => URL.revokeObjectURL(link.href), 1000);
"""


def style(name: str) -> InlineStyleSheet:
    """Return a style sheet of this folder for models of bokeh.

    Args:
        name: of the file.
    """
    return InlineStyleSheet(css=(_HERE / name).read_text(encoding="utf-8"))


class Controls:
    """What the user moves and presses.

    Args:
        knobs: a slider each.
        experiment: what they stand at in the beginning.
        file_name: under which an experiment is saved.
        turned: called with the changes by key that a slider means.
        typed: called with the text of the field for any key.
        back: called to go back to the file.
        text: returns the experiment file to save.
    """

    def __init__(
        self,
        knobs: tuple[Knob, ...],
        experiment: Experiment,
        file_name: str,
        *,
        turned: Callable[[Mapping[str, Any]], None],
        typed: Callable[[str], None],
        back: Callable[[], None],
        text: Callable[[], str],
    ) -> None:
        self._knobs, self._turned, self._quiet = knobs, turned, False
        self._look = [style("widgets.css")]
        self.sliders = {knob.key: self._slider(knob, experiment) for knob in knobs}
        self.field = TextInput(
            name="field",
            title="any key of the file",
            placeholder="transmon.levels = 4",
            sizing_mode="stretch_width",
            stylesheets=self._look,
        )
        self.field.on_change("value", lambda _attr, _old, new: typed(new) if new else None)
        # Holds the text to download, and never shows it.
        self.saved = Div(name="saved", visible=False, render_as_text=True)
        download = CustomJS(args={"saved": self.saved, "name": file_name}, code=_DOWNLOAD)
        self.saved.js_on_change("text", download)
        self.save = self._button("Save as file", "save")
        self.save.on_click(lambda: self._write(text()))
        self.back = self._button("Back to file", "back")
        self.back.on_click(back)

    def layout(self) -> Column:
        """Return all of them under each other, the buttons on top."""
        words = [style("words.css")]
        buttons = Row(children=[self.save, self.back], sizing_mode="stretch_width")
        parts: list[Any] = [buttons]
        for name, knobs in groups(self._knobs):
            heading = f'<p class="group">{name}</p>'
            parts.append(Div(text=heading, stylesheets=words, sizing_mode="stretch_width"))
            parts += [self.sliders[knob.key] for knob in knobs]
        parts += [self.field, self.saved]
        return Column(name="knobs", children=parts, sizing_mode="stretch_width", spacing=4)

    def follow(self, experiment: Experiment) -> None:
        """Let the sliders stand at an experiment's values.

        Args:
            experiment: that is shown.
        """
        self._quiet = True
        try:
            for knob in self._knobs:
                self._set(knob, knob.value(experiment))
        finally:
            self._quiet = False

    def _slider(self, knob: Knob, experiment: Experiment) -> Slider | CategoricalSlider:
        value, shared = knob.value(experiment), self._shared(knob)
        slider: Slider | CategoricalSlider
        if knob.choices:
            words = [str(choice) for choice in knob.choices]
            slider = CategoricalSlider(categories=words, value=str(int(value)), **shared)
        else:
            ends = {"start": knob.low, "end": knob.high, "step": knob.step}
            slider = Slider(value=value, format="0[.][000]", **ends, **shared)
        slider.on_change("value", lambda _attr, _old, new: self._moved(knob, new))
        return slider

    def _shared(self, knob: Knob) -> dict[str, Any]:
        return {
            "title": knob.title,
            "name": knob.key,
            "sizing_mode": "stretch_width",
            "stylesheets": self._look,
            "margin": (2, 8, 2, 8),
        }

    def _button(self, label: str, name: str) -> Button:
        look = {"sizing_mode": "stretch_width", "stylesheets": self._look, "margin": 3}
        return Button(label=label, name=name, **look)

    def _set(self, knob: Knob, value: float) -> None:
        """Let a slider stand at a value, which its range then holds."""
        slider, held = self.sliders[knob.key], knob.around(value)
        if knob.choices:
            words = [str(choice) for choice in held.choices]
            slider.update(categories=words, value=str(int(value)))
        else:
            slider.update(
                start=min(slider.start, held.low), end=max(slider.end, held.high), value=value
            )

    def _write(self, text: str) -> None:
        """Let the browser download a text, also when it is the same as before."""
        self.saved.text = ""
        self.saved.text = text

    def _moved(self, knob: Knob, value: Any) -> None:
        if not self._quiet:
            self._turned({knob.key: int(value) if knob.whole else float(value)})
