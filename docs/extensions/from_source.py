"""What the reference takes from the software: commands, experiment file, modules, docstrings."""

import ast
import logging
import os
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import mock

PACKAGES = ("cqed_battery", "protocols", "analysis")
_SECTION = re.compile(r"(Args|Returns|Raises|Example|Examples|Yields|Note):")
_SPECIAL = re.compile(r"``.*?``|`[^`]+`|[\\*|]|_(?=\W|$)")
_ARRAY = re.compile(r"~?(?:numpy\.)?ndarray\[.*?dtype\[~?(?:numpy\.)?(?P<kind>\w+)\]\]")
_ANY_ARRAY = re.compile(r"[\w.~]*_Buffer \| .*?\[complex \| bytes \| str\]")
_NAMES = {"float64": "FloatArray", "complex128": "ComplexArray", "int64": "IntArray"}


class Verbs(Directive):
    """The help of every verb of the command line, one section each."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        from typer.main import get_command
        from typer.testing import CliRunner

        from cqed_battery.cli import app

        runner, found = CliRunner(env={"COLUMNS": "90", "NO_COLOR": "1", "TERM": "dumb"}), []
        for name in get_command(app).commands:  # type: ignore[attr-defined]
            text = runner.invoke(app, [name, "--help"], prog_name="cqed-battery").output
            section = nodes.section(ids=[f"verb-{name}"], names=[name])
            section += nodes.title(text=name)
            section += literal("\n".join(line.rstrip() for line in text.strip().splitlines()))
            found.append(section)
        return found


class ExperimentFile(Directive):
    """The experiment file that `init` writes."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return it as one block."""
        from cqed_battery import Experiment

        return [literal(Experiment().to_toml(comments=True), "toml")]


def literal(text: str, language: str = "text") -> nodes.literal_block:
    """Return a block that is shown as it is."""
    return nodes.literal_block(text, text, language=language)


def write_modules(app: Sphinx) -> None:
    """Write a page for each module into reference/generated, and a page for each package."""
    root, home = Path(app.srcdir).parent, Path(app.srcdir) / "reference" / "generated"
    wanted: dict[str, str] = {}
    for package in PACKAGES:
        files = sorted((root / package).rglob("*.py"))
        modules = [name for file in files if (name := module_name(root, file)) is not None]
        wanted |= {name: module_page(name) for name in modules}
        wanted[package] = package_page(package, root, modules)
    home.mkdir(exist_ok=True)
    for old in set(home.glob("*.rst")) - {home / f"{name}.rst" for name in wanted}:
        old.unlink()
    for name, text in wanted.items():
        page = home / f"{name}.rst"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def module_name(root: Path, file: Path) -> str | None:
    """Return a module's name, None for the command line, whose reference is its help."""
    parts = file.relative_to(root).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    front = (("cqed_battery", "cli"), ("cqed_battery", "__main__"))
    return None if parts[:2] in front else ".".join(parts)


def module_page(name: str) -> str:
    """Return the page of one module, and the names that it passes on from others.

    It stands in no table of contents: the page of its package lists it.
    """
    head = [] if name in PACKAGES else [":orphan:", ""]
    text = [*head, name, "=" * len(name), "", f".. automodule:: {name}", ""]
    with mock(["laboneq"]):  # as autodoc imports it: too large to install for a page
        module = import_module(name)
    homes = {public: home_of(module, public) for public in getattr(module, "__all__", ())}
    passed_on = {public: home for public, home in homes.items() if home != name}
    if passed_on:
        text += ["Public names, each on the page of its module:", ""]
        text += [f"- :py:obj:`{home}.{public}`" for public, home in passed_on.items()]
    return "\n".join([*text, ""])


def home_of(module: ModuleType, public: str) -> str:
    """Return the module that a public name is from; a constant is the module's own."""
    return getattr(getattr(module, public), "__module__", module.__name__)


def package_page(package: str, root: Path, modules: Iterable[str]) -> str:
    """Return the page of a package: its public names, and what each of its modules is for."""
    below = [name for name in modules if name != package]
    rows = [f"   * - :doc:`{name}`\n     - {first_line(root, name)}" for name in below]
    return "\n".join(
        [
            *(module_page(package), "Modules", "-------", ""),
            *(".. list-table::", "   :widths: 40 60", "", *rows, ""),
        ]
    )


def first_line(root: Path, name: str) -> str:
    """Return the first line of a module's docstring, as reStructuredText."""
    path = root.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return escaped(text.partition("\n")[0])


def plain_docstring(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Make reStructuredText of a docstring, which is plain text with `names` and equations.

    An indented paragraph outside the sections of arguments is an equation or an example of a
    file, and is shown as it stands.
    """
    found: list[str] = []
    section = verbatim = returns = False
    for number, line in enumerate(lines):
        indented = line.startswith("    ")
        if line.strip() and not indented:
            section = _SECTION.fullmatch(line.strip()) is not None
            returns = line.strip() == "Returns:"
            verbatim = False
        begins = indented and not section and (number == 0 or not lines[number - 1].strip())
        if begins and not verbatim:
            found += [".. code-block:: text", ""]
            verbatim = True
        code = verbatim or line.lstrip().startswith((">>>", "..."))
        found.append(line if code else escaped(line))
        if returns and indented:  # napoleon takes what stands before a colon for a type
            found[-1] = found[-1].replace(": ", " -- ")
    lines[:] = found


def escaped(line: str) -> str:
    """Return a line in which only `names` are marked up, as literals."""

    def replaced(match: re.Match[str]) -> str:
        text = match[0]
        if text.startswith("``"):
            return text
        return f"`{text}`" if text.startswith("`") else f"\\{text}"

    return _SPECIAL.sub(replaced, line)


def short_types(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str, returned: str
) -> tuple[str | None, str | None]:
    """Write arrays in a signature by the names that the source gives them."""

    def short(text: str | None) -> str | None:
        text = text and _ANY_ARRAY.sub("ArrayLike", text)
        return text and _ARRAY.sub(lambda match: _NAMES.get(match["kind"], match[0]), text)

    return short(signature), short(returned)


def without_machinery(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out what pydantic and Qiskit add to a class."""
    return True if name.startswith(("model_", "_")) else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives and the hooks."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    logging.getLogger("qiskit").setLevel(logging.WARNING)  # examples of docstrings transpile
    app.add_directive("verbs", Verbs)
    app.add_directive("experiment-file", ExperimentFile)
    app.connect("builder-inited", write_modules)
    app.connect("autodoc-process-docstring", plain_docstring, priority=400)
    app.connect("autodoc-process-signature", short_types)
    app.connect("autodoc-skip-member", without_machinery)
    return {"parallel_read_safe": True}
