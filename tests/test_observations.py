"""The three observations: each of their names is written in one module, and means one thing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_imports import Modules, read_modules

from analysis.observations import ALL_THREE, GAIN, GAIN_MEASURES, HEAT, OBSERVATIONS, VACUUM
from analysis.planning.claims import FORMS
from analysis.report.figures.traces import COLOURS, MARKS
from cqed_battery.experiment import Analysis

HOME = "analysis.observations"
STYLE = Path(__file__).parents[1] / "analysis" / "report" / "templates"


def names() -> set[str]:
    """Return keys, titles, labels, claims and expectations of the table."""
    entries = (*OBSERVATIONS, ALL_THREE)
    words = {w for entry in entries for w in (entry.key, entry.title, entry.label, entry.expected)}
    return words | {each.claim for each in OBSERVATIONS} | {each.clause for each in (GAIN, VACUUM)}


def written(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module, those inside f-strings too, docstrings apart."""
    nodes = [node for node in ast.walk(tree) if hasattr(node, "body")]
    first = [node.body[0] for node in nodes if isinstance(node.body, list) and node.body]
    said = {id(node.value) for node in first if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def second_homes(modules: Modules) -> list[str]:
    """Return where a name of an observation is written outside its table."""
    wanted = names()
    return [
        f"{module} writes {text!r}"
        for module, tree in modules.items()
        if module != HOME
        for text in written(tree)
        if text in wanted
    ]


def test_names_are_written_in_one_module() -> None:
    """Keys, titles and labels stand as text in the table alone; the rest of the program asks it."""
    modules = read_modules()
    assert {HEAT.key, HEAT.title, HEAT.label} <= set(written(modules[HOME]))
    assert second_homes(modules) == []


def test_no_template_writes_a_title_or_a_key() -> None:
    """Pages get the observations' words from the table."""
    for file in STYLE.glob("*.j2"):
        text = file.read_text(encoding="utf-8")
        for entry in (*OBSERVATIONS, ALL_THREE):
            assert entry.key not in text
            assert entry.title not in text


@pytest.mark.parametrize(
    "source",
    [
        'x = results["verdict"]["ergotropy_gain"]',
        'TITLES = {"heat": "Energy leaves the battery early"}',
        'def f():\n    return f"{x}" + "J < 0 early"',
        'KEY = "all_three"',
        'CLAIM = "heat-current-negative"',
    ],
)
def test_a_second_home_is_found(source: str) -> None:
    """A small bad example of each kind is seen, so that silence means something."""
    assert second_homes({"analysis.other": ast.parse(source)}) != []


def test_names_in_docstrings_and_within_longer_words_are_let_pass() -> None:
    """Docstrings may speak of them, and functions may be called like them."""
    source = '"""all_three"""\ndef ergotropy_gain():\n    """J < 0 early"""\n    return "gains"'
    assert second_homes({"analysis.other": ast.parse(source)}) == []


def test_bars_colours_and_marks_exist() -> None:
    """A bar is a key of [analysis] or 0; what figures look like is theirs to draw."""
    options = Analysis(vacuum_fidelity_threshold=0.9)
    assert [each.bar_in(options) for each in OBSERVATIONS] == [0.0, 0.0, 0.9]
    style = (STYLE / "report.css").read_text(encoding="utf-8")
    for each in OBSERVATIONS:
        assert each.colour in COLOURS
        assert each.marker in MARKS
        assert f".patch.{each.look}" in style or f".{each.look}" in style


def test_plans_are_asked_for_under_the_same_names() -> None:
    """The claims of a plan begin with the observations' names, the gain's with its measures."""
    assert FORMS[0] == HEAT.claim
    found = {form.removeprefix(f"{GAIN.claim}-") for form in FORMS if form.startswith(GAIN.claim)}
    assert found == {"at:TIME_NS", *GAIN_MEASURES}
