"""The size and shape of the tree, measured from its syntax: what has grown too long stands out.

Prints medians, 90 % quantiles and the largest, beside what the project keeps to.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.results import Target, parser, print_table, save

ROOT = Path(__file__).parents[1]
SOURCES = ("cqed_battery", "protocols", "analysis")
_SHOWN = 8


def main(arguments: list[str] | None = None) -> None:
    """Measure sources and tests, and list the longest files and functions."""
    options = parser(__doc__)
    chosen = options.parse_args(arguments)
    sources = [file for name in SOURCES for file in sorted((ROOT / name).rglob("*.py"))]
    tests = sorted((ROOT / "tests").rglob("*.py"))
    lines = {str(file.relative_to(ROOT)): _lines(file) for file in (*sources, *tests)}
    bodies = dict(entry for file in sources for entry in _bodies(file))
    ours = [lines[str(file.relative_to(ROOT))] for file in sources]
    typed, arguments_ = _typed(sources)
    matched, raised = _matched(tests)
    test_lines = sum(_lines(file) for file in tests)
    for title, sizes in (("longest files", lines), ("longest functions", bodies)):
        longest = sorted(sizes.items(), key=lambda item: -item[1])[:_SHOWN]
        print_table(title, ("name", "lines"), [(name, str(size)) for name, size in longest])
    targets = [
        Target("file lines, median", float(np.median(ours)), 200, at_least=False),
        Target("file lines, largest", float(max(lines.values())), 350, at_least=False),
        Target("function lines, median", float(np.median([*bodies.values()])), 6, at_least=False),
        Target("function lines, 90 %", float(np.quantile([*bodies.values()], 0.9)), 25, False),
        Target("function lines, largest", float(max(bodies.values())), 60, at_least=False),
        Target("public arguments typed", typed / max(arguments_, 1), 1.0),
        Target("raises with match", matched / max(raised, 1), 1.0),
        Target("test lines / source lines", test_lines / sum(ours), 0.6),
        Target("first code in README, line", float(_first_code()), 30, at_least=False),
    ]
    save("style", chosen.out, {"files": len(lines), "functions": len(bodies)}, targets, tiny=False)


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def _functions(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def _bodies(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the lines of every function's body, its docstring left out."""
    for node in _functions(file):
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", size


def _typed(files: list[Path]) -> tuple[int, int]:
    """Return how many arguments of public functions have a type, and how many there are."""
    found = []
    for file in files:
        for node in _functions(file):
            if node.name.startswith("_"):
                continue
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            found += [a.annotation is not None for a in given if a.arg not in ("self", "cls")]
    return sum(found), len(found)


def _matched(files: list[Path]) -> tuple[int, int]:
    """Return how many `pytest.raises` have a match, and how many there are."""
    found = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises":
                found.append(any(keyword.arg == "match" for keyword in node.keywords))
    return sum(found), len(found)


def _first_code() -> int:
    """Return the line of the README's first code block, indented or fenced."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(("    ", "```")))


if __name__ == "__main__":
    main()
