"""The numbers behind the figures, as the page's script gets them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_searches import ONE, THREE, TWO, write_search
from fakes import fake_run
from matplotlib.figure import Figure
from pages import Element, read_page

from analysis.report.design.page import render_design
from analysis.report.design.saved_search import SavedSearch
from analysis.report.figures.figures import draw_all
from analysis.report.figures.traces import Trace, panel_of_places, panel_of_traces
from analysis.report.page import render_report
from analysis.report.plans import draw_shots
from analysis.report.run_data import RunData
from analysis.results import Results

DRAWINGS = ("path", "device", "sequence")  # over no abscissa: there is nothing to point at


def panels(figure: Element) -> list[dict[str, Any]]:
    """Return what a figure of a page says of its panels; refuse what is not JSON for browsers."""
    text = figure.attributes["data-hover"]
    found: list[dict[str, Any]] = json.loads(text, parse_constant=pytest.fail)
    return found


def drawn(**how: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the panels of a made-up run's figures by their slug."""
    results, dataset = fake_run(**how)
    page = read_page(render_report(results, dataset))
    return {
        figure.attributes["id"]: panels(figure)
        for figure in page.all("figure")
        if figure.all("svg") and figure.attributes["id"] not in DRAWINGS
    }


def trace(panel: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [trace for trace in panel["traces"] if trace["name"] == name]
    return found


def test_each_figure_holds_the_numbers_that_it_draws() -> None:
    """Values and limits of both arms, and their truth, to a tenth of the interval's half-width."""
    results, dataset = fake_run()
    found = drawn()
    for slug, row, name in (("heat", 0, "heat_current"), ("heat", 1, "heat_integral")):
        for arm in ("catalysed", "control"):
            block, shown = results["arms"][arm][name], trace(found[slug][row], arm)
            close = 0.1 * 1.96 * block["std"][0]
            assert shown["at"] == results["times"]
            for part, key in (("value", "value"), ("low", "ci_low"), ("high", "ci_high")):
                np.testing.assert_allclose(shown[part], block[key], atol=close)
            truth = dataset["truth"][name].sel(arm=arm).values
            told = trace(found[slug][row], f"{arm}, truth")["value"]
            np.testing.assert_allclose(told, truth, atol=np.ptp(truth) / 100 + 1e-4)
    z = np.array(results["arms"]["control"]["bloch"]["value"])[:, 2]
    np.testing.assert_allclose(trace(found["bloch"][2], "control")["value"], z, atol=0.006)
    measured = trace(found["vacuum"][0], "measured")
    assert measured["value"] == [round(results["vacuum_fidelity"]["value"], measured["decimals"])]


def test_what_has_no_number_is_left_out() -> None:
    """A time without an estimate is missing from the trace, not told as null or NaN."""
    results, dataset = fake_run()
    results["arms"]["catalysed"]["energy"]["value"][10] = None
    for limit in ("ci_low", "ci_high"):
        results["arms"]["catalysed"]["energy"][limit][10] = None
        results["vacuum_fidelity"][limit] = None
    page = read_page(render_report(results, dataset))
    energy = trace(panels(page.by_id("energy"))[0], "catalysed")
    assert results["times"][10] not in energy["at"]
    assert len(energy["value"]) == len(results["times"]) - 1
    assert not {"low", "high"} & trace(panels(page.by_id("vacuum"))[0], "measured").keys()


def test_one_stops_at_measured_times_rather_than_between_them() -> None:
    """Beside a finer line, the coarse points say where one stops; single marks where alone."""
    results, _ = fake_run()
    assert drawn()["energy"][0]["stops"] == results["times"]
    alone = drawn(truth=False)["vacuum"][0]
    assert alone["stops"] == [results["vacuum_fidelity"]["time"]]


def test_the_panels_box_is_where_the_drawing_has_it() -> None:
    """By box and limits, a point of the numbers falls on the same point of the drawing."""
    results, dataset = fake_run()
    (heat,) = [
        d for d in draw_all(RunData(results=Results(results), dataset=dataset)) if d.slug == "heat"
    ]
    (panel, _), page = json.loads(heat.hover), read_page(heat.svg)
    width, height = map(float, page.all("svg")[0].attributes["viewbox"].split()[2:])
    (left, top, wide, high), (x0, x1), (y0, y1) = panel["box"], panel["x"], panel["y"]
    values = results["arms"]["catalysed"]["heat_current"]["value"]
    x = width * (left + wide * (np.array(results["times"]) - x0) / (x1 - x0))
    y = height * (top + high * (y1 - np.array(values)) / (y1 - y0))
    paths = [path.attributes["d"].replace("M", "L").split("L")[1:] for path in page.all("path")]
    lines = [np.array([point.split()[:2] for point in each], float) for each in paths if each]
    wanted = np.stack([x, y], axis=1)
    assert any(
        line.shape == wanted.shape and np.allclose(line, wanted, atol=0.02) for line in lines
    )


@pytest.mark.parametrize(("text", "side", "kind"), [(THREE, 7, "map"), (TWO, 0, "points")])
def test_a_searchs_places_have_their_sigmas(
    tmp_path: Path, text: str, side: int, kind: str
) -> None:
    """Each place of the map, or point of the search, stands with both keys and three sigmas."""
    write_search(tmp_path, text, side=side)
    found = SavedSearch.read(tmp_path)
    page = read_page(render_design(found))
    (panel,) = panels(page.by_id("where"))
    names = [row["name"] for row in panel["rows"]]
    assert names[:2] == ["drive less transmon (MHz)", "resonator less transmon (MHz)"]
    assert len(panel["places"]["at"]) == (side**2 if kind == "map" else len(found.exact))
    for row, key in zip(panel["rows"], ("at", "up"), strict=False):
        np.testing.assert_allclose(row["value"], panel["places"][key], atol=1.0)
    sigmas = found.map if kind == "map" else found.points
    for row, name in zip(panel["rows"][2:], ("heat", "gain", "vacuum"), strict=True):
        wanted = np.ravel(sigmas[f"{name}_sigmas"])
        told = np.array(row["value"], dtype=float)
        np.testing.assert_allclose(told, wanted, atol=0.1)
        assert np.isfinite(told).any()


def test_a_search_of_one_key_has_its_sigmas_along_it(tmp_path: Path) -> None:
    """Along a single key the three observations are traces, each at the points it is known at."""
    write_search(tmp_path, ONE, side=0)
    (panel,) = panels(read_page(render_design(SavedSearch.read(tmp_path))).by_id("where"))
    assert [trace["name"] for trace in panel["traces"]] == [
        "J < 0 early",
        "ergotropy above control",
        "resonator back in vacuum",
    ]
    assert panel["across"] == "resonator less transmon (MHz)"


def test_whole_numbers_stay_whole_and_marks_stand_aside() -> None:
    """A plan's shots have no decimals, and the marks of one time their own places."""
    shots = {
        "times": [0.0, 10.0, 20.0],
        "arms": {"</script><b>": [[5, 1, 3], [1, 2, 1], [7, 1, 9]]},
        "calibration": [10, 10],
        "exchange_times": [],
        "vacuum": [],
    }
    (drawing,) = draw_shots({"shots": shots}, 0)
    (panel,) = json.loads(drawing.hover)
    assert [trace["decimals"] for trace in panel["traces"]] == [0, 0, 0]
    assert panel["traces"][2]["value"] == [3, 1, 9]
    assert [np.sign(trace["aside"]) for trace in panel["traces"]] == [-1, 0, 1]
    assert panel["log"]


def test_text_in_the_numbers_is_escaped() -> None:
    """An arm's name that would close a tag appears in the attribute as text."""
    results, dataset = fake_run(points=4)
    arms = {"'\"</figure><script>": [[5, 1, 3], [1, 2, 1], [7, 1, 3], [1, 1, 1]]}
    shots = {"times": [0, 1, 2, 3], "arms": arms, "calibration": [1, 1]}
    block = {
        "claim": "c",
        "outcome": "planned",
        "statement": "s",
        "estimator": "e",
        "wanted": {"sigma": 5.0, "standard_error": None},
        "cramer_rao": None,
        "notes": [],
        "ceiling": None,
        "options": {},
        "variance_shares": {},
        "shots": {**shots, "exchange_times": [], "vacuum": []},
    }
    html = render_report({**results, "plans": [block]}, dataset)
    assert html.count("<script") == 1
    (panel,) = panels(read_page(html).by_id("plan-0"))
    assert panel["title"] == "shots of each setting, '\"</figure><script> arm"


def test_nothing_known_is_no_trace_and_no_stop() -> None:
    """A trace without numbers leaves an empty panel; places without one have null in the row."""
    axis, gaps = Figure().subplots(), np.full(3, np.nan)
    nothing = Trace(name="n", look="gain dot", at=np.arange(3.0), value=gaps)
    panel = panel_of_traces(axis, "t", "x", [nothing])
    assert panel["stops"] == []
    assert panel["traces"] == []
    places = panel_of_places(axis, "t", (np.array([0.0, np.nan, 2.0]), np.arange(3.0)), {"n": gaps})
    assert places["places"] == {"at": [0.0, 2.0], "up": [0.0, 2.0]}
    assert places["rows"][0]["value"] == [None, None]
