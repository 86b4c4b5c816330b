"""The verbs of the theory: figures, the ledger, and the way to an experiment file."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import xarray as xr
from commands import call, refused

from analysis.papers.claim import Claims, PaperClaim
from analysis.papers.finding import Finding, Reading
from analysis.papers.joint import joint_readings
from analysis.papers.ledger import Entry, as_json, as_page, compute_ledger, reading_rows
from analysis.papers.library import PAPERS, find_claims
from analysis.papers.rule import Rule, judged
from cqed_battery.cli.shared.set_values import set_values
from cqed_battery.experiment import Experiment
from cqed_battery.files.markdown import slug

PAPERS_FOLDER = Path(__file__).parents[1] / "analysis" / "papers"


def test_papers_and_figures_are_listed():
    """Every paper has figures and claims with keys of their own, and the verb lists them."""
    listed = call("paper", "list").stdout
    for key, paper in PAPERS.items():
        assert key in listed
        keys = [claim.key for claim in paper.claims]
        assert len(set(keys)) == len(keys) >= 10
        assert list(paper.figures) == [figure.key for figure in paper.figures.values()]
    assert sum(len(paper.claims) for paper in PAPERS.values()) >= 45


def test_claims_are_numbered_without_a_gap():
    """Every file of claims is found: the keys of a paper count from 1."""
    for paper in PAPERS.values():
        numbers = [
            int(claim.key.removeprefix(paper.key).removeprefix("-")) for claim in paper.claims
        ]
        assert numbers == list(range(1, len(numbers) + 1))
        assert all(claim.says.endswith(".") for claim in paper.claims)


def test_every_folder_is_a_paper():
    """The library is what the folders say: no paper is listed elsewhere, none is left out."""
    folders = {file.parent.name for file in PAPERS_FOLDER.glob("*/__init__.py")}
    assert {paper.folder.rpartition(".")[2] for paper in PAPERS.values()} == folders
    orders = [paper.order for paper in PAPERS.values()]
    assert orders == sorted(set(orders))


def test_listing_the_papers_imports_no_model():
    """What the papers are is known without numpy; their parts come when they are asked for."""
    code = "import sys, analysis.papers.library; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_claim_says_what_its_docstring_says():
    """The first paragraph, or that of the version; a number is given once."""
    first, second = Claims("X1-"), Claims("X2-")

    @first.claim(2, "Fig. 2", "2")
    @second.claim(1, "Fig. 1", "1 --set loss=0", says="It grows.")
    @first.claim(1, "Fig. 1", "1", 0.5)
    def grows(share=0.0):
        """Something else.

        X1: The energy
        grows.
        """
        return Finding(remark=f"{share}")

    assert [claim.key for claim in first] == ["X1-1", "X1-2"]
    assert {claim.says for claim in first} == {"The energy grows."}
    assert [claim.compute().remark for claim in first] == ["0.5", "0.0"]
    (claim,) = second
    assert claim.drawing == "cqed-battery paper X2 --figure 1 --set loss=0"
    with pytest.raises(ValueError, match="X1-2 is entered twice"):
        first.claim(2, "Fig. 3", "3")


def test_figure_is_a_picture_and_a_dataset_of_its_curves(tmp_path):
    """The curves drawn are the model's at the changed parameters: two qubits in closed form."""
    arguments = ("--figure", "4", "--out", tmp_path, "--format", "svg")
    assert call("paper", "k", *arguments, "--set", "temperature=0.5", "--set", "qubits=2").stdout
    assert "<svg" in (tmp_path / "K-4.svg").read_text()
    with xr.open_dataset(tmp_path / "K-4.nc", engine="h5netcdf") as curves:
        found = curves.load()
    assert json.loads(found.attrs["changes"]) == {"temperature": 0.5, "qubits": 2}
    (curve,) = found.data_vars.values()
    coupling = found[curve.dims[-1]].values
    first, second = (1 / (np.exp((1.0 - mu) / 0.5) + 1) for mu in (1.0, 3.0))
    excited = first + (second - first) * 2 * coupling**2 / (1 + 4 * coupling**2)
    expected = np.maximum(2 * excited - 1, 0.0)
    for row in np.atleast_2d(curve.values):
        np.testing.assert_allclose(row, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("paper", "X"), "PAPER must be one of Z1, Z2, R, K, W"),
        (("paper", "K", "--figure", "99"), "paper K has no figure '99'"),
        (("paper", "K", "--figure", "4", "--set", "temperature"), "--set must read NAME=VALUE"),
        (("paper", "K", "--figure", "4", "--set", "temperature=-1"), "temperature"),
        (("paper", "K", "--figure", "4", "--set", "heat=1"), "heat"),
        (("paper", "K", "--figure", "4", "--format", "gif"), "--format must be png or svg"),
        (("paper", "W", "--to-experiment", "g_MHz=50"), "needs Z1 or Z2"),
        (("paper", "Z2", "--to-experiment", "50"), "NAME=VALUE"),
        (("claims", "X"), "PAPER must be one of"),
    ],
)
def test_refusals_are_one_sentence(arguments, sentence, tmp_path):
    """What cannot be done is said in one sentence, with exit code 2, and nothing is written."""
    out = ("--out", tmp_path / "out", "--quiet") if arguments[0] == "paper" else ("--quiet",)
    assert sentence in refused(*arguments, *out)
    assert not list(tmp_path.rglob("*.p*"))


def test_parameters_are_lifted_into_an_experiment_file(tmp_path):
    """The file is one that the other verbs accept, and what it cannot carry is said."""
    done = call("paper", "Z2", "--to-experiment", "g_MHz=40", "--out", tmp_path)
    experiment = Experiment.from_toml(tmp_path / "Z2.toml")
    assert experiment.coupler.g_on_MHz == 40.0
    assert experiment.drive.rabi_rate_MHz == pytest.approx(40.0 * 0.5 / 0.75)
    assert "not carried over" in done.stdout


def ledger():
    """A ledger of one claim with two readings that disagree."""
    readings = tuple(
        Reading(name=name, number=x, unit="u", criterion="above 1 | or so", holds=x > 1)
        for name, x in (("star", 2.0), ("chain", 0.5))
    )
    claim = PaperClaim(key="K1", place="Fig. 1", says="More.", drawing="do", compute=lambda: None)
    return [Entry(PAPERS["K"], claim, Finding(readings=readings, remark="Mind."))]


def test_verdicts_follow_from_the_readings():
    """All, some, none or no readings: holds, holds only if, fails, not testable."""
    both = ledger()[0].finding.readings
    assert Finding(readings=both[:1]).verdict == "holds"
    assert Finding(readings=both).verdict == "holds only if star"
    assert Finding(readings=both[1:]).verdict == "fails"
    assert Finding(remark="no numbers").verdict == "not testable"


def test_ledger_as_json_and_as_a_page():
    """JSON carries every number; the page shows each reading and keeps tables whole."""
    (row,) = json.loads(as_json(ledger()))
    assert row["verdict"] == "holds only if star"
    assert [reading["number"] for reading in row["readings"]] == [2.0, 0.5]
    page = as_page(ledger(), "figures")
    assert "### K1: More\n\nFig. 1. **Holds only if star.**" in page
    assert "| [K1](#k1-more) | More | depends: 1 of 2 readings |" in page
    assert "| star | 2 u | above 1 \\| or so | yes |" in page
    assert "| star (the text) | 1 of 1 |  |" in page


@pytest.mark.slow
def test_page_in_the_docs_is_what_is_computed():
    """docs/claims.md is the ledger as it is computed now, to the digits shown."""
    page = (Path(__file__).parents[1] / "docs" / "claims.md").read_text(encoding="utf-8")
    entries = compute_ledger(find_claims())
    for entry in entries:
        section = page.split(f"### {entry.claim.heading}\n")[1].split("\n### ")[0]
        verdict = entry.finding.verdict
        assert f"**{verdict[:1].upper()}{verdict[1:]}.**" in section
        assert f"| {entry.finding.short} |" in page


def test_page_in_the_docs_names_every_claim():
    """No claim is missing from docs/claims.md, and none is there that is no longer made."""
    page = (Path(__file__).parents[1] / "docs" / "claims.md").read_text(encoding="utf-8")
    headings = [line[4:] for line in page.splitlines() if line.startswith("### ")]
    claims = [claim for paper in PAPERS.values() for claim in paper.claims]
    assert [one for one in headings if "at once" not in one] == [one.heading for one in claims]
    for claim in claims:
        assert f"(#{slug(claim.heading)})" in page


def test_every_picture_of_the_page_lies_beside_it():
    """Each picture that docs/claims.md shows exists, and none lies there unseen."""
    docs = Path(__file__).parents[1] / "docs"
    shown = re.findall(r"\]\(figures/(.+?\.png)\)", (docs / "claims.md").read_text("utf-8"))
    assert set(shown) == {path.name for path in (docs / "figures").glob("*.png")} != set()


def test_readings_are_taken_together():
    """A choice of every option is judged by the cases that name no other value."""
    rule = Rule("gain", "> 0")
    findings = {
        "a": judged((rule, {"cold, early": 1.0, "warm, early": -1.0, "cold, late": -1.0})),
        "b": judged((rule, {"warm": 1.0, "cold": -1.0})),
        "c": judged((rule, {"range 3": 1.0, "range 5": -1.0})),
        "d": Finding(remark="no numbers"),
    }
    found = joint_readings(findings, [("cold", "warm"), ("star", "chain")])
    assert [(one.name, one.own, one.held, one.failed) for one in found] == [
        ("cold", True, ("a", "c"), ("b",)),
        ("warm", False, ("b", "c"), ("a",)),
    ]


SHOWN = ("Z1-23", "Z2-21", "R3", "R31", "K13", "K22", "W1", "W43")  # of each paper, all quick


def shows_its_numbers(claim):
    """Whether a claim's own command prints the number and the rule of each reading."""
    verb, key, *rest = claim.command.removeprefix("cqed-battery ").split()
    assert (verb, key, rest) == ("claims", claim.key, [])
    (row,) = json.loads(call(verb, key, "--json").stdout)
    finding = claim.compute()
    assert [(r["number"], r["criterion"]) for r in row["readings"]] == [
        (pytest.approx(r.number, rel=1e-6, abs=1e-9), r.criterion) for r in finding.readings
    ]
    printed = " ".join(call(verb, key).stdout.split())
    for reading, found, rule, held in reading_rows(finding):
        assert f" {found} ({held}): {reading}; holds if {rule} " in printed
    assert f" {claim.place}: " in printed


@pytest.mark.parametrize("key", SHOWN)
def test_the_command_of_a_row_shows_its_numbers(key):
    """What the page tells a user to type prints every number of the row, under its rule."""
    ((_, claim),) = find_claims(key)
    shows_its_numbers(claim)


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
def test_every_command_of_the_ledger_shows_its_numbers(paper):
    """The same for every row that computes in a moment; the others have the same verb."""
    for claim in PAPERS[paper].claims:
        begin = process_time()
        claim.compute()
        if process_time() - begin < 1.0:
            shows_its_numbers(claim)


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
def test_every_figure_of_the_ledger_can_be_drawn(paper):
    """The parameters that a row's figure is changed by are those of its model."""
    drawings = {claim.drawing for claim in PAPERS[paper].claims if " --set " in claim.drawing}
    for words in map(shlex.split, sorted(drawings)):
        changes = set_values(words[words.index("--set") + 1 :: 2], "")
        assert PAPERS[paper].figures[words[4]].compute(changes).data_vars


def test_every_row_of_the_page_names_its_own_command():
    """Each section of docs/claims.md ends in the command of its claim, and in no other's."""
    page = (Path(__file__).parents[1] / "docs" / "claims.md").read_text(encoding="utf-8")
    for claim in (claim for paper in PAPERS.values() for claim in paper.claims):
        section = page.split(f"### {claim.heading}\n")[1].split("\n### ")[0]
        assert re.findall(r"^    cqed-battery claims (\S+)$", section, re.M) == [claim.key]
        drawn = re.findall(r"^    cqed-battery paper \S+ --figure (\S+)", section, re.M)
        assert drawn == ([claim.figure] if claim.figure else [])


def test_one_claim_makes_no_page(tmp_path):
    """The page of one claim is refused with what to write; what is advised is accepted."""
    assert "write claims K --page" in refused("claims", "K13", "--page", tmp_path / "k.md")
    assert not list(tmp_path.iterdir())
    assert "the claims of K end at K25" in refused("claims", "K99")


def test_a_number_near_its_limit_is_called_near():
    """Within a tenth of the limit, on either side; a limit of 0 has no scale."""
    rule = Rule("gain", "> 2 and < 10")
    assert [rule.reading("", x).near for x in (2.1, 1.9, 2.5, 9.5, 12.0)] == [
        *(True, True, False, True, False)
    ]
    assert rule.reading("", 2.5).margin == pytest.approx(0.2)
    assert Rule("gain", "> 0").reading("", 1e-9).margin is None
    assert Rule("gain", lambda x: x > 2).reading("", 2.0).margin is None
    finding = judged((rule, {"a": 2.1, "b": 5.0, "c": 1.0}))
    assert finding.short == "depends: 2 of 3 readings (1 near the limit)"


def test_coverage_of_the_texts_names_every_claim():
    """docs/coverage.md lists each claim at least once, and none that is not made."""
    page = (Path(__file__).parents[1] / "docs" / "coverage.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:Z[12]-|[RKW])\d+\b", page))
    assert named == {claim.key for paper in PAPERS.values() for claim in paper.claims}
