"""Two runs side by side; answers for machines; the schema of experiment files."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from commands import call, refused
from pages import read_page
from sampled import analysed, dataset

from analysis.report import write_report
from analysis.report.comparison import compare_runs, comparison_tables, overlaid, read_run
from analysis.report.run_data import RunData
from analysis.results import Results, save_results
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset

pytestmark = pytest.mark.study

SMALL = Experiment().replace(
    {
        "charging.points": 7,
        "charging.stop_ns": 20.0,
        "vacuum.points": 5,
        "vacuum.stop_ns": 40.0,
        "analysis.global_fit": False,
    }
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two finished runs: the second with a weaker drive and without a control."""
    root, found = tmp_path_factory.mktemp("runs"), []
    changes = {"drive.rabi_rate_MHz": 20.0, "control.enabled": False, "title": "<b>weaker</b>"}
    for name, experiment in (("first", SMALL), ("second", SMALL.replace(changes))):
        tree = dataset(experiment, np.random.default_rng(1))
        results = analysed(tree)
        save_dataset(tree, root / name / "dataset.nc")
        save_results(results, root / name / "results.json")
        write_report(results, tree, root / name / "report.html")
        found.append(root / name)
    return found


def test_what_differs_is_named(folders):
    """Settings that differ, both numbers, and their difference in combined standard errors."""
    first, second = map(read_run, folders)
    found = compare_runs(first, second)
    assert found["settings"].keys() == {"drive.rabi_rate_MHz", "control.kind", "title"}
    assert found["settings"]["drive.rabi_rate_MHz"] == [50.0, 20.0]
    entry = found["numbers"]["exchange early"]
    heats = [run.results["verdict"]["heat_current_negative"] for run in (first, second)]
    stds = [(heat["ci_high"] - heat["ci_low"]) / 3.92 for heat in heats]
    assert entry["difference"] == pytest.approx(heats[1]["value"] - heats[0]["value"])
    assert entry["sigmas"] == pytest.approx(entry["difference"] / np.hypot(*stds), rel=1e-3)
    gain = found["numbers"]["gain, late"]
    assert gain["runs"][1] is None
    assert gain["sigmas"] is None
    assert found["outcomes"]["ergotropy_gain"][1] == "undecided"


def test_a_run_beside_itself_has_no_difference(folders):
    """No settings, no sigmas, no checks to tell apart."""
    run = read_run(folders[0])
    found = compare_runs(run, run)
    assert not found["settings"]
    assert {entry["sigmas"] for entry in found["numbers"].values()} == {0.0}
    assert all(first == second for first, second in found["checks"].values())


def test_the_page_holds_both(folders, tmp_path):
    """One page with the figures of both, every identifier once, titles escaped."""
    page = tmp_path / "beside.html"
    found = call("compare", *folders, "--out", page)
    assert found.exit_code == 0, found.stderr
    assert "drive.rabi_rate_MHz" in found.stdout
    text = page.read_text(encoding="utf-8")
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names)) > 10
    assert {name[:2] for name in names if "-" in name} == {"a-", "b-", "bo"}
    for reference in re.findall(r'(?:href="#|url\(#)([^")]+)', text):
        assert reference in names
    assert "<b>weaker</b>" not in text
    assert "&lt;b&gt;weaker" in text
    assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


def test_a_comparison_knows_the_figures_by_itself():
    """In a process that has made no report the list of figures is complete, too."""
    code = (
        "import analysis.report.comparison\n"
        "from analysis.report.figures.drawing import FIGURES\n"
        "print(*(figure.slug for figure in FIGURES))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == [
        "heat",
        "ergotropy",
        "vacuum",
        "energy",
        "bloch",
        "envelope_residuals",
        "fit_residuals",
        "exchange",
        "iq",
        "path",
        "device",
        "sequence",
    ]


def test_the_page_begins_with_what_came_out(folders, tmp_path):
    """Outcomes under the names that a run's page gives them, then numbers, then settings."""
    call("compare", *folders, "--out", tmp_path / "beside.html")
    page = read_page((tmp_path / "beside.html").read_text(encoding="utf-8"))
    tables = page.all("section")[:3]
    titles = [section.all("h2")[0].text for section in tables]
    assert titles == ["Outcomes", "Numbers", "Set differently"]
    claims = [row.all("th")[0].text for row in tables[0].all("tbody")[0].all("tr")]
    assert claims[0] == "Energy leaves the battery early"
    assert "All three together" in claims[:4]


def test_numbers_stand_with_their_whole_intervals(folders, tmp_path):
    """On page and terminal, of every claim of each run, to the digits of the finer interval."""
    text = call("compare", *folders, "--out", tmp_path / "beside.html").stdout
    page = read_page((tmp_path / "beside.html").read_text(encoding="utf-8"))
    cells = {row.all("th")[0].text: row.all("td") for row in page.all("tr") if row.all("td")}
    for column, run in enumerate(map(read_run, folders)):
        heat = run.results["verdict"]["heat_current_negative"]
        shown = cells["exchange early"][column].text.replace("\N{MINUS SIGN}", "-")
        value, low, high = map(float, re.findall(r"-?\d+\.\d+", shown))
        digits = len(shown.partition(" ")[0].partition(".")[2])
        assert digits >= 3
        for number, key in ((value, "value"), (low, "ci_low"), (high, "ci_high")):
            assert number == pytest.approx(heat[key], abs=0.51 * 10**-digits)
            assert f"{number:.{digits}f}".replace("-", "\N{MINUS SIGN}") in text


def test_curves_of_both_runs_share_a_panel(folders, tmp_path):
    """A figure a quantity, a panel for each arm that both have, both runs' values in it."""
    call("compare", *folders, "--out", tmp_path / "beside.html")
    page = read_page((tmp_path / "beside.html").read_text(encoding="utf-8"))
    runs = [read_run(folder) for folder in folders]
    for name in ("energy", "ergotropy", "heat_current", "heat_integral"):
        figure = page.by_id(f"both-{name}")
        (panel,) = json.loads(figure.attributes["data-hover"])  # the second has no control
        for trace, run, folder in zip(panel["traces"], runs, folders, strict=True):
            found = getattr(run.arms["catalysed"], name).value
            assert trace["name"] == folder.name
            np.testing.assert_allclose(trace["value"], found, atol=10.0 ** -trace["decimals"])


def test_runs_over_other_axes_share_no_panel(folders):
    """A charging time is not an amplitude."""
    first, second = map(read_run, folders)
    axis = {"name": "amplitude", "title": "drive amplitude", "units": "1"}
    content = {**second.results, "axis": {**axis, "values": second.swept.tolist()}}
    other = RunData(results=Results(content), dataset=second.dataset)
    assert overlaid((first, second), ("a", "b"))
    assert overlaid((first, other), ("a", "b")) == []


def test_fitted_parameters_are_named_in_words():
    """A fitted key of the experiment file reads as words with its unit, other names stay."""
    entry = {"runs": [[50.0, 0.1], None], "intervals": [[49.8, 50.2], None]}
    entry |= {"difference": None, "sigmas": None}
    found = {"settings": {}, "outcomes": {}, "checks": {}}
    numbers = {
        "fit rabi_rate_MHz": entry,
        "fit residual_excitation": entry,
        "exchange early": entry,
    }
    table = comparison_tables({**found, "numbers": numbers}, ("a", "b"))[1]
    names = [row[0] for row in table.rows]
    assert names == ["fitted Rabi rate (MHz)", "fitted residual excitation", "exchange early"]


def test_compare_answers_machines_and_refuses(folders, tmp_path):
    """--json is one object; a folder without a run is one sentence."""
    page = tmp_path / "beside.html"
    found = json.loads(call("compare", *folders, "--out", page, "--json").stdout)
    assert found["page"] == str(page)
    assert found["settings"]["drive.rabi_rate_MHz"] == [50.0, 20.0]
    assert "must be the folder of a finished run" in refused("compare", folders[0], tmp_path)


def test_every_verb_answers_machines(folders, tmp_path):
    """With --json the verbs that make files print one object that names them."""
    file, data = tmp_path / "e.toml", tmp_path / "d.nc"
    assert json.loads(call("init", file, "--json").stdout) == {"experiment_file": str(file)}
    file.write_text(SMALL.replace({"vacuum.method": "none", "tomography.shots": 20}).to_toml())
    assert json.loads(call("emulate", file, "--out", data, "--json").stdout)["dataset"] == str(data)
    table = tmp_path / "t.csv"
    assert json.loads(call("export", data, table, "--json").stdout) == {"table": str(table)}
    out = tmp_path / "out"
    found = json.loads(call("analyse", data, "--out", out, "--json").stdout)
    assert found["folder"] == str(out)
    assert found["verdict"]["all_three"]["outcome"] in ("holds", "fails", "undecided")
    page = json.loads(call("report", folders[0], "--json").stdout)["report"]
    assert page == str(folders[0] / "report.html")
    over = ("--over", "drive.rabi_rate_MHz=20,30", "--workers", 1, "--json")
    sweep = json.loads(call("sweep", file, *over, "--out", tmp_path / "s.nc").stdout)
    assert sweep["sweep"] == str(tmp_path / "s.nc")


def test_schema_describes_the_file():
    """The printed JSON Schema knows every key of a written file, its bounds and its words."""
    schema = json.loads(call("schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    home = schema["properties"]["drive"]
    reference = home.get("$ref") or home["allOf"][0]["$ref"]
    drive = schema["$defs"][reference.rpartition("/")[2]]
    assert drive["properties"].keys() == type(SMALL.drive).model_fields.keys()
    assert drive["additionalProperties"] is False
    assert "MHz" in drive["properties"]["rabi_rate_MHz"]["description"]
