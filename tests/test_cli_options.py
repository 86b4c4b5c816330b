"""What all verbs have in common, and what single ones print for people and for machines."""

import json
from typing import Any

import pytest
from commands import SMALL, call
from typer.main import get_command

from cqed_battery.cli import app
from cqed_battery.cli.shared.tables import sentence
from cqed_battery.units import show_hours

VERBS = get_command(app).commands
TITLE = "Write sentences like this one, and let them be so long that they need a second line."


def options(verb: str) -> set[str]:
    """Return the options that a verb declares."""
    return {name for parameter in VERBS[verb].params for name in parameter.opts}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_quiet_and_speaks_json(verb):
    """--json and --quiet are there whatever the verb."""
    assert {"--json", "--quiet", "-q"} <= options(verb)


def test_all_verbs_were_walked():
    """The walk finds the verbs by the names that users type."""
    assert {"run", "budget-errors", "schema", "paper"} <= set(VERBS)
    assert options("run") >= {"--out", "--set", "--seed"}


def test_schema_and_pulses_can_be_quiet(tmp_path):
    """They print nothing then; --json wins over --quiet, as with other verbs."""
    file = tmp_path / "e.toml"
    file.write_text(SMALL, encoding="utf-8")
    assert call("schema", "--quiet").output == call("pulses", file, "--quiet").output == ""
    shown = call("schema", "--json", "--quiet").stdout
    assert json.loads(shown) == json.loads(call("schema").stdout)


def test_paper_answers_machines(tmp_path):
    """Lists, figures and experiment files, each as one JSON object."""
    listed: Any = json.loads(call("paper", "--json").stdout)["papers"]
    assert [entry["paper"] for entry in listed] == ["Z1", "Z2", "R", "K", "W"]
    assert json.loads(call("paper", "K", "--json").stdout) == listed[3]
    arguments = ("--figure", "2a", "--out", tmp_path, "--json")
    found = json.loads(call("paper", "W", *arguments).stdout)
    assert found["figures"] == [str(tmp_path / "W-2a.png")]
    assert found["datasets"] == [str(tmp_path / "W-2a.nc")]
    lifted = ("--to-experiment", "g_MHz=50", "--out", tmp_path, "--json")
    file = json.loads(call("paper", "Z2", *lifted).stdout)
    assert file["experiment_file"] == str(tmp_path / "Z2.toml")
    assert (tmp_path / "Z2.toml").exists()
    assert call("paper", "W", "--quiet").output == call("paper", "--quiet").output == ""


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (0.0, "0 s"),
        (0.00059, "2.1 s"),
        (0.02, "72 s"),
        (0.05, "3 min"),
        (1.9, "114 min"),
        (2.5, "2.5 h"),
        (47.0, "47 h"),
        (72.0, "3 days"),
        (24e3, "1000 days"),
    ],
)
def test_times_are_written_for_people(hours, shown):
    """Seconds, minutes, hours or days, whichever a person would say."""
    assert show_hours(hours) == shown


@pytest.mark.study
def test_plan_prints_times_and_sentences_like_run(tmp_path):
    """The table has times with units, JSON has hours; sentences begin with a capital and wrap."""
    file = tmp_path / "e.toml"
    file.write_text(SMALL, encoding="utf-8")
    shown = call("plan", file, "--claim", "heat-current-negative").stdout
    planned = json.loads(call("plan", file, "--claim", "heat-current-negative", "--json").stdout)
    hours = planned["options"]["recommended"]["hours"]
    row = next(line for line in shown.splitlines() if line.startswith(" recommended"))
    assert show_hours(hours) in row
    assert show_hours(hours) in planned["statement"]
    below = shown[shown.index("Planned: ") :].splitlines()
    assert all(len(line) <= 80 for line in below)
    assert all(line[0].isupper() or line.startswith("  ") for line in below)
    assert len(planned["notes"]) >= 1


def test_sentences_wrap_and_begin_with_a_capital():
    """A second line is set in, and letters that are no words stay."""
    first, second = sentence(f"w{TITLE[1:]}").splitlines()
    assert first == TITLE[: len(first)]
    assert 70 < len(first) <= 80
    assert second == f"  {TITLE[len(first) + 1 :]}"


def test_a_reset_that_heats_is_said(tmp_path):
    """The default's active reset leaves more than equilibrium; a better one says nothing."""
    file = tmp_path / "e.toml"
    file.write_text("", encoding="utf-8")
    shown = call("reset", file).stdout
    assert "Note: the active reset leaves 0.0105 in level 1, more than the 0.01 of" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "more than the 0.01" in json.loads(call("reset", file, "--json").stdout)["note"]
    for text in ('[reset]\nkind = "none"\n', "[transmon]\nresidual_excitation = 0.1\n"):
        file.write_text(text, encoding="utf-8")
        assert "Note" not in call("reset", file).stdout
        assert json.loads(call("reset", file, "--json").stdout)["note"] is None
