"""The registries of resets, readouts and resonator measurements, and keys with an older name."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import get_args

import numpy as np
import pytest
import xarray as xr
from commands import call
from test_imports import read_modules

import protocols.readout
import protocols.reset
import protocols.resonator
import protocols.shape
from analysis.report.run_data import RunData
from analysis.results import Results
from cqed_battery.device import Readout, section
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Charging, Experiment, ExperimentError, VacuumMeasurement
from cqed_battery.experiment.sections.reset import Reset
from protocols.readout import READOUTS
from protocols.reset import RESETS
from protocols.resonator import MEASUREMENTS, measurement_of, photon_response
from protocols.shape import SHAPES
from protocols.sweep.grid import Axis
from protocols.sweep.run import _as_taken

KINDS = {
    "reset.kind": (RESETS, Reset, protocols.reset, set()),
    "readout.model": (READOUTS, Readout, protocols.readout, set()),
    "charging.shape": (SHAPES, Charging, protocols.shape, set()),
    "vacuum.method": (MEASUREMENTS, VacuumMeasurement, protocols.resonator, {"none"}),
}
SCHEMA = "cqed_battery.experiment.sections"


@pytest.mark.parametrize("key", KINDS)
def test_registry_holds_what_the_schema_names(key):
    """The names are those of the schema (but for measuring nothing), in its order."""
    registry, schema, _, nothing = KINDS[key]
    names = get_args(schema.model_fields[key.partition(".")[2]].annotation)
    assert list(registry) == [name for name in names if name not in nothing]


@pytest.mark.parametrize("key", KINDS)
def test_every_file_with_a_method_is_registered(key):
    """No method lies in the package without a name, and no two names share one."""
    registry, _, package, _ = KINDS[key]
    files = [import_module(f"{package.__name__}.{f.name}") for f in iter_modules(package.__path__)]
    methods = [file.METHOD for file in files if hasattr(file, "METHOD")]
    assert sorted(map(id, methods)) == sorted(map(id, registry.values()))
    assert len({type(method) for method in methods}) == len(registry)


@pytest.mark.parametrize("key", KINDS)
def test_an_unregistered_name_is_refused(key):
    """A lookup of another name is an error that lists the known ones; none stands in for it."""
    registry = KINDS[key][0]
    with pytest.raises(
        CqedBatteryError, match=f'{key} must be "{next(iter(registry))}".* is "new"'
    ):
        registry["new"]


def test_measurements_are_told_apart():
    """No label of one measurement is that of another."""
    for part in ("counts", "estimate", "caption", "time", "traces"):
        assert len({getattr(m.labels, part) for m in MEASUREMENTS.values()}) == len(MEASUREMENTS)


def test_a_report_does_not_name_an_unknown_measurement():
    """A report has no words for a method that it does not know; without the key, the default's."""
    held = xr.DataTree(xr.Dataset(attrs={"experiment": '[vacuum]\nmethod = "two-tone"\n'}))
    material = RunData(results=Results(), dataset=held)
    with pytest.raises(CqedBatteryError, match='is "two-tone"'):
        _ = material.measurement
    held.attrs["experiment"] = "seed = 1\n"
    assert material.measurement is MEASUREMENTS["vacuum-rabi"]


def test_nothing_measured_has_no_measurement():
    """Where vacuum.method is none there is none to ask, and vacuum-rabi has no photon response."""
    with pytest.raises(CqedBatteryError, match=r'vacuum.method must be .* is "none"'):
        measurement_of(Experiment().replace({"vacuum.method": "none"}))
    with pytest.raises(CqedBatteryError, match='"vacuum-rabi" does not empty the transmon'):
        photon_response(Experiment(), None)


def chains(tree: ast.AST) -> Iterator[str]:
    """Yield comparisons that choose by a method's name: its key, or one of the names."""
    keys = tuple(f".{key}" for key in KINDS)
    names = {name for registry, *_ in KINDS.values() for name in registry} - {"none"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts = [part for whole in (node.left, *node.comparators) for part in ast.walk(whole)]
            texts = [ast.unparse(part) for part in parts if isinstance(part, ast.Attribute)]
            held = {part.value for part in parts if isinstance(part, ast.Constant)}
            if any(f".{text}".endswith(keys) for text in texts) or names & held:
                yield ast.unparse(node)


def test_only_the_registries_choose_by_name():
    """No other module compares a method's name, apart from the schema's own "none"."""
    found = {
        name: list(chains(tree))
        for name, tree in read_modules().items()
        if not name.startswith((f"{SCHEMA}.", "analysis.papers."))
    }
    same = "experiment.vacuum.method != used.vacuum.method"  # two experiments, no name
    assert {name: texts for name, texts in found.items() if texts} == {
        "analysis.planning.demands": [same]
    }


@pytest.mark.parametrize(
    "text",
    [
        'e.reset.kind == "odd"',
        'x = 1 if experiment.vacuum.method in ("odd", "none") else 2',
        'model != "dispersive"',
        'self.fixed.readout.model == "odd"',
    ],
)
def test_a_choice_by_name_is_seen(text):
    """The search finds the key behind any name, and a method's name behind any variable."""
    assert list(chains(ast.parse(text)))
    assert not list(chains(ast.parse('pulse == "none" or dtype.kind == "f"')))


def test_an_older_key_means_what_it_meant(caplog):
    """vacuum.chi_MHz, the whole shift by a photon, is read as such everywhere, with one note."""
    section.note_once.cache_clear()
    today = Experiment().replace({"vacuum.shift_per_photon_MHz": 1.7})
    older = Experiment.from_text("[vacuum]\nchi_MHz = 1.7\n")
    assert older == today
    assert Experiment().replace({"vacuum.chi_MHz": 1.7}) == today
    assert Experiment().replace({"vacuum": {"chi_MHz": 1.7}}) == today
    assert VacuumMeasurement(chi_MHz=1.7) == today.vacuum
    assert "chi_MHz = 1.7" not in older.to_toml().partition("[vacuum]")[2]
    assert [record.message for record in caplog.records] == [
        "note: vacuum.chi_MHz is now called vacuum.shift_per_photon_MHz; it was read as that, but"
        " write the new name."
    ]
    assert older.dispersive == Experiment().dispersive


def test_a_sweep_takes_an_older_key():
    """A sweep over the older name has its values as numbers of the new key."""
    axis = _as_taken(Axis("vacuum.chi_MHz", (1, 2)), Experiment())
    assert axis.values == (1.0, 2.0)
    assert all(isinstance(value, float) for value in axis.values)


def test_a_photon_shifts_by_the_stated_number():
    """The key is 2 chi, by either name: after pi/(2 chi) a photon has turned the transmon by pi."""
    for key in ("chi_MHz", "shift_per_photon_MHz"):
        experiment = Experiment().replace(
            {
                f"vacuum.{key}": 2.0,
                "vacuum.method": "displaced-parity",
                "vacuum.kappa_off_MHz": 0.01,
                "tomography.pulse": "none",
            }
        )
        assert measurement_of(experiment).lengths_ns(experiment)[1] == pytest.approx(250.0)


def test_both_names_of_a_key_are_refused():
    """The older name beside the new one is refused, and a bad value is named by the new one."""
    with pytest.raises(ExperimentError, match=r"chi_MHz is the older name of .* remove chi_MHz"):
        VacuumMeasurement(chi_MHz=1.0, shift_per_photon_MHz=1.0)
    with pytest.raises(ExperimentError, match=r"vacuum.shift_per_photon_MHz must be .* is 0"):
        Experiment.from_text("[vacuum]\nchi_MHz = 0\n")


def test_the_command_line_tells_of_an_older_key(tmp_path, caplog):
    """A verb reads a file with the older key as before and says what to write."""
    section.note_once.cache_clear()
    path = Path(tmp_path / "older.toml")
    path.write_text("[vacuum]\nchi_MHz = 2\n", encoding="utf-8")
    assert call("reset", path, "--json").exit_code == 0
    assert "is now called vacuum.shift_per_photon_MHz" in caplog.text


def test_resets_tell_their_sequence_and_length():
    """Rounds and the resonator's wait; the longer wait; nothing. Only rounds take shots."""
    experiment = Experiment().replace(
        {"reset.rounds": 3, "reset.latency_ns": 200.0, "reset.resonator_wait_ns": 700.0}
    )
    experiment = experiment.replace(
        {
            "coupler.kind": "fixed",
            "coupler.idle_detuning_MHz": -600.0,
            "control.kind": "none",
            "coupler.g_on_MHz": 60.0,
        }
    )
    lengths = {kind: method.duration_ns(experiment) for kind, method in RESETS.items()}
    assert lengths == {
        "active": 1300.0,
        "passive": 250_000.0,
        "none": 0.0,
        "f0-g1": 2700.0,
        "ddrop": 2700.0,
        "post-selected": 900.0,
    }
    shots = [method.shots(experiment) for method in RESETS.values()]
    assert shots == [experiment.reset.shots, 0, 0, 0, 0, 0]
    steps = {kind: method.sequence(experiment) for kind, method in RESETS.items()}
    assert [step.flips for step in steps["active"]] == [True] * 3
    assert [step.wait_ns for step in steps["passive"]] == [250_000.0]
    assert [bool(steps[kind]) for kind in RESETS] == [m.resets for m in RESETS.values()]
    for method in RESETS.values():
        levels = method.levels(experiment)
        assert levels.sum() == pytest.approx(1.0)
        last = method.history(experiment)[-1]
        np.testing.assert_array_equal(levels[1:], [last.residual_excitation, last.leakage])


def test_keys_that_moved_to_priors_are_read_where_they_stood():
    """Files from before say analysis.rabi_rate_uncertainty: it means what it meant, said once."""
    older = Experiment.from_text("[analysis]\nrabi_rate_uncertainty = 0.02\n")
    today = Experiment.from_text("[priors]\nrabi_rate = 0.02\n")
    assert older == today
    assert Experiment().replace({"analysis.rabi_rate_uncertainty": 0.02}) == today
    assert Experiment().replace({"analysis.correction_uncertainty": 0.3}).priors.correction == 0.3
    both = "[analysis]\nrabi_rate_uncertainty = 0.02\n[priors]\nrabi_rate = 0.03\n"
    with pytest.raises(ExperimentError, match=r"is the older name of priors\.rabi_rate, but both"):
        Experiment.from_text(both)
    with pytest.raises(ExperimentError, match=r"priors\.rabi_rate must be a number"):
        Experiment.from_text("[analysis]\nrabi_rate_uncertainty = -1\n")
