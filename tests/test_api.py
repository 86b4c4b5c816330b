"""The names that a script uses: there, described, cheap to import, and not to be hidden."""

import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import analysis
import cqed_battery
import protocols
from cqed_battery import Experiment

VERBS = {
    "cqed_battery": ("run", "analyse", "plan", "design", "check", "reset", "report"),
    "analysis": ("analyse", "plan", "design", "validate", "write_report", "read_lab_data"),
    "protocols": ("emulate", "predict", "run_sweep"),
}
HEAVY = ("numpy", "scipy", "qiskit", "xarray", "matplotlib", "pydantic")


def python(code, folder):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)


@pytest.mark.parametrize("package", [cqed_battery, protocols, analysis], ids=lambda p: p.__name__)
def test_public_names_are_there_and_described(package):
    """Every listed name can be had, is typed, and has a docstring that is enough to use it."""
    for name in package.__all__:
        value = getattr(package, name)
        assert not inspect.ismodule(value)
        assert len(inspect.getdoc(value) or "") > 20
        if inspect.isfunction(value):
            signature = inspect.signature(value)
            assert signature.return_annotation is not inspect.Signature.empty
            for parameter in signature.parameters.values():
                assert parameter.annotation is not inspect.Parameter.empty


@pytest.mark.parametrize("package", VERBS)
def test_verbs_are_functions_whatever_was_imported_before(package, tmp_path):
    """A module of the package never takes the place of the function."""
    code = (
        f"import pkgutil, importlib, {package} as p\n"
        "for m in pkgutil.iter_modules(p.__path__, 'NAME.'): importlib.import_module(m.name)\n"
        f"assert all(callable(getattr(p, name)) for name in {VERBS[package]})"
    )
    code = code.replace("NAME", package)
    assert python(code, tmp_path).stderr == ""


def test_importing_is_cheap(tmp_path):
    """The packages themselves load none of the libraries that they need."""
    code = (
        "import sys, cqed_battery, protocols, analysis;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert python(code, tmp_path).stdout.strip() == "[]"


def test_experiments_can_be_copied_and_sent():
    """Pickled, copied and deep-copied experiments are equal ones."""
    experiment = Experiment().replace({"drive.rabi_rate_MHz": 20.0})
    assert pickle.loads(pickle.dumps(experiment)) == experiment
    assert copy.copy(experiment) == copy.deepcopy(experiment) == experiment


@pytest.mark.parametrize("name", ["analysis", "protocols"])
@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_of_the_same_name_is_named(name, empty, tmp_path):
    """A folder in the working directory that hides ours is said, with the remedy."""
    (tmp_path / name).mkdir()
    if not empty:
        (tmp_path / name / "__init__.py").write_text("")
    found = python("from cqed_battery import Experiment", tmp_path)
    last = found.stderr.strip().splitlines()[-1:] or [""]
    if empty and found.returncode == 0:  # installed packages go before folders without __init__
        return
    assert last[0].startswith(f"ImportError: cqed-battery's package '{name}'")
    assert f"is hidden by {tmp_path / name}" in last[0]
    assert "rename that, or start Python in another folder" in last[0]


def test_the_command_line_is_not_affected(tmp_path):
    """The command works in a folder that has an `analysis` and a `protocols` of its own."""
    for name in ("analysis", "protocols"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError")
    script = [str(Path(sys.executable).with_name("cqed-battery")), "init", "e.toml"]
    found = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert found.returncode == 0, found.stderr
