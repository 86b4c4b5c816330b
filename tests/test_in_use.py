"""Keys that play no part: changing them changes no expected count, and a page folds them away."""

import tomllib
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from commands import SMALL, call
from fakes import fake_run
from pages import read_page

from analysis.report import write_report
from cqed_battery import CqedBatteryError, Experiment
from cqed_battery.device.section import note_once
from protocols.in_use import METHODS, RULES, flat_keys, idle_keys, needless_keys
from protocols.prediction.predict import predict
from protocols.settings.settings import Settings

FEW = {
    "transmon.levels": 3,
    "resonator.fock_levels": 4,
    "charging.points": 4,
    "charging.start_ns": 4.0,
    "vacuum.points": 2,
}
REFUSED = {"simulation.counter_rotating"}  # has no other value in the rotating frame
FILES: dict[str, dict[str, Any]] = {
    "default": {},
    "other measurement": {
        "vacuum.method": "swap",
        "reset.kind": "passive",
        "tomography.pulse": "none",
        "drive.second_ratio": 0.1,
    },
    "nothing but charging": {
        "vacuum.method": "none",
        "reset.kind": "none",
        "control.kind": "none",
        "charging.axis": "amplitude",
        "charging.shape": "gaussian",
        "charging.length_ns": 20.0,
    },
    "selected with a plain readout": {"reset.kind": "post-selected"},
    "a reset by pulses, a driven resonator": {
        "reset.kind": "f0-g1",
        "drive.target": "resonator",
        "drive.rabi_rate_MHz": 5.0,
    },
    "two levels, detunings": {"transmon.levels": 2, "charging.axis": "detuning"},
    "dispersive readout": {
        "readout.model": "dispersive",
        "vacuum.method": "displaced-parity",
        "vacuum.kappa_off_MHz": 0.01,
        "reset.kind": "post-selected",
    },
}


def small(changes: dict[str, Any]) -> Experiment:
    return Experiment.from_text(SMALL).replace(FEW).replace(changes)


def others(value: Any, allowed: Any) -> list[Any]:
    """Values that a key may have in place of its own."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, str):
        return [other for other in get_args(allowed) if other != value]
    if value == float("inf"):
        return [1e3, 50.0]
    return [value + 1, value * 0.75, value + 0.1, value * 0.5, value - 0.01]


def changed(experiment: Experiment, key: str) -> Experiment:
    """The experiment with another value of a key, the first that is taken."""
    values = dict(flat_keys(experiment.model_dump()))
    section, _, name = key.partition(".")
    allowed = Experiment.sections()[section].model_fields[name].annotation
    for other in others(values[key], allowed):
        try:
            return experiment.replace({key: other})
        except CqedBatteryError:
            continue
    raise AssertionError(f"no other value for {key}")


@pytest.mark.parametrize("name", FILES)
def test_idle_keys_change_no_expected_count(name: str) -> None:
    """All of them changed at once, frequencies, shots and hours are the same to the last digit."""
    experiment = small(FILES[name])
    other = experiment
    values = dict(flat_keys(experiment.model_dump()))
    known = [key for key in idle_keys(experiment) if values[key] is not None]
    keys = [key for key in known if not key.startswith("faults.")]
    assert len(keys) > 30
    for key in sorted(set(keys) - REFUSED):
        other = changed(other, key)
    settings = Settings(experiment), Settings(other)
    first, second = (one.frequencies(predict(one.experiment)) for one in settings)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(*(one.shots for one in settings))
    assert settings[0].hours(settings[0].shots) == settings[1].hours(settings[1].shots)


def test_rules_and_methods_name_keys() -> None:
    """Each is a key of the file."""
    known = dict(flat_keys(Experiment().model_dump()))
    assert {key for rule in RULES for key in rule.keys} <= set(known)
    methods = [method for choice in METHODS for method in choice.methods.values()]
    assert {key for method in methods for key in method.own_keys} <= set(known)


def test_a_key_that_was_changed_is_shown() -> None:
    """Also where its switch is off, and a fault that is none is idle."""
    experiment = small({"dispersive.chi_MHz": 2.0, "faults.rabi_rate_error": 0.01})
    idle = idle_keys(experiment)
    assert "dispersive.photons" in idle
    assert "faults.drag_error" in idle
    assert not idle & {"dispersive.chi_MHz", "faults.rabi_rate_error", "faults.order"}


NEEDLESS = {
    "transmon.t1_level2_us": (20.0, "transmon.levels of 3 or more"),
    "charging.amplitudes": ((0.1, 0.5), 'charging.axis = "amplitude"'),
    "reset.wait_us": (100.0, 'reset.kind = "passive"'),
    "vacuum.selective_pulse_ns": (300.0, 'vacuum.method = "number-selective"'),
}


@pytest.mark.parametrize("key", NEEDLESS)
def test_a_key_that_is_set_in_vain_is_named(key: str) -> None:
    """With what it would play a part with; unchanged it is not named."""
    value, where = NEEDLESS[key]
    two_levels = Experiment().replace({"transmon.levels": 2, "reset.kind": "none"})
    assert needless_keys(two_levels) == {}
    assert needless_keys(two_levels.replace({key: value})) == {key: where}


def test_files_of_examples_set_nothing_in_vain() -> None:
    """A reader who takes one as a start is not led to a key without effect."""
    for file in sorted(Path("examples").glob("*.toml")):
        if file.stem != "box":
            assert needless_keys(Experiment.from_toml(file)) == {}, file


def test_the_command_line_names_keys_set_in_vain(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line each, and none with --quiet."""
    note_once.cache_clear()
    (tmp_path / "e.toml").write_text(SMALL + "\n[qutrit]\nshots = 7\n", encoding="utf-8")
    call("reset", tmp_path / "e.toml", "--quiet")
    assert not caplog.messages
    call("reset", tmp_path / "e.toml")
    (told,) = caplog.messages
    assert told == "note: qutrit.shots plays no part here; it does with qutrit.measured = true."


def test_the_page_folds_them_away(tmp_path: Path) -> None:
    """Idle keys stand in a folded part, the others in the open one, none in both or in neither."""
    results, dataset = fake_run(points=4)
    experiment = Experiment.from_text(dataset.attrs["experiment"])
    dataset.attrs["experiment"] = experiment.to_toml()
    write_report(results, dataset, tmp_path / "report.html")
    page = read_page((tmp_path / "report.html").read_text(encoding="utf-8"))
    (folded,) = [part for part in page.all("details") if part.all("table")]
    assert "play no part" in folded.all("summary")[0].text
    hidden = len(folded.all("tr"))
    whole = sum(len(part.all("tr")) for part in page.all("div", "setting"))
    given = {key for key, _ in flat_keys(tomllib.loads(experiment.to_toml())) if "." in key}
    assert hidden == len(idle_keys(experiment) & given)
    assert hidden > 60
    assert whole == len(given)
