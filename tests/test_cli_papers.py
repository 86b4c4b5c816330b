"""The verbs of the theory: figures, the ledger, and the way to an experiment file."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from commands import call, refused

from analysis.papers.claim import Claims, Finding, PaperClaim, Reading
from analysis.papers.ledger import Entry, as_json, as_page, compute_ledger
from analysis.papers.library import PAPERS
from cqed_battery.experiment import Experiment

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
    assert claim.command == "cqed-battery paper X2 --figure 1 --set loss=0"
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
    claim = PaperClaim(key="K1", place="Fig. 1", says="More.", command="do", compute=lambda: None)
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
    page = as_page(ledger())
    assert "### K1: holds only if star" in page
    assert "| star | 2 u | above 1 \\| or so | yes |" in page


@pytest.mark.slow
def test_page_in_the_docs_is_what_is_computed():
    """docs/claims.md is the ledger as it is computed now, to the digits shown."""
    page = (Path(__file__).parents[1] / "docs" / "claims.md").read_text(encoding="utf-8")
    verdicts = [line for line in page.splitlines() if line.startswith("###")]
    entries = compute_ledger(PAPERS.values())
    assert verdicts == [f"### {e.claim.key}: {e.finding.verdict}" for e in entries]


def test_page_in_the_docs_names_every_claim():
    """No claim is missing from docs/claims.md, and none is there that is no longer made."""
    page = (Path(__file__).parents[1] / "docs" / "claims.md").read_text(encoding="utf-8")
    named = [line[4:].split(":")[0] for line in page.splitlines() if line.startswith("### ")]
    assert named == [claim.key for paper in PAPERS.values() for claim in paper.claims]
