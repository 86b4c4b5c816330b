"""The page of a search, from what a search saved."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call, refused
from fake_searches import BAR, FIXED, ONE, THREE, TWO, sigmas, write_search
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from pages import Element, read_page
from points import InThisProcess

from analysis.design_search.box.box import changes, parse_box
from analysis.design_search.results import map_axes, own_values
from analysis.design_search.run import Search, run_design
from analysis.report.design.page import render_design, write_design_report
from analysis.report.design.panels import TOGETHER, draw_regions
from analysis.report.design.saved_search import SavedSearch
from cqed_battery.experiment import Experiment

HOSTILE = "<script>alert(1)</script>&\"'"


def rendered(folder: Path, text: str = THREE, **how: Any) -> tuple[dict[str, Any], str]:
    results = write_search(folder, text, **how)
    return results, render_design(SavedSearch.read(folder))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Element]:
    """The folder of a made-up search with its page, its results and the page as a tree."""
    folder = tmp_path_factory.mktemp("made")
    results = write_search(folder)
    path = write_design_report(folder)
    return folder, results, read_page(path.read_text(encoding="utf-8"))


def table(page: Element, title: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without the head."""
    (section,) = [e for e in page.all("section") if e.all("h2") and e.all("h2")[0].text == title]
    body = section.all("tbody")[0]
    return [[cell.text for cell in [*row.all("th"), *row.all("td")]] for row in body.all("tr")]


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def test_gains_by_peak_mean_and_late_are_kept_apart(made):
    """Each best point's three gains, F, S and three sigmas stand in columns of their own."""
    _, results, page = made
    names = ("peak_gain", "mean_gain", "late_gain", "fidelity", "heat")
    names += ("heat_sigmas", "gain_sigmas", "vacuum_sigmas", "hours")
    for row, best in zip(table(page, "The best points"), results["best"], strict=True):
        shown = [number(cell) for cell in row[1:-1]]
        assert shown == pytest.approx([best[name] for name in names], abs=0.051)
        assert shown[:5] == pytest.approx([best[name] for name in names[:5]], abs=0.00051)
        assert row[-1] == best["file"]


def test_the_best_control_stands_beside_the_points_own(made):
    """The gain against it is the point's ergotropy less the highest control's, kind by kind."""
    _, results, page = made
    rows = table(page, "Gain against two controls")
    for row, kind in zip(rows[:3], ("peak", "mean", "late"), strict=True):
        best, highest = results["best"][0], results["best_control"][f"{kind}_control"]
        ergotropy = best[f"{kind}_gain"] + best[f"{kind}_control"]
        wanted = [ergotropy, best[f"{kind}_control"], best[f"{kind}_gain"], highest]
        assert [number(cell) for cell in row[1:]] == pytest.approx(
            [*wanted, ergotropy - highest], abs=0.00051
        )


def test_it_is_told_where_the_best_controls_lie(made):
    """For each kind, the keys that act on a control have their values."""
    _, results, page = made
    (lies,) = [t for t in page.all("table") if t.all("th")[0].text == "best control"]
    assert [e.text for e in lies.all("th")][1] == "drive less transmon (MHz)"
    values = results["best_control_values"]["late_control"].values()
    assert [number(cell.text) for cell in lies.all("tr")[-1].all("td")] == list(values)


def test_tolerances_and_the_box_are_listed(made):
    """A row below and one above for each tolerance; bounds, own value and best values by key."""
    _, results, page = made
    rows = table(page, "How robust the best point is")
    assert [row[1] for row in rows] == ["–", "\N{MINUS SIGN}2", "+2"]
    off = results["robustness"]["resonator.detuning_MHz"]["above"]
    assert number(rows[2][-2]) == pytest.approx(off["gain_sigmas"], abs=0.051)
    box = {row[0]: row[1:] for row in table(page, "The box and where the points lie")}
    assert [number(cell) for cell in box["drive less transmon (MHz)"][:3]] == [-150, 150, -20]
    best = results["best"][0]["values"]["coupler.g_on_MHz"]
    assert number(box["coupling g (MHz)"][3]) == pytest.approx(best, rel=1e-3)


def test_refusals_are_listed_by_reason(tmp_path):
    """Each reason with its count, escaped; a search of before, which does not tell, has none."""
    results, page = rendered(tmp_path)
    assert "What was refused" not in page
    results["refusals"] = [{"status": "unmeasured", "points": 7, "reason": f"it decays {HOSTILE}"}]
    (tmp_path / "design.json").write_text(json.dumps(results), encoding="utf-8")
    tree = read_page(render_design(SavedSearch.read(tmp_path)))
    assert table(tree, "What was refused") == [["unmeasured", "7", f"It decays {HOSTILE}."]]


@pytest.mark.parametrize("worse", [0.0, 2.0])
def test_the_full_region_is_where_all_three_hold(tmp_path, worse):
    """Inside the drawn region the formulas reach the bar, outside they do not, off the border."""
    write_search(tmp_path, worse=worse)
    axis = Figure().subplots()
    draw_regions(axis, SavedSearch.read(tmp_path))
    (full,) = [c for c in axis.collections if to_hex(first_colour(c)) == TOGETHER]
    rng = np.random.default_rng(3)
    seen = set()
    for x, y in rng.uniform(-80, 80, (300, 2)):
        least = min(sigmas(x, y)) - worse
        if abs(least - BAR) > 0.6:  # a spline rounds the strip's edge
            inside = sum(path.contains_point((x, y)) for path in full.get_paths()) % 2 == 1
            assert inside == (least > BAR), (x, y)
            seen.add(inside)
    assert seen == {True, False}


def first_colour(collection: Any) -> Any:
    colours = collection.get_facecolor()
    return colours[0] if len(colours) else "none"


def test_a_box_without_such_a_point_is_told_plainly(tmp_path):
    """Chip, statement and the picture's title say it, and no full region is drawn."""
    results, html = rendered(tmp_path, worse=20.0)
    page = read_page(html)
    assert results["all_three"] is False
    (card,) = page.all("div", "all")
    assert "fails" in card.text
    assert "Nothing found in the box meets all three observations" in card.text
    figure = page.by_id("where")
    assert figure.all("h2")[0].text.startswith("Nowhere here")
    drawn = [e.attributes.get("style", "") for e in figure.all("path")]
    assert not [style for style in drawn if "fill: var(--holds)" in style]


def test_a_map_that_knows_better_is_told(tmp_path):
    """Where the search met nothing but its map has such places, the page does not hide either."""
    _, html = rendered(tmp_path, all_three=False)
    assert "Yet the map" in html
    assert "Yet the map" not in rendered(tmp_path, all_three=False, worse=20.0)[1]


@pytest.mark.parametrize(
    ("text", "side", "drawn"),
    [
        (TWO, 2, ["where", "box", "front"]),
        (TWO, 1, ["where", "front"]),
        (THREE, 0, ["where", "front"]),
        (ONE, 0, ["where", "front"]),
    ],
)
def test_there_is_a_picture_with_and_without_a_map(tmp_path, text, side, drawn):
    """Whatever the search saved, the page has its figures."""
    _, html = rendered(tmp_path, text, side=side)
    assert [figure.attributes["id"] for figure in read_page(html).all("figure")] == drawn


def test_a_map_of_an_earlier_search_is_left_aside(tmp_path):
    """With the map off, a map.nc that still lies in the folder changes nothing."""
    write_search(tmp_path)
    _, html = rendered(tmp_path, side=0)
    assert (tmp_path / "map.nc").exists()
    assert 'id="box"' not in html


def test_the_picture_names_axes_with_units_and_marks_both_points(made):
    """Both axes say their unit, and the key names the best point and the file's own."""
    _, _, page = made
    figure = page.by_id("where")
    texts = [text.text for text in figure.all("text")]
    assert {"drive less transmon (MHz)", "resonator less transmon (MHz)"} <= set(texts)
    keys = [entry.text for entry in figure.all("li")]
    assert keys[-2:] == ["best point", "the file's own point"]


def test_the_page_is_offline_and_escapes_what_users_write(tmp_path):
    """A title and a statement that hold tags appear as text; nothing is loaded from anywhere."""
    _, html = rendered(tmp_path, title=HOSTILE, statement=HOSTILE, robust=HOSTILE)
    page = read_page(html)
    assert not {e.tag for e in page.walk()} & {"link", "img", "iframe", "image"}
    assert html.count("<script") == 1
    assert page.all("h1")[0].text == HOSTILE
    assert "://" not in html
    assert re.findall(r"url\((?!#)", html) == []


def test_report_writes_a_searchs_page_anew(made, tmp_path):
    """`report` gives the same bytes from the same files, and refuses an incomplete search."""
    folder, _, _ = made
    page = folder / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert call("report", folder).stdout == f"report: {page}\n"
    assert page.read_bytes() == before
    (tmp_path / "design.json").write_text("{}", encoding="utf-8")
    assert "holds no complete search" in refused("report", tmp_path)


def test_the_files_own_values_are_those_that_change_nothing():
    """Put back as changes, they leave the experiment as it is; endless ones are left out."""
    keys = ("drive.detuning_MHz", "resonator.detuning_MHz", "coupler.g_on_MHz")
    own = own_values(FIXED, keys)
    assert own["drive.detuning_MHz"] == pytest.approx(-20.0)
    again = FIXED.replace(changes(FIXED, {key: float(own[key] or 0.0) for key in keys}))
    assert again.drive.frequency_GHz == pytest.approx(FIXED.drive.frequency_GHz)
    endless = FIXED.replace({"transmon.t1_us": float("inf")})
    assert own_values(endless, ("transmon.t1_us",)) == {"transmon.t1_us": None}
    assert map_axes(("coupler.g_on_MHz", *keys[1:2], "drive.rabi_rate_MHz")) == [
        "resonator.detuning_MHz",
        "coupler.g_on_MHz",
    ]


SMALL = {
    "transmon.levels": 2,
    "coupler.ramp_ns": 0.0,
    "drive.rise_ns": 0.0,
    "tomography.pulse": "none",
    "coupler.g_on_MHz": 7.0,
    "resonator.linewidth_MHz": 6.0,
    "charging.stop_ns": 300.0,
    "vacuum.points": 5,
    "analysis.correction": "none",
    "analysis.max_modes": 1,
}


@pytest.mark.study
def test_a_resumed_search_writes_the_same_page(tmp_path):
    """Interrupted, resumed and called once more by the verb: the page of an unbroken search."""
    fixed = Experiment().replace(SMALL)
    box_file, file = tmp_path / "box.toml", tmp_path / "small.toml"
    box_file.write_text(TWO + "[objective]\nleast_gain = 0.01\n", encoding="utf-8")
    file.write_text(fixed.to_toml(), encoding="utf-8")
    box = parse_box(box_file.read_text(encoding="utf-8"), "box.toml", fixed)
    search = Search(fixed, box, evaluations=4, seed=fixed.seed, side=0)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run_design(search, whole, workers=InThisProcess())
    write_design_report(whole)

    def stop(done: int, total: int, what: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="3 points are saved"):
        run_design(search, broken, workers=InThisProcess(), progress=stop)
    run_design(search, broken, workers=InThisProcess())
    sizes = ("--box", box_file, "--out", broken, "--evaluations", "4", "--map", "0")
    assert f"report: {broken / 'report.html'}" in call("design", file, *sizes).stdout
    assert (broken / "report.html").read_bytes() == (whole / "report.html").read_bytes()
