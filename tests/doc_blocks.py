"""The code blocks of the documentation: read off a page, run in order, output compared.

Fenced blocks only. What a block is follows from its language and its first line:

    sh                run by bash, commands of ours alone in this process; standard output
                      and error together are its output
    python            run in one namespace for the whole page
    any, first line   `# NAME.ext`: the block is that file, written and not run
    text              directly after a block that runs: what that block must print,
                      where a line `...` stands for any lines

A block under a comment `<!-- not run: reason -->` is not run. To write the outputs anew:

    python tests/doc_blocks.py docs/tutorial.md
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(
    r"(?P<skip><!-- not run: [^\n]*-->\n+)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.S | re.M
)
_FILE = re.compile(r"# (?P<name>(?:[\w-]+/)?[\w-]+\.(?:toml|py|csv))\n")


@dataclass
class Block:
    """A fenced block: its language, its text, the line it begins in, and what it must print."""

    language: str
    code: str
    line: int
    skipped: bool
    place: tuple[int, int]
    output: "Block | None" = None

    @property
    def file(self) -> str | None:
        """The name of the file that the block is, if it is one."""
        named = _FILE.match(self.code)
        return named["name"] if named else None

    @property
    def runs(self) -> bool:
        """Whether the block is run."""
        return self.language in ("sh", "python") and not self.skipped and self.file is None


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a page that run or are files, in order, with their outputs."""
    found: list[Block] = []
    end = 0
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("language")) + 1
        place = match.start("code"), match.end("code")
        block = Block(match["language"], match["code"], line, bool(match["skip"]), place)
        between = text[end : match.start()].strip()
        if block.language == "text" and found and found[-1].runs and not between:
            found[-1].output = block
        elif block.runs or block.file or block.skipped:
            found.append(block)
        end = match.end()
    return found


class Reader:
    """Runs the blocks of one page in a folder, as a reader would who pastes them in order."""

    def __init__(self, folder: Path, page: str) -> None:
        self.folder, self.page = folder, page
        self.names: dict[str, Any] = {"__name__": "__main__"}
        shutil.copytree(ROOT / "examples", folder / "examples")
        paths = [str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = os.environ | {"PATH": os.pathsep.join(paths), "COLUMNS": "80"}

    def run(self, block: Block) -> str:
        """Run a block, or write its file, and return what it printed."""
        if block.skipped:
            return ""
        if block.file is not None:
            place = self.folder / block.file
            place.parent.mkdir(exist_ok=True)
            place.write_text(block.code, encoding="utf-8")
            return ""
        if block.language == "python":
            return self._python(block)
        commands = own_commands(block.code)
        return self._shell(block) if commands is None else self._call(block, commands)

    def _call(self, block: Block, commands: list[list[str]]) -> str:
        """Run commands of ours in this process, which spares the time of starting them."""
        from cqed_battery.cli import app

        printed = []
        for command in commands:
            with contextlib.chdir(self.folder), patch.dict(os.environ, self.environment):
                done = CliRunner().invoke(app, command, prog_name="cqed-battery")
            error = None if isinstance(done.exception, SystemExit) else done.exception
            assert error is None, f"{self.page}:{block.line} raised {error!r}"
            assert done.exit_code == 0, f"{self.page}:{block.line} ended with {done.output}"
            printed.append(done.output)
        return "".join(printed)

    def _shell(self, block: Block) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.code],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{self.page}:{block.line} ended with {done.stdout}"
        return done.stdout

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        code = compile("\n" * block.line + block.code, self.page, "exec")
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(printed),
            patch.dict(os.environ, self.environment),
        ):
            exec(code, self.names)
        return printed.getvalue()


def own_commands(code: str) -> list[list[str]] | None:
    """Return the arguments of each command, if all are ours and none needs a shell."""
    lines = [line for line in code.replace("\\\n", " ").splitlines() if line.strip()]
    if any(set(line) & set("|&;<>$*`#'\"") for line in lines):
        return None
    words = [line.split() for line in lines]
    return [rest for _, *rest in words] if {w[0] for w in words} == {"cqed-battery"} else None


def agrees(printed: str, shown: str) -> bool:
    """Say whether what was printed is what is shown; a line `...` stands for any lines."""
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    parts = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in lines]
    seen = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch("".join(parts), seen) is not None


@contextlib.contextmanager
def own_modules(folder: Path) -> Iterator[None]:
    """Let a page import the modules that it writes, and forget them afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            home = getattr(sys.modules[name], "__file__", None) or ""
            if Path(home).parent == folder:
                del sys.modules[name]


def write_outputs(page: Path) -> None:
    """Write every output of a page that differs from what is printed now, `...` ones excepted."""
    text = page.read_text(encoding="utf-8")
    changes: list[tuple[tuple[int, int], str]] = []
    with tempfile.TemporaryDirectory() as name, own_modules(Path(name)):
        reader = Reader(Path(name), str(page))
        for block in read_blocks(text):
            printed = reader.run(block)
            shown = block.output
            if shown is None or agrees(printed, shown.code):
                continue
            if "\n...\n" in f"\n{shown.code}":
                sys.stderr.write(f"{page}:{shown.line} differs, has ...:\n{printed}\n")
                continue
            lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
            changes.append((shown.place, "\n".join(lines) + "\n"))
    for (start, end), new in reversed(changes):
        text = text[:start] + new + text[end:]
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        write_outputs(Path(argument).resolve())
