"""What `--help` prints and the shell completes: whole sentences, nothing eaten, no ragged lines."""

import inspect
import os
import pydoc
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from pkgutil import iter_modules
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import cqed_battery.cli
from cqed_battery.cli import app
from cqed_battery.cli.shared.completion import claims_of_a_plan, keys, papers_and_claims
from cqed_battery.cli.shared.tables import table
from cqed_battery.device.coupler import Coupler
from cqed_battery.experiment import Experiment

VERBS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
SOURCES = [module.name for module in iter_modules(cqed_battery.cli.__path__) if not module.ispkg]
WIDTH = 80


def help_of(name: str) -> list[str]:
    runner = CliRunner(env={"COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"})
    return runner.invoke(app, [name, "--help"], prog_name="cqed-battery").output.splitlines()


def described(lines: list[str]) -> list[str]:
    """The paragraphs' lines between usage and the first box."""
    first_box = next(number for number, line in enumerate(lines) if line.startswith("╭"))
    usage = next(number for number, line in enumerate(lines) if "Usage:" in line)
    return [line.strip() for line in lines[usage + 1 : first_box]]


@pytest.mark.parametrize("source", SOURCES)
def test_help_says_the_whole_docstring(source: str) -> None:
    """Every word of a verb's docstring is printed, [brackets] too."""
    name = source.strip("_").replace("_", "-")
    tree = import_module(f"cqed_battery.cli.{source}")
    text = inspect.getsource(tree).partition(') -> Answer:\n    """')[2].partition('"""')[0]
    assert " ".join(described(help_of(name))).split() == text.split()


@pytest.mark.parametrize("name", VERBS)
def test_lines_of_help_are_full(name: str) -> None:
    """A line ends where the next word has no room, or its paragraph ends."""
    lines = described(help_of(name))
    for line, after in pairwise(lines):
        if line and after:
            assert len(line) + 1 + len(after.split()[0]) > WIDTH - 2, (line, after)


def test_keys_are_completed() -> None:
    """Every key that is offered is one of the file's, and none of a section is missing."""
    assert keys("coupler.g_o") == ["coupler.g_on_MHz=", "coupler.g_off_MHz="]
    offered = {key.removeprefix("coupler.").removesuffix("=") for key in keys("coupler.")}
    assert offered == set(Experiment().coupler.model_dump())
    assert keys("nothing") == []


def test_claims_are_completed() -> None:
    """Up to where a number is the user's own."""
    assert "ergotropy-gain-late" in claims_of_a_plan("ergotropy-gain-")
    assert claims_of_a_plan("vacuum") == ["vacuum-fidelity:+-"]
    assert "Z1" in papers_and_claims("Z")
    assert papers_and_claims("Z1-37") == ["Z1-37"]


def test_the_shell_is_answered() -> None:
    """Bash asks with the line so far, and gets the keys."""
    asked = {
        "_CQED_BATTERY_COMPLETE": "complete_bash",
        "COMP_WORDS": "cqed-battery run x.toml --set coupler.g_on",
        "COMP_CWORD": "4",
    }
    code = "from cqed_battery.cli import app; app(prog_name='cqed-battery')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env={**os.environ, **asked}, capture_output=True, text=True, timeout=900
    )
    assert done.stdout.split() == ["coupler.g_on_MHz="], done.stderr


def test_help_of_a_section_says_its_keys() -> None:
    """In Python `help(Coupler)` says what the file does, its signature has plain types."""
    shown = pydoc.plain(pydoc.render_doc(Coupler))
    for name, field in Coupler.model_fields.items():
        assert f"{name}: {field.description}." in shown
    assert "Annotated" not in pydoc.plain(pydoc.render_doc(Experiment))
    assert str(inspect.signature(Experiment).parameters["coupler"]).endswith("Coupler = Ellipsis")


@pytest.mark.parametrize("columns", [4, 12])
def test_a_table_cuts_no_number(columns: int) -> None:
    """Keys and numbers stand whole, also where they are wider together than the terminal."""
    numbers = [f"{number}.123456" for number in range(columns)]
    headers = ["key", *(f"sigmas {number}" for number in range(columns)), "words"]
    row = ["a key of its own", *numbers, "some words that may be wrapped where there is no room"]
    printed = table(headers, [row], numbers=range(1, columns + 1))
    assert "…" not in printed
    assert set(numbers) <= set(printed.split())
    assert set(row[-1].split()) <= set(printed.split())
    assert (max(map(len, printed.splitlines())) <= WIDTH) == (columns == 4)


def test_a_header_breaks_between_its_words_alone() -> None:
    """Eight columns of counts are wider than the terminal, and each header stands whole."""
    headers = ["plan", *(f"{number}-extraction" for number in range(7)), "sigmas"]
    printed = table(headers, [["uniform grid of the file", *("0" * 7), "5.00"]])
    assert printed.splitlines()[0].split() == headers


def test_a_word_is_not_broken() -> None:
    """Neither is a cell's last word, however many columns stand before it."""
    headers = ["", "step", "from ns", "for ns", "MHz at GHz", "flux MHz", "others"]
    row = [
        "1",
        "transmon moves to readout",
        "-2000",
        "2000",
        "29.2 at 5.899787",
        "-2.88",
        "readout",
    ]
    printed = table(headers, [row], words=2, numbers=range(2, 6))
    assert printed.splitlines()[-1].split()[-1] == "readout"
