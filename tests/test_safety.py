"""Files are data, never code: what the source must not contain, and what a report must escape."""

import ast
import json
import re
from pathlib import Path

import pytest
from commands import call
from points import TINY

ROOT = Path(__file__).parents[1]
FLOORS = ("cqed_battery", "protocols", "analysis")
SOURCES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "joblib",
    "yaml",
    "jsonpickle",
    "qpy",
    "qasm2",
    "qasm3",
}
NAMES = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {
    "import_module",
    "read_pickle",
    "to_pickle",
    "unsafe_load",
    "system",
    "popen",
    "loadtxt",
    "from_qasm_str",
    "from_qasm_file",
}
OWN_CODE = {
    "analysis/validation/repeats/estimators.py": {"import_module"},
    "protocols/registry.py": {"import_module"},
    "protocols/instruments/setup.py": {"yaml"},  # its safe_load alone, which makes plain values
    "analysis/papers/library.py": {"import_module"},
    "analysis/papers/paper.py": {"import_module"},
    "analysis/reality/library.py": {"import_module"},
    "cqed_battery/cli/__init__.py": {"import_module"},
    "cqed_battery/deferred.py": {"import_module"},
    "cqed_battery/public_names.py": {"import_module"},
}
"""The only files that import by a name: the user's own estimator, our own public names, and what a
library's import was put off for. The one that reads YAML takes no objects from it."""


def test_yaml_is_read_without_objects() -> None:
    """Every use of the library is `safe_load` or an error's class."""
    source = (ROOT / "protocols/instruments/setup.py").read_text(encoding="utf-8")
    uses = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "yaml"
    }
    assert uses == {"safe_load", "YAMLError"}


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>&\"'{{ 7 * 7 }}"


def offences(tree: ast.AST) -> list[str]:
    """Return what could run code from a file: imports, calls and options."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if MODULES & {*alias.name.split(".")}]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found += [module] if MODULES & {*module.split(".")} else []
            found += [alias.name for alias in node.names if alias.name in ATTRIBUTES | MODULES]
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in NAMES:
                found.append(called.id)
            if isinstance(called, ast.Attribute) and called.attr in ATTRIBUTES:
                found.append(called.attr)
            for option in node.keywords:
                true = isinstance(option.value, ast.Constant) and option.value.value is True
                if option.arg in ("allow_pickle", "shell") and true:
                    found.append(str(option.arg))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_becomes_code(path: Path) -> None:
    """No pickle, eval, exec, yaml, allow_pickle or shell in what is installed."""
    found = set(offences(ast.parse(path.read_text(encoding="utf-8"))))
    assert found <= OWN_CODE.get(path.relative_to(ROOT).as_posix(), set())


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from yaml import load",
        "eval(text)",
        "np.load(path, allow_pickle=True)",
        "importlib.import_module(name)",
        "subprocess.run(text, shell=True)",
        "from qiskit import qpy",
        "import qiskit.qasm2",
        "QuantumCircuit.from_qasm_str(text)",
    ],
)
def test_the_search_finds_what_it_looks_for(code: str) -> None:
    """Each of them, if it were there, would be found."""
    assert offences(ast.parse(code))


@pytest.mark.study
def test_a_report_escapes_what_the_user_wrote(tmp_path: Path) -> None:
    """A title, a note and a statement with markup appear as letters."""
    text = (
        TINY.replace("points = 3\n[tomo", "points = 5\n[tomo") + "[analysis]\nglobal_fit = false\n"
    )
    file, out = tmp_path / "e.toml", tmp_path / "out"
    file.write_text(f"title = {json.dumps(HOSTILE)}\n{text}", encoding="utf-8")
    assert call("run", file, "--out", out, "-q").exit_code == 0
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    for check in results["checks"].values():
        check["statement"] = HOSTILE
    results["verdict"]["all_three"]["statement"] = HOSTILE
    results["versions"]["numpy"] = HOSTILE
    (out / "results.json").write_text(json.dumps(results), encoding="utf-8")
    for _ in range(2):
        page = (out / "report.html").read_text(encoding="utf-8")
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert call("report", out, "-q").exit_code == 0


def test_advisories_are_those_of_the_pinned_versions() -> None:
    """Every version that the page of advisories names is the one in constraints.txt."""
    pinned = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    page = (ROOT / "docs/advisories.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].split() for line in page.splitlines() if line.startswith("| ")][1:]
    assert rows
    for package, *version in rows:
        assert package in pinned
        assert version in ([], [pinned[package]]), package
    text = page.partition("|---")[2]
    for package, version in re.findall(r"\b(qiskit[\w-]*) (?:stays at )?(\d+\.\d+\.\d+)", text):
        assert pinned[package] == version
    assert f"qiskit stays at {pinned['qiskit']}" in page
