"""What is shipped: wheel and sdist hold every file, and the wheel works where nothing else is."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from shutil import which

import pytest

from cqed_battery import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = ("cqed_battery", "protocols", "analysis")
BUILD = (
    "import sys; from setuptools import build_meta as b; out = sys.argv[1];"
    "b.build_wheel(out); b.build_sdist(out)"
)


def needed():
    """Every file of the packages that is not made by running them."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*")]
    kept = [path for path in files if path.is_file() and path.suffix not in (".pyc", ".so")]
    return {path.relative_to(ROOT).as_posix() for path in kept}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the sdist of a copy of the tree."""
    copy = tmp_path_factory.mktemp("tree")
    for name in sorted(needed() | {"pyproject.toml", "README.md", "LICENSE"}):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-W", "ignore", "-c", BUILD, str(out)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def test_wheel_and_sdist_hold_every_file(built):
    """Templates, styles and type markers are shipped, not only modules; tests are not."""
    wheel, sdist = built
    held = set(zipfile.ZipFile(wheel).namelist())
    assert needed() <= held
    assert {name.split("/")[0].split("-")[0] for name in held} == {*PACKAGES}
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert needed() <= names


@pytest.mark.study
def test_the_wheel_works_by_itself(built, tmp_path):
    """Unpacked away from the tree, its command writes a run from a file that it made itself."""
    home, work = tmp_path / "site", tmp_path / "work"
    zipfile.ZipFile(built[0]).extractall(home)
    work.mkdir()
    script = (
        "import sys; sys.path.insert(0, sys.argv.pop(1));"
        "import cqed_battery, analysis, protocols as p;"
        "assert all(m.__file__.startswith(sys.path[0]) for m in (cqed_battery, analysis, p));"
        "from cqed_battery.cli import main; main()"
    )

    def call(*arguments):
        command = [sys.executable, "-c", script, str(home), *map(str, arguments)]
        return subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=900)

    assert call("init", "e.toml").returncode == 0
    text = (work / "e.toml").read_text().replace("points = 61", "points = 5")
    (work / "e.toml").write_text(text.replace("global_fit = true", "global_fit = false"))
    done = call("run", "e.toml", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert (work / "out" / "report.html").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("python", ["python3.11", "python3.12", "python3.13"])
def test_the_wheel_imports_under_every_python(built, python, tmp_path):
    """Installed into each supported Python that is found, names, command and engine can be used."""
    if which(python) is None or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"{python} cannot be started")
    home = tmp_path / "venv"
    install = ["-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt")]
    code = (
        "import cqed_battery, protocols, analysis\n"
        "for p in (cqed_battery, protocols, analysis):\n"
        "    for name in p.__all__: getattr(p, name)\n"
        "print(len(protocols.predict(cqed_battery.Experiment()).arms))"
    )
    steps = (
        [python, "-m", "venv", str(home)],
        [str(home / "bin" / "python"), *install, str(built[0])],
        [str(home / "bin" / "python"), "-W", "error::SyntaxWarning", "-c", code],
        [str(home / "bin" / "cqed-battery"), "--version"],
    )
    done = []
    for step in steps:
        done.append(subprocess.run(step, cwd=tmp_path, capture_output=True, text=True, timeout=900))
        assert done[-1].returncode == 0, done[-1].stderr
    assert [step.stdout.strip() for step in done[2:]] == ["2", f"cqed-battery {__version__}"]


def test_versions_agree():
    """The version of the package is that of its citation, and has an entry in the changelog."""
    assert f"version: {__version__}" in (ROOT / "CITATION.cff").read_text()
    assert (
        __version__ in (ROOT / "CHANGELOG.md").read_text()
        or "Unreleased" in (ROOT / "CHANGELOG.md").read_text()
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert "license: Apache-2.0" in (ROOT / "CITATION.cff").read_text()
