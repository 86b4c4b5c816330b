"""What the report says: verdict, checks, corrections, protocol, versions."""

from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from fakes import SIGN, fake_run
from pages import Element, read_page

from analysis.report import write_report
from analysis.report.tables import fit_table
from analysis.results import Results, quantity

CLAIMS = ("heat_current_negative", "ergotropy_gain", "vacuum_recovered")

Run = tuple[dict[str, Any], xr.DataTree]


def page_of(run: Run, folder: Path) -> str:
    path = folder / "report.html"
    write_report(*run, path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Element:
    return read_page(page_of(fake_run(), tmp_path_factory.mktemp("report")))


@pytest.fixture
def no_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out of the page, where a test is about the words."""
    monkeypatch.setattr("analysis.report.page.draw_all", lambda run: [])


def cards(page: Element) -> dict[str, Element]:
    return dict(zip(CLAIMS, page.all("article", "card"), strict=True))


@pytest.mark.parametrize(
    ("outcome", "symbol"), [("holds", "✓"), ("fails", "✗"), ("undecided", "?")]
)
@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.usefixtures("no_drawings")
def test_card_says_outcome_number_and_sentences(
    claim: str, outcome: str, symbol: str, tmp_path: Path
) -> None:
    """A card shows its own claim's word, symbol, number, interval, sigmas and sentences."""
    results, dataset = fake_run(points=4)
    results["verdict"][claim] |= {
        "outcome": outcome,
        "value": -0.31415,
        "ci_low": -0.33415,
        "ci_high": -0.29415,
        "significance": -7.25,
        "statement": "It was seen so.",
        "expected": "something else",
    }
    found = cards(read_page(page_of((results, dataset), tmp_path)))
    text = found[claim].text
    assert outcome in found[claim].attributes["class"].split()
    assert f"{symbol} {outcome}" in text
    assert "−0.314" in text
    assert "95 % interval −0.334 to −0.294 7.2 σ against the claim" in text
    assert "It was seen so." in text
    assert "The paper expected: something else" in text
    assert all("−0.314" not in found[other].text for other in CLAIMS if other != claim)


@pytest.mark.parametrize("outcome", ["holds", "fails", "undecided"])
@pytest.mark.usefixtures("no_drawings")
def test_all_three_stand_on_top_with_their_outcome(outcome: str, tmp_path: Path) -> None:
    """The joint outcome comes first, as a word and as a class, with its sentence."""
    results, dataset = fake_run(points=4)
    results["verdict"]["all_three"] |= {"outcome": outcome, "statement": "Taken together."}
    section = read_page(page_of((results, dataset), tmp_path)).all("section")[0]
    first = section.all("div")[0]
    assert outcome in first.attributes["class"].split()
    assert outcome in first.text
    assert "Taken together." in first.text


def test_gain_card_lists_peak_mean_and_late(page: Element) -> None:
    """The three parts that the second outcome rests on each show number and outcome."""
    rows = [row.text for row in cards(page)["ergotropy_gain"].all("tr")]
    assert rows == [
        "peak −0.041 −0.063 to −0.020 fails",
        "mean −0.193 −0.201 to −0.185 fails",
        "late 0.012 −0.007 to 0.032 undecided",
    ]


@pytest.mark.usefixtures("no_drawings")
def test_missing_number_is_said_in_words(tmp_path: Path) -> None:
    """A claim without a number says so and shows neither interval nor sigmas."""
    found = cards(read_page(page_of(fake_run(control=False), tmp_path)))["ergotropy_gain"]
    assert "There is no number." in found.text
    assert "interval" not in found.text
    assert "σ" not in found.text


def test_scene_is_set_in_one_line(page: Element) -> None:
    """The line under the title names device, times, arms and shots."""
    lead = page.all("p", "lead")[0].text
    assert lead.startswith("Transmon at 5 GHz, coupling g/2π 50 MHz, drive Ω/2π 50 MHz")
    assert "61 charging times from 0 to 60 ns" in lead
    assert "coupler kept closed (control)" in lead
    assert "; 1 000 shots per setting, 366 000 in all" in lead


def test_windows_of_the_gain_are_named_when_recorded(tmp_path: Path) -> None:
    """The caption says over which times mean and late are taken, if the results say it."""
    results, dataset = fake_run(points=4)
    parts = results["verdict"]["ergotropy_gain"]["parts"]
    parts["mean"]["window"], parts["late"]["window"] = [0.0, 60.0], [39.5, 60.0]
    caption = read_page(page_of((results, dataset), tmp_path)).by_id("ergotropy").text
    assert "Windows of the verdict, mean: 0 to 60 ns, late: 39.5 to 60 ns." in caption


def test_kind_and_sign_convention_are_stated(page: Element) -> None:
    """The page says emulated or laboratory, and which way J < 0 points."""
    assert page.all("p", "kind")[0].text == "emulated data"
    assert SIGN in page.all("p", "convention")[0].text


def test_checks_are_listed_the_failed_ones_first(page: Element) -> None:
    """Every check of the pipeline is shown with its outcome, worst first."""
    rows = [row.text for row in page.all("ul", "checks")[0].all("li")]
    assert rows == [
        "fail fit is good. The envelope misses the data.",
        "warn leakage is small. Leakage reaches 2 %.",
        "pass trace is one. Every state has trace one.",
    ]


@pytest.mark.usefixtures("no_drawings")
def test_corrections_show_the_largest_size_per_arm(tmp_path: Path) -> None:
    """The table of corrections takes the largest magnitude over times and components."""
    results, dataset = fake_run(points=4)
    results["arms"]["control"]["pipeline_bias"]["power"] = [0.001, None, -0.0777, 0.02]
    results["arms"]["control"]["pipeline_bias"]["bloch"][2][1] = -0.5
    page = read_page(page_of((results, dataset), tmp_path))
    rows = [row.text for row in page.all("tr")]
    assert "power P 0.0123 0.0777 ħω/ns" in rows
    assert "Bloch components 0.0456 0.5000 1" in rows


def test_protocol_is_grouped_with_units_from_the_keys(page: Element) -> None:
    """Each section of the experiment file is a table whose units come from its key names."""
    blocks = {e.all("h3")[0].text: e for e in page.all("div", "setting")}
    assert list(blocks)[:3] == ["transmon", "resonator", "coupler"]
    rows = [row.text for row in blocks["transmon"].all("tr")]
    assert rows[:4] == ["frequency 5 GHz", "anharmonicity −0.25 GHz", "levels 3", "T1 50 µs"]
    assert "times 0 … 60 (61 values) ns" in [row.text for row in blocks["charging"].all("tr")]


def test_calibration_counts_are_shown(page: Element) -> None:
    """The readout table holds the counts, their rates with intervals, and the file's values."""
    rows = [row.text for row in page.by_id("calibration").all("tr")][1:]
    assert rows == [
        "prepared 0, read 1 102 of 10 000 1.02 % (0.84 to 1.24) 1 %",
        "prepared 1, read 0 397 of 10 000 3.97 % (3.60 to 4.37) 4 %",
    ]


def test_methods_seed_and_versions_are_shown(page: Element) -> None:
    """How each number was made, with which seed and versions, can be read off the page."""
    rows = [row.text for row in page.all("tr")]
    assert "heat current J method of heat_current" in rows
    assert "vacuum fidelity F vacuum-Rabi baseline" in rows
    assert "lower bound of F sum rule" in rows
    assert "seed 2026" in rows
    assert "qiskit 1.3.0" in rows
    assert "schema of the results 1" in rows


@pytest.mark.usefixtures("no_drawings")
def test_dataset_without_a_readable_experiment_still_gives_a_page(tmp_path: Path) -> None:
    """Laboratory data whose experiment text is no TOML loses the protocol table only."""
    results, dataset = fake_run(points=4, truth=False)
    dataset.attrs["experiment"] = "see the notebook, page 12"
    page = read_page(page_of((results, dataset), tmp_path))
    assert "no experiment file that can be read" in page.text
    assert page.all("p", "lead")[0].text.startswith("4 charging times")


def test_the_fit_stands_beside_the_file() -> None:
    """A fitted parameter has its interval, the file's own value, not longer than it says, a prior.

    Without a fit there is no table.
    """
    parameter = {
        "name": "reset.residual_excitation",
        **quantity(0.01057, 0.00106, "fit", low=0.00846, high=0.01268),
        "unit": "1",
        "file": 0.0105101826033,
        "prior": [0.0105, 0.000319],
    }
    fit = {"outcome": "pass", "statement": "it fits", "parameters": [parameter]}
    table = fit_table(Results({"global_fit": fit}))
    assert table is not None
    words = ("residual excitation", "0.0106", "0.0085 to 0.0127", "", "0.0105102", "± 0.000319")
    assert table.rows == [words]
    assert fit_table(Results({})) is None


@pytest.mark.usefixtures("no_drawings")
def test_the_fit_is_said_in_a_sentence_where_there_is_one(tmp_path: Path) -> None:
    """A fit that did not converge has its sentence and no table; without a fit nothing is said."""
    results, dataset = fake_run(points=4)
    heading = "The device that fits all counts"
    assert heading not in read_page(page_of((results, dataset), tmp_path)).text
    results["global_fit"] = {"outcome": "fail", "statement": "it does not converge"}
    text = read_page(page_of((results, dataset), tmp_path)).text
    assert heading in text
    assert "It does not converge." in text
