"""What the documentation names exists: verbs, options, targets, pages, keys of the file."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import call
from doc_blocks import ROOT
from typer.main import get_command

from analysis.papers.figure import find_figure
from analysis.papers.library import find_paper
from cqed_battery.cli import app
from cqed_battery.experiment import Experiment

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
VERBS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
_COMMAND = re.compile(r"\bcqed-battery (?P<rest>(?:[^`\n\\]|\\\n)+)")
_TABLE = re.compile(
    r"<!-- printed table: begin -->\n```\n(.*?)```\n<!-- printed table: end -->", re.S
)
_KEY = re.compile(r"`(?P<section>[a-z]+)\.(?P<key>[a-zA-Z0-9_]+)(?: = [^`]*)?`")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every command of ours in a text, in blocks and within sentences."""
    for match in _COMMAND.finditer(text):
        plain = match["rest"].replace("\\\n", " ")
        words = shlex.split(
            re.split(r" \|\||[|;<>&]", plain, maxsplit=1)[0].replace("[", " ").replace("]", " ")
        )
        if words and not words[0].startswith("-"):
            yield words


def unknown(words: list[str]) -> str | None:
    """Return the verb or the option of a command that does not exist."""
    verb, *rest = words
    if verb not in VERBS:
        return verb
    options = {name for param in VERBS[verb].params for name in param.opts}
    wrong = [word for word in rest if word.startswith("-") and word not in {*options, "--help"}]
    return f"{verb} {wrong[0]}" if wrong else None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_exist(page: Path) -> None:
    """Each verb and each option that a page names is one of the command line's."""
    found = list(commands(page.read_text(encoding="utf-8")))
    if page.name == "README.md":
        assert len(found) >= len(VERBS)
    assert [wrong for words in found if (wrong := unknown(words))] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`cqed-battery rum FILE`", "rum"),
        ("    cqed-battery run FILE --ut DIR", "run --ut"),
        ("```sh\ncqed-battery run FILE \\\n    --ut DIR || true\n```", "run --ut"),
        ("`cqed-battery run FILE [--out DIR] [--seed N]`", None),
        ("`cqed-battery --version`", None),
    ],
)
def test_a_wrong_command_is_found(text: str, wrong: str | None) -> None:
    """Names that do not exist are seen, wherever the command stands."""
    assert next((found for words in commands(text) if (found := unknown(words))), None) == wrong


def test_commands_of_the_ledger_are_whole() -> None:
    """Each claim's command has all that its verb needs, and names a figure that can be drawn."""
    found = list(commands((ROOT / "docs" / "claims.md").read_text(encoding="utf-8")))
    assert len(found) > 90
    for verb, *rest in found:
        chosen = VERBS[verb].make_context(verb, rest).params
        for key in chosen.get("figure") or ():
            paper = find_paper(chosen["name"])
            assert find_figure(paper.figures, paper.key, key).key == key
        if verb == "run":
            assert (ROOT / chosen["file"]).is_file()


def test_readme_names_every_verb() -> None:
    """No verb is missing from the front page."""
    readme = PAGES[0].read_text(encoding="utf-8")
    assert {words[0] for words in commands(readme)} >= set(VERBS)


@pytest.mark.study
def test_readme_shows_what_make_run_prints(tmp_path: Path) -> None:
    """The table of the front page is the one that its first command prints now."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "cqed-battery run examples/proposed.toml --out runs/proposed" in makefile
    shown = _TABLE.findall(PAGES[0].read_text(encoding="utf-8"))
    assert len(shown) == 1
    result = call("run", ROOT / "examples" / "proposed.toml", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert shown[0] == result.stdout.partition("\n\n")[0] + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_targets_exist(page: Path) -> None:
    """Each `make TARGET` is a target of the Makefile."""
    targets = set(
        re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    )
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^ *)make ([a-z]+)(?:`| {2,}#|$)", text, re.M))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_keys_exist(page: Path) -> None:
    """Each key in backticks is one of the experiment file's, where its section is one."""
    known = Experiment()
    sections = Experiment.sections()
    wrong = [
        match[0]
        for match in _KEY.finditer(page.read_text(encoding="utf-8"))
        if match["section"] in sections
        and match["key"] not in type(getattr(known, match["section"])).model_fields
    ]
    assert wrong == []


def test_dask_takes_the_options_of_the_page() -> None:
    """The commands that start a cluster have the options that the page gives them."""
    from distributed.cli import dask_scheduler, dask_worker

    page = (ROOT / "docs" / "howto" / "cluster.md").read_text(encoding="utf-8")
    for name, command in (("scheduler", dask_scheduler.main), ("worker", dask_worker.main)):
        (line,) = re.findall(rf"^dask {name} (.*)$", page, re.M)
        options = {option for param in command.params for option in param.opts}
        named = {word for word in line.split() if word.startswith("--")}
        assert named
        assert named <= options
