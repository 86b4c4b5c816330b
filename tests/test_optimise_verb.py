"""The verb `optimise`: its files, its words, its refusals, and the same from Python."""

import json

import numpy as np
import pytest
from commands import call, refused

import cqed_battery as cb
from cqed_battery.units import angular_from_mhz

DEVICE = """
seed = 3
[transmon]
levels = 3
[coupler]
g_on_MHz = 10.0
g_off_MHz = 0.0
[drive]
rabi_rate_MHz = 60.0
clock_GHz = 2.0
[charging]
stop_ns = 12.0
points = 5
[tomography]
shots = 200
[vacuum]
method = "none"
"""
QUICK = ("--arm", "control", "--starts", 1, "--iterations", 15)


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "e.toml"
    place.write_text(DEVICE, encoding="utf-8")
    return place


def test_optimise_writes_a_file_that_emulates_and_a_picture(file, tmp_path):
    """The dataset's truth at the end of the pulse is what was promised."""
    out = tmp_path / "best"
    shown = call("optimise", file, *QUICK, "--out", out, "--bandwidth", 400)
    assert shown.exit_code == 0, shown.output
    assert "The best pulse gives 0.9" in shown.stdout
    assert str(out / "experiment.toml") in shown.stdout
    assert sorted(path.name for path in out.iterdir()) == [
        "experiment.toml",
        "optimum.json",
        "pulse.svg",
    ]
    found = json.loads((out / "optimum.json").read_text(encoding="utf-8"))
    assert call("emulate", out / "experiment.toml", "--out", tmp_path / "d.nc", "-q").exit_code == 0
    truth = cb.load_dataset(tmp_path / "d.nc")["truth"].sel(arm="control")
    assert float(truth["ergotropy"][-1]) == pytest.approx(found["value"], abs=1e-3)
    np.testing.assert_allclose(truth["energy"], found["curves"]["optimal"]["energy"], atol=2e-3)
    assert found["speed_limit"]["time_ns"] == pytest.approx(np.pi / angular_from_mhz(60.0))
    sizes = np.hypot(found["samples"]["i_MHz"], found["samples"]["q_MHz"])
    assert sizes.max() <= 60.0 + 1e-9
    picture = (out / "pulse.svg").read_text(encoding="utf-8")
    assert "speed limit of a qubit" in picture
    assert "photons" in picture


def test_a_file_with_shots_for_each_time_and_an_extraction_is_served(file, tmp_path):
    """Its shots for each time are left out, as the times are others."""
    given = cb.Experiment.from_toml(file).replace(
        {"allocation.control_z": (9, 9, 9, 9, 9), "extraction.unitary": "model"}
    )
    cb.optimise(given, tmp_path / "o", arm="control", starts=1, iterations=2, duration_ns=6.0)
    written = cb.Experiment.from_toml(tmp_path / "o" / "experiment.toml")
    assert written.allocation.control_z is None
    assert written.extraction.unitary == "model"
    assert written.charging_times_ns[-1] == 6.0


def test_python_and_the_command_line_find_the_same_pulse(file, tmp_path):
    """And twice the same, drawn devices included."""
    robust = ("--robust", "worst", "--draws", 2, "--json")
    shown = json.loads(call("optimise", file, *QUICK, *robust, "--out", tmp_path / "a").stdout)
    again = cb.optimise(
        file, arm="control", starts=1, iterations=15, robust="worst", draws=np.int64(2)
    )
    assert shown == json.loads(json.dumps(again))
    assert shown["over_the_draw"]["draws"] == 40


def test_the_shortest_pulse_is_found_on_the_command_line(file, tmp_path):
    options = ("--goal", "time", "--target", 0.9, "--out", tmp_path / "t")
    shown = call("optimise", file, *QUICK, *options)
    assert "a lossless qubit needs at least" in shown.stdout.replace("\n  ", " ")
    found = json.loads((tmp_path / "t" / "optimum.json").read_text(encoding="utf-8"))
    assert found["value"] >= 0.9
    assert found["speed_limit"]["time_ns"] <= found["duration_ns"] < 9.0


def test_options_stand_in_the_sentences_of_refusals(file, tmp_path):
    assert "--goal must be one of ergotropy" in refused("optimise", file, "--goal", "fame")
    assert "--duration must be a number > 0" in refused("optimise", file, "--duration", -1)
    assert "--bandwidth must let" in refused(
        "optimise", file, "--bandwidth", 20, "--out", tmp_path / "o"
    )
    assert not (tmp_path / "o").exists()
