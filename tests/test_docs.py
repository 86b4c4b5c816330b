"""Every block of the documentation runs as it stands, and prints what the page shows."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from doc_blocks import ROOT, Reader, agrees, own_commands, own_modules, read_blocks

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
WHOLE_RUNS = [
    "docs/files.md",
    "docs/reference/python.md",
    "docs/tutorial.md",
    *(
        f"docs/howto/{name}.md"
        for name in (
            "campaign",
            "cluster",
            "explore",
            "extract_work",
            "import_counts",
            "laboratory",
            "operating_point",
            "own_estimator",
            "plan_shots",
            "trust",
        )
    ),
]
NEEDS = {"docs/howto/qiskit_experiments.md": "qiskit_experiments"}
EXAMPLE = """
```toml
# some.toml
```

```python
print(1 + 1)
```

```text
2
```

Words.

```sh
cat some.toml
```

```text
...
```

<!-- not run: for a reason -->

```sh
false
```
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning:qiskit")
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.study] if page in WHOLE_RUNS else [])
        for page in ("README.md", *PAGES)
    ],
)
def test_blocks_run(page: str, tmp_path: Path) -> None:
    """The blocks of a page, pasted in order, end without an error and print what is shown."""
    blocks = read_blocks((ROOT / page).read_text(encoding="utf-8"))
    if page in NEEDS and find_spec(NEEDS[page]) is None:
        pytest.skip(f"{NEEDS[page]} is not installed; see the page")
    with own_modules(tmp_path):
        reader = Reader(tmp_path, page)
        for block in blocks:
            printed = reader.run(block)
            if block.output is not None:
                shown = block.output.code
                where = f"{page}:{block.output.line} shows\n{shown}\nbut there is\n{printed}"
                assert agrees(printed, shown), where


def test_blocks_are_found() -> None:
    """A file, an output and a block that is not run are told apart; a comment ends with reason."""
    file, python, shell, skipped = read_blocks(EXAMPLE)
    assert (file.file, file.runs) == ("some.toml", False)
    assert python.output is not None
    assert python.output.code == "2\n"
    assert shell.runs
    assert shell.output is not None
    assert (skipped.skipped, skipped.runs) == (True, False)


@pytest.mark.parametrize(
    ("code", "printed"),
    [("print(1)", "1\n"), ("raise ValueError('no')", None), ("print(2)", "2\n")],
)
def test_python_blocks_tell(code: str, printed: str | None, tmp_path: Path) -> None:
    """A python block's output is what it prints, and its error is the test's."""
    (block,) = read_blocks(f"```python\n{code}\n```")
    reader = Reader(tmp_path, "page")
    if printed is None:
        with pytest.raises(ValueError, match="no"):
            reader.run(block)
    else:
        assert reader.run(block) == printed


@pytest.mark.parametrize("command", ["false", "cqed-battery run no.toml", "cqed-battery no"])
def test_shell_blocks_stop_at_the_first_error(command: str, tmp_path: Path) -> None:
    """A command that fails in the middle of a block is not overlooked."""
    (block,) = read_blocks(f"```sh\n{command}\ncqed-battery --version\n```")
    with pytest.raises(AssertionError, match="page:1 ended with"):
        Reader(tmp_path, "page").run(block)


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ("cqed-battery init\n", [["init"]]),
        (
            "cqed-battery run a.toml \\\n    --quiet\ncqed-battery init\n",
            [["run", "a.toml", "--quiet"], ["init"]],
        ),
        ("cqed-battery run a.toml || true\n", None),
        ("ls\n", None),
        ("cqed-battery init\nls\n", None),
    ],
)
def test_commands_that_need_no_shell(code: str, commands: list[list[str]] | None) -> None:
    """Only blocks of our own commands, without anything that a shell understands."""
    assert own_commands(code) == commands


def test_a_shell_finds_the_command(tmp_path: Path) -> None:
    """What needs a shell has the installed command on its path."""
    (block,) = read_blocks("```sh\ncqed-battery --version | cat\n```")
    assert Reader(tmp_path, "page").run(block).startswith("cqed-battery ")


@pytest.mark.parametrize(
    ("printed", "shown", "same"),
    [
        ("a \nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\nb\n", "a\n", False),
        ("a\nb\nc\n", "a\n...\nc\n", True),
        ("a\nc\n", "a\n...\nc\n", True),
        ("a\nb\nd\n", "a\n...\nc\n", False),
    ],
)
def test_outputs_are_compared(printed: str, shown: str, same: bool) -> None:
    """All lines count, but for blanks at their ends; ... stands for any lines."""
    assert agrees(printed, shown) is same
