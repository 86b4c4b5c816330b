"""The verbs from Python: the same as the command line's, with manners of a Python interface."""

import inspect
import json
import keyword
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, call, refused
from typer.main import get_command

import cqed_battery as cb
from analysis.data.consistency.fixed_keys import FIXED
from cqed_battery.cli import app
from cqed_battery.cli.shared.set_values import set_values
from cqed_battery.public_names import listed, names_in_stub

TAKEN = {*keyword.kwlist, "device"}  # names that Python or a package of ours has already
VERBS = {
    name.replace("-", "_") + "_" * (name in TAKEN): verb
    for name, verb in get_command(app).commands.items()
}
NOUNS = {
    *("fitted_experiment", "load_dataset", "load_results", "predict"),
    *("save_dataset", "save_results"),
}
WITHOUT_FILE = {
    *(
        "analyse",
        "campaign",
        "characterise",
        "claims",
        "compare",
        "device_",
        "export",
        "import_",
        "init",
    ),
    *("paper", "reality", "report", "schema"),
}
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def experiment():
    return cb.Experiment.from_text(SMALL).replace({"analysis.global_fit": False})


@pytest.fixture(scope="module")
def dataset(experiment):
    return cb.emulate(experiment)


@pytest.fixture
def saved(dataset, tmp_path):
    cb.save_dataset(dataset, str(tmp_path / "dataset.nc"))
    return tmp_path / "dataset.nc"


def test_every_verb_is_a_function_and_the_reverse():
    """The command line and Python offer the same verbs."""
    functions = {name for name in cb.__all__ if inspect.isfunction(getattr(cb, name))}
    assert functions - NOUNS == set(VERBS)
    assert functions >= NOUNS


def test_every_verb_is_a_module_of_its_name():
    """The folder of the command line holds the verbs, one file each, and nothing else."""
    files = {path.stem for path in (ROOT / "cqed_battery" / "cli").glob("*.py")}
    assert files == {*VERBS, "__init__"}


def test_the_package_runs_as_a_module():
    """python -m cqed_battery is the command line."""
    command = [sys.executable, "-m", "cqed_battery", "--version"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (found.stdout, found.stderr) == (f"cqed-battery {cb.__version__}\n", "")


@pytest.mark.parametrize("verb", sorted(set(VERBS) - WITHOUT_FILE))
def test_each_verb_of_an_experiment_file_takes_set(verb, tmp_path):
    """--set is there and is read: an unknown key is refused before anything is computed."""
    (tmp_path / "e.toml").write_text(SMALL)
    needed = {"emulate": ["--out", "x.nc"], "plan": ["--claim", "c"], "sweep": ["--over", "a=1"]}
    needed["design"] = ["--box", "b.toml"]
    needed["instruments"] = ["--setup", "s.yaml"]
    needed["acquire"] = ["--setup", "s.yaml", "--out", "x.nc"]
    given = (tmp_path / "e.toml", *needed.get(verb, ()), "--set", "drive.speed=1")
    assert "drive.speed is not a known key" in refused(verb.replace("_", "-"), *given)


def test_set_changes_what_a_verb_computes(tmp_path):
    """A pulse of another length, given by --set or written in the file, has the same errors."""
    (tmp_path / "e.toml").write_text(SMALL)
    (tmp_path / "long.toml").write_text(
        SMALL.replace("[tomography]", "[tomography]\npulse_ns = 24")
    )
    changed = call("pulses", tmp_path / "e.toml", "--set", "tomography.pulse_ns=24", "--json")
    assert json.loads(changed.stdout) == json.loads(
        call("pulses", tmp_path / "long.toml", "--json").stdout
    )
    assert changed.stdout != call("pulses", tmp_path / "e.toml", "--json").stdout


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", "1"),
        ("charging.points", "5"),
        ("tomography.bases", '["x", "y", "z"]'),
        ("tomography.shots", "5"),
        ("vacuum.method", "swap"),
        ("vacuum.points", "5"),
        ("vacuum.stop_ns", "5"),
        ("control.enabled", "false"),
        ("allocation.prepared_0", "5"),
        ("readout.calibration_shots", "5"),
        ("reset.kind", "none"),
        ("faults.order", "random"),
    ],
)
def test_what_the_counts_have_fixed_is_refused(key, value, dataset):
    """Times, settings, shots and methods were measured; the sentence names the key and why."""
    with pytest.raises(cb.CqedBatteryError, match=f"^{key} cannot be changed .* because "):
        cb.analyse(dataset, changes=set_values([f"{key}={value}"]))


def test_fixed_keys_are_keys():
    """Each is a key or a section of the experiment file, and the beliefs are free."""
    known = {name: set(kind.model_fields) for name, kind in cb.Experiment.sections().items()}
    for key in FIXED:
        section, _, name = key.partition(".")
        assert section in {*known, "seed"}
        assert not name or name in known[section]
    assert not {"transmon", "resonator", "coupler", "drive", "analysis"} & set(FIXED)


@pytest.mark.study
def test_analyse_with_set_keeps_the_changed_experiment(saved, tmp_path):
    """Results, dataset and experiment of the new folder agree; the given dataset is as it was."""
    before, out = saved.read_bytes(), tmp_path / "out"
    change = ("--set", "analysis.correction=none", "--set", "transmon.t1_us=15")
    assert "--set needs --out" in refused("analyse", saved, *change)
    assert "--out must not be the folder" in refused("analyse", saved, *change, "--out", tmp_path)
    assert "charging.points cannot" in refused(
        "analyse", saved, "--set", "charging.points=5", "--out", out
    )
    assert not out.exists()
    assert call("analyse", saved, *change, "--out", out).exit_code == 0
    held = cb.Experiment.from_text(cb.load_dataset(out / "dataset.nc").attrs["experiment"])
    assert held == cb.Experiment.from_toml(out / "experiment.toml")
    assert (held.analysis.correction, held.transmon.t1_us) == ("none", 15.0)
    assert saved.read_bytes() == before
    again = json.loads((out / "results.json").read_text())["arms"]
    plain = cb.analyse(str(saved))["arms"]
    assert again["control"]["heat_integral"] != plain["control"]["heat_integral"]
    assert call("report", out).exit_code == 0


@pytest.mark.study
def test_paths_are_texts_or_paths(experiment, saved, tmp_path):
    """An experiment and a dataset may be given by their files, as text or as Path."""
    file = tmp_path / "e.toml"
    file.write_text(experiment.to_toml())
    for path in (file, str(file)):
        assert cb.reset(path) == cb.reset(experiment)
    first, second = (cb.analyse(path)["arms"] for path in (saved, str(saved)))
    assert first == second
    assert cb.export(str(saved), str(tmp_path / "c.csv")) == tmp_path / "c.csv"


@pytest.mark.parametrize("wrong", [{}, None, [], 5, "Experiment"], ids=repr)
def test_what_is_no_dataset_is_one_sentence(wrong, experiment):
    """A dictionary, nothing, a list, a number, an experiment: the type is named."""
    given = experiment if wrong == "Experiment" else wrong
    with pytest.raises(cb.CqedBatteryError, match=r"^`dataset` must be .* but is of type"):
        cb.analyse(given)


@pytest.mark.parametrize("wrong", [{}, None, [], 5], ids=repr)
def test_what_is_no_experiment_is_one_sentence(wrong, tmp_path):
    """Every verb of an experiment says so, before anything is computed or written."""
    out = tmp_path / "out"
    rest = {"run": (out,), "plan": ("c",), "design": ("b", out), "sweep": ({"seed": [1]}, out)}
    rest |= {"instruments": ("s.yaml",), "acquire": ("s.yaml", out)}
    for name in set(VERBS) - WITHOUT_FILE:
        with pytest.raises(cb.CqedBatteryError, match=r"^`experiment` must be .* but is of type"):
            getattr(cb, name)(wrong, *rest.get(name, ()))
    assert not out.exists()


def test_numbers_of_numpy_stand_for_pythons(experiment):
    """They are taken, become Python's, and are written as such."""
    changes = {
        "seed": np.int64(3),
        "charging.points": np.int32(9),
        "drive.rabi_rate_MHz": np.float32(20.0),
        "tomography.shots": np.asarray(100),
        "control.enabled": np.False_,
        "vacuum.method": np.str_("none"),
    }
    plain = {"seed": 3, "charging.points": 9, "drive.rabi_rate_MHz": 20.0}
    plain |= {"tomography.shots": 100, "control.enabled": False, "vacuum.method": "none"}
    found = experiment.replace(changes)
    assert found == experiment.replace(plain)
    assert found.to_toml() == experiment.replace(plain).to_toml()
    assert type(found.control.enabled) is bool
    assert type(found.seed) is int
    times = [np.float64(0.0), np.float32(5.0), np.int64(10), 15]
    assert experiment.replace({"charging.times_ns": times}).charging.times_ns == (0, 5, 10, 15)


def test_numpys_truth_is_no_number(experiment):
    """What Python's bool may not stand for, numpy's may not either."""
    with pytest.raises(cb.CqedBatteryError, match="seed must be a whole number"):
        experiment.replace({"seed": np.True_})


def test_arguments_of_numpy(experiment, tmp_path):
    """Rounds, seeds and swept values may be numpy's; the sweep is the one of Python's values."""
    assert cb.reset(experiment, np.int64(3)) == cb.reset(experiment, 3)
    out, one = tmp_path / "s.nc", cb.Experiment.from_text("[charging]\npoints = 4\n")
    over = {"coupler.g_on_MHz": np.array([40.0, 50.0])}
    assert cb.sweep(one, over, out, shots=np.False_)
    assert not cb.sweep(one, ["coupler.g_on_MHz=40,50"], str(out))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"repeats": 1.5}, "`repeats` must be a whole number from 2 to 100000, but is 1.5"),
        ({"repeats": "3"}, '`repeats` must be a whole number from 2 to 100000, but is "3"'),
        ({"devices": True}, "`devices` must be a whole number from 0 to 1000, but is true"),
        ({"seed": -1}, "`seed` must be a whole number from 0 to 9223372036854775807, but is -1"),
        ({"only": "this"}, "`only` must be this device, "),
    ],
)
def test_errors_name_arguments(arguments, sentence, experiment):
    """From Python a refusal names the argument; on the command line it names the option."""
    with pytest.raises(cb.CqedBatteryError) as error:  # noqa: PT011
        cb.validate(experiment, **arguments)
    assert str(error.value).startswith(sentence)


def test_the_command_line_names_options(tmp_path):
    """The same refusals there, with the options that the user typed."""
    file = tmp_path / "e.toml"
    file.write_text(SMALL)
    assert "error: --repeats must be" in refused("validate", file, "--repeats", 1)
    assert "error: --map must be" in refused("design", file, "--box", box(tmp_path), "--map", -1)
    assert "error: --workers must be" in refused(
        "sweep", file, "--over", "seed=1,2", "--workers", 0
    )
    assert "error: --format must be" in refused("paper", "K", "--all", "--format", "gif")


def box(folder):
    path = folder / "box.toml"
    path.write_text('[box]\n"drive.rabi_rate_MHz" = [10.0, 40.0]\n')
    return path


def test_stubs_name_each_home_once():
    """A name stands in one line of a stub, with the module that defines or passes it on."""
    for package in ("cqed_battery", "protocols", "analysis"):
        stub = ROOT / package / "__init__.pyi"
        lines = [line for line in stub.read_text().splitlines() if line.startswith("from ")]
        whole = [line.split()[1] for line in lines if line.endswith(" *")]
        taken = [name for home in whole for name in listed(stub, home)]
        assert len(names_in_stub(stub)) == len(lines) - len(whole) + len(taken)


def test_all_of_a_module_that_lists_nothing_is_refused(tmp_path):
    """A stub may take all names only of a module that says which these are."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "__init__.pyi").write_text("from a.b import *\n")
    (tmp_path / "a" / "b.py").write_text("def f(): ...\n")
    with pytest.raises(ValueError, match="has no __all__"):
        names_in_stub(tmp_path / "a" / "__init__.pyi")
    (tmp_path / "a" / "b.py").write_text('__all__ = ["f"]\n')
    assert names_in_stub(tmp_path / "a" / "__init__.pyi") == {"f": "a.b"}
