"""The report as a file: whole, offline, escaped, repeatable, fit for every window."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from fakes import fake_run
from pages import Element, read_page

from analysis.report import write_report
from analysis.results import ResultsError
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import load_dataset, save_dataset

WITHOUT_EXCHANGE = ["heat", "ergotropy", "vacuum", "energy", "bloch", "path", "device", "sequence"]
WITH_ALL = [*WITHOUT_EXCHANGE, "exchange"]
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "everything": ({}, WITH_ALL),
    "no control arm": ({"control": False}, WITH_ALL),
    "no vacuum measurement": ({"vacuum": False}, WITHOUT_EXCHANGE),
    "laboratory": ({"truth": False}, WITH_ALL),
    "least": ({"truth": False, "control": False, "vacuum": False}, WITHOUT_EXCHANGE),
    "four times": ({"points": 4}, WITH_ALL),
    "a thousand times": ({"points": 1000}, WITH_ALL),
}

Run = tuple[dict[str, Any], xr.DataTree]


def page_of(run: Run, folder: Path) -> str:
    path = folder / "report.html"
    write_report(*run, path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(fake_run(), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read_page(html)


@pytest.mark.parametrize("case", CASES)
def test_page_is_whole_for_every_kind_of_run(case: str, tmp_path: Path) -> None:
    """Tags balance and the figures that can be drawn are there, whatever was measured."""
    settings, figures = CASES[case]
    page = read_page(page_of(fake_run(**settings), tmp_path))
    drawn = [f.attributes["id"] for f in page.all("figure") if f.all("svg")]
    assert drawn == figures
    assert len(page.all("svg")) == len(figures)


def test_page_asks_for_nothing_outside_itself(html: str, page: Element) -> None:
    """No element, attribute or style rule points to the network or to another file."""
    assert not {e.tag for e in page.walk()} & {"link", "img", "iframe", "object", "base"}
    pointers = [
        (name, value)
        for element in page.walk()
        for name, value in element.attributes.items()
        if name in {"src", "srcset", "data", "action"} or name.endswith("href")
    ]
    assert pointers
    assert all(name == "href" and value.startswith("#") for name, value in pointers)
    assert re.findall(r"url\((?!#)", html) == []
    assert "@import" not in html
    assert "://" not in html


def test_page_forbids_the_browser_to_load_or_run_anything_else(html: str, page: Element) -> None:
    """A policy in the page itself blocks every request, and every script but its own."""
    (policy,) = [
        meta.attributes["content"]
        for meta in page.all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.S)
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{own}'"
    assert policy == rules
    assert [element.attributes for element in page.all("script")] == [{}]


def test_references_inside_the_page_resolve_to_one_element_each(html: str, page: Element) -> None:
    """Identifiers are unique over all figures, and no drawing borrows another's shapes."""
    names = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
    assert len(names) == len(set(names))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', html))
    assert used
    assert used <= set(names)
    for figure in page.all("figure"):
        slug = figure.attributes["id"]
        uses = [e.attributes["href"] for e in figure.all("use")]
        assert all(href.startswith(f"#{slug}-") for href in uses)


HOSTILE = "<script>alert(1)</script>&\"'"


def _poison(results: dict[str, Any], dataset: xr.DataTree) -> None:
    """Put a hostile text wherever a user or a file can put one."""
    results["kind"] = results["sign_convention"] = HOSTILE
    results["versions"] = {HOSTILE: HOSTILE}
    results["checks"] = {HOSTILE: {"outcome": HOSTILE, "statement": HOSTILE}}
    for claim in results["verdict"].values():
        claim |= {"statement": HOSTILE, "expected": HOSTILE}
    for arm in results["arms"].values():
        for name in ("energy", "envelope", "density_matrix"):
            arm[name]["method"] = HOSTILE
    dataset.attrs["experiment"] = f"[transmon]\nnote = '''{HOSTILE}'''\n"
    dataset.attrs["versions"] = f'{{"x": "{HOSTILE[:-2]}"}}'


def test_user_text_is_escaped_everywhere(tmp_path: Path) -> None:
    """Text from files appears as text: it opens no element and closes none."""
    run = fake_run(points=4, title=HOSTILE)
    _poison(*run)
    html = page_of(run, tmp_path)
    page = read_page(html)
    assert html.count("<script") == 1
    assert page.all("h1")[0].text == HOSTILE
    assert page.all("title")[0].text == HOSTILE
    assert html.count("&lt;script&gt;alert(1)") >= 20


def test_same_input_gives_the_same_bytes(html: str, tmp_path: Path) -> None:
    """Nothing of the clock or of the machine's own matplotlib settings enters the file."""
    import matplotlib

    with matplotlib.rc_context({"axes.labelsize": 30, "font.size": 20, "svg.fonttype": "path"}):
        assert page_of(fake_run(), tmp_path) == html


def test_report_from_saved_files_is_the_same_report(html: str, tmp_path: Path) -> None:
    """Results and dataset that went through the disk give the page of those that did not."""
    results, dataset = fake_run()
    save_dataset(dataset, tmp_path / "dataset.nc")
    reread = json.loads(json.dumps(results)), load_dataset(tmp_path / "dataset.nc")
    assert page_of(reread, tmp_path) == html


@pytest.mark.study
def test_another_process_gives_the_same_bytes(html: str, tmp_path: Path) -> None:
    """The order of hashing, which changes from process to process, leaves no trace."""
    code = (
        "import sys; from pathlib import Path; from fakes import fake_run\n"
        "from analysis.report import write_report\n"
        "write_report(*fake_run(), Path(sys.argv[1]))"
    )
    path = tmp_path / "again.html"
    command = [sys.executable, "-c", code, str(path)]
    tests = Path(__file__).parent
    paths = f"{tests}:{tests.parent}"
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": paths}
    subprocess.run(command, check=True, env=environment)
    assert path.read_text(encoding="utf-8") == html


def test_different_numbers_give_different_bytes(html: str, tmp_path: Path) -> None:
    """A changed estimate changes the page, so equal bytes do mean equal input."""
    results, dataset = fake_run()
    results["arms"]["catalysed"]["heat_current"]["value"][30] += 0.01
    assert page_of((results, dataset), tmp_path) != html


def test_results_of_another_run_are_refused(tmp_path: Path) -> None:
    """Results and dataset with different charging times are not put on one page."""
    results, _ = fake_run(points=4)
    _, dataset = fake_run(points=5)
    with pytest.raises(CqedBatteryError, match="4 from 0 to 60 ns in the results, 5 from"):
        write_report(results, dataset, tmp_path / "report.html")


def test_an_outcome_that_is_none_is_refused(tmp_path: Path) -> None:
    """A verdict with another word than the three outcomes is no verdict, and no page."""
    results, dataset = fake_run(points=4)
    results["verdict"]["vacuum_recovered"]["outcome"] = HOSTILE
    with pytest.raises(ResultsError, match=r"vacuum_recovered.outcome: Input should be 'holds'"):
        write_report(results, dataset, tmp_path / "report.html")


def test_failed_report_leaves_the_old_one(tmp_path: Path) -> None:
    """When the page cannot be made, the file that stood there stays, and nothing beside it."""
    path = tmp_path / "report.html"
    path.write_text("the old one")
    results, dataset = fake_run(points=4)
    del results["verdict"]["all_three"]
    with pytest.raises(ResultsError, match=r"distort verdict \(all_three: Field required\)"):
        write_report(results, dataset, path)
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_every_colour_of_the_figures_has_a_light_and_a_dark_value(html: str) -> None:
    """No drawing uses a colour that one of the two modes forgot to define."""
    used = set(re.findall(r"var\(--([a-z]+)\)", html))
    light, dark = (
        set(re.findall(r"--([a-z]+):", block))
        for block in re.findall(r":root \{(.*?)\}", html, re.S)
    )
    assert used == light == dark
    assert "@media screen and (prefers-color-scheme: dark)" in html
    assert {"catalysed", "control", "gain", "none", "pi", "bound"} <= used


def test_page_fits_a_phone(page: Element, html: str) -> None:
    """The page takes the window's width; drawings shrink and every table can scroll."""
    assert any(
        m.attributes.get("content", "").startswith("width=device-width") for m in page.all("meta")
    )
    assert "figure svg { display: block; width: 100%;" in html
    for svg in page.all("svg"):
        assert "viewbox" in svg.attributes
        assert not {"width", "height"} & set(svg.attributes)
    inside = {id(t) for box in page.all("div", "scroll") for t in box.all("table")}
    assert {id(table) for table in page.all("table")} == inside


def test_importing_the_report_does_not_import_matplotlib() -> None:
    """A command that writes no report does not pay for drawing."""
    code = "import sys, analysis.report; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
