"""The pages in a real browser: quiet, offline, readable under the pointer, fit for any window."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Tab, browser_tab, find_browser
from fake_searches import ONE, write_search
from fakes import fake_run
from test_run_list import write_runs

from analysis.report import write_report
from analysis.report.comparison import write_comparison
from analysis.report.design.page import write_design_report
from analysis.results import save_results
from cqed_battery import report
from cqed_battery.files.datasets import save_dataset

PROGRAM = find_browser()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")

WIDE, PHONE = (1200, 900), (390, 844)
A4 = (718, 1047)  # pixels of the sheet within margins of 1 cm
LONGER = 100  # pixels: sentences of a real run take so much more than those of the made-up one
FIGURES = {"run": 9, "comparison": 16, "design": 3, "one key": 2}
PAGES = list(FIGURES)
SHORT = "document.documentElement.scrollWidth <= innerWidth"
TIP = "#{slug} .tip:not([hidden])"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run's report, two runs side by side, and the pages of two searches."""
    root = tmp_path_factory.mktemp("pages")
    for name, how in (("first", {}), ("second", {"truth": False})):
        results, dataset = fake_run(**how)
        save_results(results, root / name / "results.json")
        save_dataset(dataset, root / name / "dataset.nc")
        write_report(results, dataset, root / name / "report.html")
    write_comparison((root / "first", root / "second"), root / "beside.html")
    write_search(root / "search")
    write_search(root / "one key", ONE, side=0)
    return {
        "run": root / "first" / "report.html",
        "comparison": root / "beside.html",
        "design": write_design_report(root / "search"),
        "one key": write_design_report(root / "one key"),
    }


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """One tab of one browser for all tests."""
    assert PROGRAM is not None
    with browser_tab(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def show(tab: Tab, pages: dict[str, Path]) -> Any:
    """Open one of the pages in a window of a size, light and on a screen."""

    def opened(name: str, size: tuple[int, int] = WIDE) -> Tab:
        tab.medium()
        tab.size(*size)
        tab.open(pages[name])
        return tab

    return opened


def complaints(tab: Tab) -> list[Any]:
    """Return what the page wrote to the console, and what the browser says against it."""
    names = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    return [event for name in names for event in tab.named(name)]


def box(tab: Tab, selector: str) -> list[float]:
    """Return left, top, width and height of an element in the window."""
    found: list[float] = tab.ask(
        f"(({{x, y, width, height}}) => [x, y, width, height])"
        f"(document.querySelector('{selector}').getBoundingClientRect())"
    )
    return found


def point_at(tab: Tab, slug: str, across: float, down: float) -> str:
    """Point at a place of a figure, in parts of it, and return what is shown there."""
    tab.ask(f"document.getElementById('{slug}').scrollIntoView({{block: 'center'}})")
    left, top, width, height = box(tab, f"#{slug} .plot > svg")
    tab.point(left + across * width, top + down * height)
    return shown(tab, slug)


def shown(tab: Tab, slug: str) -> str:
    """Return the text of a figure's read-out, empty where none is shown."""
    found = tab.ask(f"document.querySelector('{TIP.format(slug=slug)}')?.innerText ?? ''")
    return re.sub(r"\s+", " ", found)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_in_silence(show: Any, pages: dict[str, Path], name: str) -> None:
    """No word on the console, no request but the file itself, and every figure has a size."""
    tab = show(name)
    assert complaints(tab) == []
    asked = [event["request"]["url"] for event in tab.named("Network.requestWillBeSent")]
    assert asked == [pages[name].as_uri()]
    sizes = tab.ask(
        "[...document.querySelectorAll('figure .plot > svg')].map((svg) => "
        "[svg.getBoundingClientRect().width, svg.getBoundingClientRect().height])"
    )
    assert len(sizes) == FIGURES[name]
    assert all(width > 300 and height > 150 for width, height in sizes)


def test_the_policy_lets_no_other_script_run(show: Any) -> None:
    """A script that came in with a text would be refused; nor is anything loaded."""
    tab = show("run")
    tab.ask(
        "(() => { const bad = document.createElement('script'); bad.textContent = 'window.bad = 1';"
        " document.body.append(bad); fetch('https://example.org').catch(() => {}); })()"
    )
    assert tab.ask("window.bad ?? null") is None
    assert any("Content Security Policy" in str(complaint) for complaint in complaints(tab))


@pytest.mark.parametrize("prefix", ["", "a-"])
def test_pointing_reads_value_and_interval(show: Any, prefix: str) -> None:
    """At a time, J of both arms with its interval and the truth are those of the results."""
    results, dataset = fake_run()
    tab = show("comparison" if prefix else "run")
    text = point_at(tab, f"{prefix}heat", 0.5, 0.3)
    match = re.search(r"charging time \(ns\): (\d+)", text)
    assert match
    at = results["times"].index(float(match[1]))
    for arm in ("catalysed", "control"):
        block = results["arms"][arm]["heat_current"]
        words = [f"{block[key][at]:.4f}" for key in ("value", "ci_low", "ci_high")]
        value, low, high = (word.replace("-", "\N{MINUS SIGN}") for word in words)
        assert f" {arm} {value} {low} to {high}" in text
        truth = float(dataset["truth"]["heat_current"].sel(arm=arm)[at])
        told = re.search(rf"{arm}, truth ([−\d.]+)", text)
        assert told
        assert float(told[1].replace("−", "-")) == pytest.approx(truth, abs=5e-4)


def test_the_mark_stands_where_the_value_is_drawn(show: Any) -> None:
    """The dot under the pointer covers the drawn one of the same time."""
    tab = show("run")
    assert "charging time (ns): " in point_at(tab, "energy", 0.55, 0.3)
    distance = tab.ask(
        "(() => { const at = (e) => [e.getBoundingClientRect().x + e.getBoundingClientRect().width"
        " / 2, e.getBoundingClientRect().y + e.getBoundingClientRect().height / 2];"
        " const marks = [...document.querySelectorAll('#energy .cursor circle')].map(at);"
        " const drawn = '#energy g[clip-path] use:not([x=\"0\"])';"  # neither ticks nor bands
        " const dots = [...document.querySelectorAll(drawn)].map(at);"
        " return Math.min(...marks.map((m) => Math.min(...dots.map((d) =>"
        " Math.hypot(m[0] - d[0], m[1] - d[1])))));})()"
    )
    assert distance < 0.5


def test_pointing_at_a_map_reads_its_nearest_place(show: Any) -> None:
    """Where a search's regions are drawn, the nearest place tells its three sigmas."""
    text = point_at(show("design"), "where", 0.6, 0.4)
    for words in ("drive less transmon (MHz)", "J < 0 early (σ)", "resonator back in vacuum (σ)"):
        assert re.search(re.escape(words) + r" −?\d", text)
    assert "gain (ħω)" in point_at(show("design"), "front", 0.3, 0.4)


def test_the_arrow_keys_read_point_by_point(show: Any) -> None:
    """From the keyboard alone: the first time, the next, the panel below, and away again."""
    tab = show("run")
    tab.ask("document.querySelector('#heat .plot').focus()")
    for key, words in (
        ("ArrowRight", "heat current J (ħω/ns; below 0: leaving) charging time (ns): 0 "),
        ("ArrowRight", "charging time (ns): 1 "),
        ("ArrowDown", "S, its integral from the start (ħω) charging time (ns): 1 "),
        ("End", "charging time (ns): 60 "),
    ):
        tab.press(key)
        assert words in shown(tab, "heat")
    tab.press("Escape")
    assert shown(tab, "heat") == ""


def test_a_list_of_runs_sorts_by_what_is_clicked(tab: Tab, tmp_path: Path) -> None:
    """A verdict by its standard errors, highest first, then lowest; what is missing comes last."""
    write_runs(tmp_path)
    tab.medium()
    for size in (WIDE, PHONE):
        tab.size(*size)
        tab.open(report(tmp_path, every=True))
        assert tab.ask(SHORT)
        assert complaints(tab) == []
        orders = []
        for head in ("Run", "Run", "More ergotropy than the control", "Day"):
            tab.ask(
                "[...document.querySelectorAll('th button')]"
                f".find((button) => button.textContent === '{head}').click()"
            )
            orders.append(
                tab.ask(
                    "[...document.querySelectorAll('.runs tbody tr')]"
                    ".map((row) => row.querySelector('.soft').textContent.split(',')[0])"
                )
            )
        assert [order[0] for order in orders] == ["laboratory", "least", "one run", "least"]
        assert [order[-1] for order in orders] == ["one run", "laboratory", "least", "one run"]


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_the_page_without_sideways_scrolling(show: Any, name: str) -> None:
    """Nothing is wider than a phone, also while a value is shown."""
    tab = show(name, PHONE)
    assert tab.ask(SHORT)
    slug = tab.ask("document.querySelector('figure:has(.plot)').id")
    for across in (0.2, 0.6, 0.95):
        assert point_at(tab, slug, across, 0.25)
        assert tab.ask(SHORT)
        left, _, width, _ = box(tab, TIP.format(slug=slug))
        assert left >= 0
        assert left + width <= PHONE[0]
    assert complaints(tab) == []


@pytest.mark.parametrize("name", PAGES)
def test_dark_mode_is_dark_and_paper_is_light(show: Any, name: str) -> None:
    """The scheme turns paper and ink of page and figures; printing hides what cannot be used."""
    tab = show(name)
    probe = (
        "['body', 'figure svg text'].map((each) => getComputedStyle(document.querySelector(each))"
        "[each === 'body' ? 'backgroundColor' : 'fill'].match(/\\d+/g).slice(0, 3).map(Number))"
    )
    paper, ink = tab.ask(probe)
    assert min(paper) > 200
    assert max(ink) < 80
    tab.medium(scheme="dark")
    paper, ink = tab.ask(probe)
    assert max(paper) < 80
    assert min(ink) > 200
    assert point_at(tab, tab.ask("document.querySelector('figure:has(.plot)').id"), 0.5, 0.25)
    tab.medium("print", "dark")
    assert max(tab.ask(probe)[1]) < 80
    assert tab.ask("getComputedStyle(document.querySelector('.tip')).display") == "none"
    assert tab.ask(SHORT)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints(show: Any, name: str) -> None:
    """The print-out is a PDF of a few sheets."""
    tab = show(name)
    printed = tab.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
    whole = base64.b64decode(printed["data"])
    assert whole.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", whole)) <= 12
    assert complaints(tab) == []


def test_the_first_sheet_shows_the_observations(show: Any) -> None:
    """On A4 the verdict and its three figures share the first sheet, which is not half empty."""
    tab = show("run", A4)
    tab.medium("print")
    ends = tab.ask(
        "['heat', 'ergotropy', 'vacuum'].map((name) =>"
        " document.getElementById(name).getBoundingClientRect().bottom)"
    )
    assert max(ends) < A4[1] - LONGER
