"""The report's figures: each line is where its numbers are."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from fakes import fake_run
from numpy.typing import NDArray
from pages import Element, read_page

from analysis.report import write_report

Floats = NDArray[np.float64]
ROUNDING = 0.011  # points of the drawing; coordinates are rounded to 0.01
QUANTITIES = {
    "heat": ("heat_current", "heat_integral"),
    "ergotropy": ("ergotropy",),
    "energy": ("power",),
}
TRUTHS = {"heat": 4, "ergotropy": 3, "vacuum": 2, "energy": 4, "bloch": 6, "exchange": 0}


def read_report(results: dict[str, Any], dataset: xr.DataTree, folder: Path) -> Element:
    path = folder / "report.html"
    write_report(results, dataset, path)
    return read_page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], xr.DataTree]:
    return fake_run()


@pytest.fixture(scope="module")
def page(run: tuple[dict[str, Any], xr.DataTree], tmp_path_factory: Any) -> Element:
    return read_report(*run, tmp_path_factory.mktemp("figures"))


def style_of(element: Element) -> str:
    return element.attributes.get("style", "")


def lines(figure: Element, colour: str) -> list[Floats]:
    """Return the points of every stroked path of one colour, [n, 2] each."""
    return [
        np.array(re.findall(r"[ML] (\S+) (\S+)", path.attributes["d"]), dtype=float)
        for path in figure.all("path")
        if f"stroke: {colour}" in style_of(path) and "fill: none" in style_of(path)
    ]


def marks(figure: Element, colour: str) -> Floats:
    """Return the places of every marker of one colour, [n, 2]."""
    places = [
        (use.attributes["x"], use.attributes["y"])
        for use in figure.all("use")
        if f"fill: {colour}" in style_of(use) and "opacity" not in style_of(use)
    ]
    return np.array(places, dtype=float).reshape(-1, 2)


def shows(points: Floats, x: Any, y: Any) -> bool:
    """Say whether drawn points are the data, up to one scale and shift per axis.

    A drawing's vertical axis points down, so its scale must be negative, and more so than the
    rounding of a flat line's.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if len(points) != len(x):
        return False
    across, up = np.polyfit(x, points[:, 0], 1), np.polyfit(y, points[:, 1], 1)
    close = [
        np.abs(np.polyval(fit, data) - drawn).max() < ROUNDING
        for fit, data, drawn in ((across, x, points[:, 0]), (up, y, points[:, 1]))
    ]
    return all(close) and across[0] > 0 and up[0] < -ROUNDING


@pytest.mark.parametrize("arm", ["catalysed", "control"])
@pytest.mark.parametrize(("slug", "names"), QUANTITIES.items())
def test_lines_are_the_estimates(
    slug: str, names: tuple[str, ...], arm: str, page: Element, run: Any
) -> None:
    """Each arm's line goes through its values, in the arm's colour."""
    results, _ = run
    drawn = lines(page.by_id(slug), f"var(--{arm})")
    for name in names:
        values = results["arms"][arm][name]["value"]
        assert sum(shows(points, results["times"], values) for points in drawn) == 1


@pytest.mark.parametrize("arm", ["catalysed", "control"])
@pytest.mark.parametrize(("slug", "names"), QUANTITIES.items())
def test_truth_is_the_dataset_s(
    slug: str, names: tuple[str, ...], arm: str, page: Element, run: Any
) -> None:
    """The dashed lines go through the truth of the dataset."""
    results, dataset = run
    drawn = lines(page.by_id(slug), "currentColor")
    for name in names:
        truth = dataset["truth"][name].sel(arm=arm).values
        assert sum(shows(points, results["times"], truth) for points in drawn) == 1


def test_bands_span_the_intervals(page: Element, run: Any) -> None:
    """The shaded band of S reaches from its lower to its upper 95 % limit."""
    results, _ = run
    block, times = results["arms"]["catalysed"]["heat_integral"], results["times"]
    figure = page.by_id("heat")
    (line,) = [
        points
        for points in lines(figure, "var(--catalysed)")
        if shows(points, times, block["value"])
    ]
    scale, shift = np.polyfit(block["value"], line[:, 1], 1)
    heights = [
        np.array(re.findall(r"[ML] \S+ (\S+)", path.attributes["d"]), dtype=float)
        for path in figure.all("path")
        if "id" in path.attributes and len(path.attributes["d"]) > 1000
    ]
    box = figure.all("svg")[0].attributes["viewbox"].split()
    limits = scale * np.array([block["ci_low"], block["ci_high"]]) + shift - float(box[3])
    assert any(
        len(band) > 2 * len(times) and np.abs(band[:, None] - limits.ravel()).min(0).max() < 0.03
        for band in heights
    )


def test_zero_is_marked_where_the_sign_matters(page: Element, run: Any) -> None:
    """A line stands at J = 0, across the whole panel."""
    results, _ = run
    block, times, figure = (
        results["arms"]["catalysed"]["heat_current"],
        results["times"],
        page.by_id("heat"),
    )
    (line,) = [p for p in lines(figure, "var(--catalysed)") if shows(p, times, block["value"])]
    zero = np.polyval(np.polyfit(block["value"], line[:, 1], 1), 0.0)
    levels = [
        points
        for points in lines(figure, "var(--guide)")
        if np.allclose(points[:, 1], zero, atol=0.03) and np.ptp(points[:, 0]) > 250
    ]
    assert len(levels) == 2  # the grid's own line and the heavier one


def test_dots_and_bars_are_the_measured_energies(page: Element, run: Any) -> None:
    """Measured energies are dots at their values with bars over their intervals."""
    results, _ = run
    figure, times = page.by_id("energy"), results["times"]
    block = results["arms"]["catalysed"]["energy"]
    dots = marks(figure, "var(--catalysed)")
    assert shows(dots, times, block["value"])
    ends = np.stack([block["ci_low"], block["ci_high"]], axis=1).ravel()
    bars = lines(figure, "var(--catalysed)")
    assert sum(shows(points, np.repeat(times, 2), ends) for points in bars) == 1
    smooth = results["arms"]["catalysed"]["envelope"]
    assert sum(shows(p, smooth["times"], smooth["energy"]["value"]) for p in bars) == 1


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("arm", ["catalysed", "control"])
def test_each_bloch_component_has_its_panel(arm: str, index: int, page: Element, run: Any) -> None:
    """x, y and z are drawn from top to bottom, each arm with its own values and truth."""
    results, dataset = run
    times, figure = results["times"], page.by_id("bloch")
    values = np.array(results["arms"][arm]["bloch"]["value"])[:, index]
    dots = marks(figure, f"var(--{arm})").reshape(3, len(times), 2)
    assert shows(dots[index], times, values)
    truth = dataset["truth"]["bloch"].sel(arm=arm).values[:, index]
    if index != 1:
        dashed = lines(figure, "currentColor")
        assert sum(shows(points, times, truth) for points in dashed) == 1


def test_difference_is_drawn_with_its_truth_and_its_gap(page: Element, run: Any) -> None:
    """The gain is catalysed minus control; a time without a number is left out."""
    results, dataset = run
    figure, times = page.by_id("ergotropy"), np.array(results["times"])
    values = np.array(results["verdict"]["ergotropy_gain"]["pointwise"]["value"], dtype=float)
    known = np.isfinite(values)
    assert known.sum() == len(times) - 1
    drawn = lines(figure, "var(--gain)")
    assert any(shows(points[-59:], times[2:], values[2:]) for points in drawn)
    truth = dataset["truth"]["ergotropy"]
    gain = truth.sel(arm="catalysed").values - truth.sel(arm="control").values
    assert sum(shows(points, times, gain) for points in lines(figure, "currentColor")) == 1


def test_vacuum_fidelity_and_its_bound_stand_at_their_values(page: Element, run: Any) -> None:
    """Measured F, its bound and both intervals share the scale of the true curve F(t)."""
    results, dataset = run
    figure = page.by_id("vacuum")
    truth = dataset["truth"]["vacuum_fidelity"].sel(arm="catalysed").values
    (curve,) = [p for p in lines(figure, "currentColor") if shows(p, results["times"], truth)]
    scale = np.polyfit(truth, curve[:, 1], 1)
    across = np.polyfit(results["times"], curve[:, 0], 1)
    measured = results["vacuum_fidelity"]
    for colour, block in (("catalysed", measured), ("bound", measured["sum_rule_bound"])):
        (mark,) = marks(figure, f"var(--{colour})")
        (bar,) = lines(figure, f"var(--{colour})")
        assert mark[1] == pytest.approx(np.polyval(scale, block["value"]), abs=0.03)
        aside = 0.0 if colour == "catalysed" else -0.02 * 60.0
        place = np.polyval(across, measured["time"] + aside)
        np.testing.assert_allclose([mark[0], *bar[:, 0]], place, atol=0.03)
        ends = np.polyval(scale, [block["ci_low"], block["ci_high"]])
        np.testing.assert_allclose(bar[:, 1], ends, atol=0.03)


def test_exchange_figure_shows_raw_frequencies(page: Element, run: Any) -> None:
    """Both vacuum-Rabi traces are counts of 1 over shots, uncorrected."""
    _, dataset = run
    counts = dataset["vacuum_counts"]
    for pulse in ("none", "pi"):
        ones = counts.sel(pulse=pulse, outcome=1).values
        dots = marks(page.by_id("exchange"), f"var(--{pulse})")
        assert shows(dots, counts["exchange_time"].values, ones / 1000)


@pytest.mark.parametrize("truth", [True, False])
def test_truth_is_drawn_and_named_only_when_there_is_one(truth: bool, tmp_path: Path) -> None:
    """Laboratory data shows no truth line and no key for one; emulated data shows all."""
    page = read_report(*fake_run(truth=truth), tmp_path)
    for slug, expected in TRUTHS.items():
        figure = page.by_id(slug)
        dashed = [
            path
            for path in figure.all("path")
            if "stroke-dasharray" in style_of(path) and "currentColor" in style_of(path)
        ]
        keys = figure.all("ul", "keys")[0].text
        assert len(dashed) == (expected if truth else 0)
        assert ("truth" in keys) == (truth and expected > 0)


def test_without_a_control_nothing_of_it_is_drawn(tmp_path: Path) -> None:
    """With one arm, its colour and name appear in no figure, and no difference is shown."""
    page = read_report(*fake_run(control=False), tmp_path)
    for figure in page.all("figure"):
        for colour in ("control", "gain"):
            assert not lines(figure, f"var(--{colour})")
    assert not any("control" in key.text for key in page.all("ul", "keys"))
    assert "There is no control arm" in page.by_id("ergotropy").text


def test_unmeasured_vacuum_shows_the_bound_only(tmp_path: Path) -> None:
    """Without a vacuum measurement the sum-rule bound remains, and the caption says why."""
    figure = read_report(*fake_run(vacuum=False), tmp_path).by_id("vacuum")
    assert len(marks(figure, "var(--bound)")) == 1
    assert len(marks(figure, "var(--catalysed)")) == 0
    assert "It was not measured in this run." in figure.text


def test_one_wide_interval_does_not_flatten_the_curve(tmp_path: Path) -> None:
    """However wide the band is at one time, the values keep a quarter of the panel."""
    results, dataset = fake_run(truth=False)
    block = results["arms"]["catalysed"]["heat_current"]
    block["ci_high"][0], block["ci_low"][0] = 1e3, -1e3
    figure = read_report(results, dataset, tmp_path).by_id("heat")
    heights = [
        np.ptp(points[:, 1])
        for points in lines(figure, "var(--catalysed)")
        if shows(points, results["times"], block["value"])
    ]
    (height,) = heights
    assert height > 0.25 * 92


def test_nulls_leave_gaps_and_no_nan(tmp_path: Path) -> None:
    """Null estimates, even a whole curve of them, leave holes rather than broken paths."""
    results, dataset = fake_run()
    arm, count = results["arms"]["catalysed"], len(results["times"])
    for part in ("value", "std", "ci_low", "ci_high"):
        arm["heat_current"][part] = [None] * count
        arm["energy"][part][10] = None
        arm["bloch"][part][5] = [None, None, None]
    results["vacuum_fidelity"] |= {"ci_low": None, "ci_high": None}
    page = read_report(results, dataset, tmp_path)
    for path in page.all("path"):
        assert "nan" not in path.attributes.get("d", "").lower()
    assert len(marks(page.by_id("energy"), "var(--catalysed)")) == count - 1


def test_many_times_become_bands(tmp_path: Path) -> None:
    """A thousand times are drawn as lines in bands: no cloud of dots, no huge file."""
    results, dataset = fake_run(points=1000)
    page = read_report(results, dataset, tmp_path)
    assert len(marks(page.by_id("bloch"), "var(--catalysed)")) == 0
    assert (tmp_path / "report.html").stat().st_size < 3_000_000
