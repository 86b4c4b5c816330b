"""Traces and calibration files become values of an experiment, with errors and sources."""

import json

import h5py
import numpy as np
import pytest
from commands import call, refused

import cqed_battery as cb
from analysis.characterisation.carried import (
    Carried,
    CharacterisationError,
    carry,
    dephasing_mhz,
)
from analysis.characterisation.characterise import TraceColumns, fit_trace
from analysis.characterisation.traces import TRACES
from analysis.estimators.global_fit.model.parameters import default_parameters
from cqed_battery.experiment import Experiment

BASE = Experiment()
NOISE = 0.02
CURVES = {
    # name: abscissa in its unit, unit, curve of it, parameter, its true value in ns or GHz
    "t1": (np.linspace(0, 60, 41), "us", lambda t: 3 - 2 * np.exp(-t / 11.0), "lifetime", 11e3),
    "echo": (np.linspace(0, 90, 31), "us", lambda t: 0.5 + np.exp(-t / 20.0), "lifetime", 20e3),
    "ramsey": (
        np.linspace(0, 20, 81),
        "us",
        lambda t: 0.5 + 0.5 * np.exp(-t / 8.0) * np.cos(2 * np.pi * 0.4 * t + 0.3),
        "lifetime",
        8e3,
    ),
    "rabi-time": (
        np.linspace(0, 100, 51),
        "ns",
        lambda t: 0.5 - 0.5 * np.exp(-t / 400.0) * np.cos(2 * np.pi * 0.04 * t),
        "frequency",
        0.04,
    ),
    "rabi-amplitude": (
        np.linspace(-1, 1, 61),
        "V",
        lambda a: 1.0 - np.cos(2 * np.pi * a / 0.9),
        "period",
        0.9,
    ),
    "line": (
        np.linspace(4.95, 4.99, 81),
        "GHz",
        lambda f: 1 - 0.8 / (1 + ((f - 4.9718) / 0.002) ** 2),
        "centre",
        4.9718,
    ),
}


def trace(name, rng, scale=1.0):
    """Noisy points of a curve as columns."""
    x, _, curve, *_ = CURVES[name]
    return {"x": x, "y": scale * (curve(x) + NOISE * rng.standard_normal(len(x)))}


def test_every_trace_has_a_curve_here():
    """The registry's names are those of this table, and the readout's clouds below."""
    assert {*CURVES, "readout"} == set(TRACES)


@pytest.mark.parametrize("name", CURVES)
def test_fits_find_what_was_drawn_with_honest_errors(name):
    """Pulls of 30 drawn traces, without a start of the user's, scatter as a normal variable."""
    unit, wanted, truth = CURVES[name][1], *CURVES[name][3:]
    pulls = []
    for seed in range(30):
        data = trace(name, np.random.default_rng(seed), scale=7e-5)
        columns = TraceColumns(unit=unit)
        found = {f.name: f for f in fit_trace(data, name, BASE, columns)[0]}[wanted]
        pulls.append((found.value - truth) / found.std)
    assert abs(np.mean(pulls)) < 4 / np.sqrt(30)
    assert 0.6 < np.std(pulls) < 1.5


def test_given_errors_of_the_signal_are_taken():
    """With a column of standard errors the parameter's error is theirs, not the residuals'."""
    data = trace("t1", np.random.default_rng(1))
    errors = {}
    for factor in (1.0, 3.0):
        given = {**data, "e": np.full(len(data["x"]), factor * NOISE)}
        found = fit_trace(given, "t1", BASE, TraceColumns(std="e", unit="us"))[0]
        errors[factor] = found[0].std
    assert errors[3.0] == pytest.approx(3 * errors[1.0], rel=1e-3)


def test_compression_is_told_where_there_is_one():
    """A line that compresses by 14 % bends the oscillation; a straight one has no compression."""
    rng = np.random.default_rng(2)
    a = np.linspace(0, 0.75, 50)
    bent = np.cos(2 * np.pi * (a / 0.254 - 0.515 * a**2)) + NOISE * rng.standard_normal(50)
    found = {f.name: f for f in fit_trace({"a": a, "y": bent}, "rabi-amplitude", BASE)[0]}
    assert found["period"].value == pytest.approx(0.254, abs=5 * found["period"].std)
    assert found["compression"].value == pytest.approx(0.515, abs=5 * found["compression"].std)
    plain = fit_trace(trace("rabi-amplitude", rng), "rabi-amplitude", BASE)[0]
    assert [f.name for f in plain] == ["period", "pi amplitude"]


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("t1", "transmon.t1_us", 11.0),
        ("ramsey", "transmon.dephasing_rate_MHz", 1e3 / (2 * np.pi) * (1 / 8e3 - 1 / 100e3)),
        ("rabi-time", "drive.rabi_rate_MHz", 40.0),
        ("line", "transmon.frequency_GHz", 4.9718),
        ("echo", None, None),
        ("rabi-amplitude", None, None),
    ],
)
def test_what_a_trace_changes(name, key, value):
    """The key, in its unit; with T1 = 50 us for the dephasing; nothing where there is no key."""
    data = trace(name, np.random.default_rng(5))
    _, found = fit_trace(data, name, BASE, TraceColumns(unit=CURVES[name][1]))
    if key:
        carried, prior = found.carried
        assert carried.key == key
        assert carried.value == pytest.approx(value, abs=5 * carried.std)
        assert prior.key.startswith("priors.")
        assert found.experiment == BASE.replace({key: carried.value, prior.key: prior.value})
    else:
        assert found.carried == ()
        assert found.experiment == BASE


@pytest.mark.parametrize(
    ("key", "value", "std", "prior"),
    [
        ("transmon.t1_us", 40.0, 2.0, ("priors.t1", 0.05)),
        ("drive.rabi_rate_MHz", 50.0, 0.5, ("priors.rabi_rate", 0.01)),
        ("transmon.frequency_GHz", 4.9, 2e-4, ("priors.transmon_frequency_MHz", 0.2)),
        ("resonator.frequency_GHz", 4.9, 3e-4, ("priors.resonator_frequency_MHz", 0.3)),
        ("coupler.g_on_MHz", 45.0, 1.0, ("priors.coupling", 0.02)),
        ("resonator.linewidth_MHz", 0.9, 0.1, ("priors.linewidth", 0.1)),
        ("transmon.dephasing_rate_MHz", 0.1, 0.01, ("priors.dephasing", 0.05)),
    ],
)
def test_errors_become_the_priors_of_the_global_fit(key, value, std, prior):
    """The fit's own prior of that parameter has the standard error as its width."""
    found = carry(BASE, [Carried(key, value, std, "a trace")])
    assert [(c.key, c.value) for c in found.carried[1:]] == [(prior[0], pytest.approx(prior[1]))]
    names = {"transmon.frequency_GHz": "transmon_detuning_MHz"}
    names["resonator.frequency_GHz"] = "resonator_detuning_MHz"
    widths = {p.name: p.prior for p in default_parameters(found.experiment)}
    in_its_unit = 1e3 * std if key.endswith("GHz") else std
    assert widths[names.get(key, key)] == pytest.approx(in_its_unit)
    assert len(carry(BASE, [Carried(key, value, None, "a file")]).carried) == 1


@pytest.mark.parametrize(
    ("change", "columns", "said"),
    [
        ({}, {}, "the unit of 'x' in the arrays, a time, must be ns, us or s, but is not told"),
        ({}, {"unit": "fs"}, 'must be ns, us or s, but is "fs"; say it by `unit`'),
        ({}, {"unit": "us", "x": "z"}, '`x` must be a column of the arrays, x, y, but is "z"'),
        ({"y": np.full(41, np.nan)}, {"unit": "us"}, "column 'y' of .* must hold finite numbers"),
        ({"y": np.ones(41)}, {"unit": "us"}, "does not vary; check its columns"),
        ({"x": np.linspace(0, 1e-7, 41)}, {"unit": "us"}, "spans 1e-07 us, too little for a trace"),
        ({"x": np.arange(4.0), "y": np.arange(4.0)}, {"unit": "us"}, "needs at least 6 points"),
        ({"e": np.zeros(41)}, {"unit": "us", "std": "e"}, "standard errors in .* above 0"),
    ],
)
def test_traces_that_are_refused(change, columns, said):
    """Columns, units, values and lengths that are no trace: one sentence each."""
    data = {**trace("t1", np.random.default_rng(1)), **change}
    with pytest.raises(CharacterisationError, match=said):
        fit_trace(data, "t1", BASE, TraceColumns(**columns))


def test_dephasing_is_what_t1_leaves():
    """1/T2 = 1/(2 T1) + rate, half of it where sigma_z is the convention, never negative."""
    assert dephasing_mhz(1e3, np.inf, "coherence") == pytest.approx(1 / (2 * np.pi))
    assert dephasing_mhz(1e3, np.inf, "sigma_z") == pytest.approx(1 / (4 * np.pi))
    assert dephasing_mhz(2e3, 1.0, "coherence") == pytest.approx(0.0)
    with pytest.raises(CharacterisationError, match="T2 must be at most 2 T1, but is 3000 ns"):
        dephasing_mhz(3e3, 1.0, "coherence")


QIBO = {
    "single_qubits": {
        "q0": {
            "qubit": {"frequency_01": 4.9e9, "frequency_12": 4.67e9},
            "readout": {"fidelity": 0.9, "effective_temperature": 0.05},
            "t1": [40e3, 2e3],
            "t2": [10e3, 500.0],
        }
    }
}
IBM = {
    "qubits": [
        [
            {"name": "T1", "unit": "us", "value": 40.0},
            {"name": "T2", "unit": "us", "value": 10.0},
            {"name": "frequency", "unit": "GHz", "value": 4.9},
            {"name": "anharmonicity", "unit": "GHz", "value": -0.23},
            {"name": "prob_meas0_prep1", "unit": "", "value": 0.05},
            {"name": "prob_meas1_prep0", "unit": "", "value": 0.02},
        ]
    ]
}
DEPHASING = 1e3 / (2 * np.pi) * (1 / 10e3 - 1 / 80e3)


def saved(folder, content):
    path = folder / "calibration.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_qibos_calibration(tmp_path):
    """Hz to GHz, ns to us, K to mK, errors of pairs, one fidelity as two equal errors."""
    found = cb.device_(saved(tmp_path, QIBO), "qibo", qubit="q0")
    values = {c.key: (c.value, c.std) for c in found.carried}
    assert values["transmon.frequency_GHz"] == (pytest.approx(4.9), None)
    assert values["transmon.anharmonicity_GHz"][0] == pytest.approx(-0.23)
    assert values["transmon.t1_us"] == (pytest.approx(40.0), pytest.approx(2.0))
    assert values["transmon.dephasing_rate_MHz"][0] == pytest.approx(DEPHASING)
    assert values["transmon.dephasing_rate_MHz"][1] == pytest.approx(0.05 / (2 * np.pi * 10))
    assert values["readout.p0_given_1"][0] == pytest.approx(0.05)
    assert values["transmon.temperature_mK"][0] == pytest.approx(50.0)
    assert found.experiment.transmon.residual_excitation is None


def test_ibms_properties(tmp_path):
    """Values by name with their units."""
    found = cb.device_(saved(tmp_path, IBM), "ibm")
    values = {c.key: c.value for c in found.carried}
    assert values == {
        "transmon.frequency_GHz": 4.9,
        "transmon.anharmonicity_GHz": -0.23,
        "transmon.t1_us": 40.0,
        "transmon.dephasing_rate_MHz": pytest.approx(DEPHASING),
        "readout.p1_given_0": 0.02,
        "readout.p0_given_1": 0.05,
    }


def test_the_file_that_is_written_tells_its_sources(tmp_path):
    """Every value stands with its source above a file that reads as the experiment."""
    out = tmp_path / "device.toml"
    result = call("device", saved(tmp_path, IBM), "--from", "ibm", "--out", out)
    assert result.stdout.splitlines()[-1] == f"experiment file: {out}"
    text = out.read_text()
    assert text.startswith("# transmon.frequency_GHz: qubits[0] frequency\n")
    assert "# not carried: drive.frequency_GHz stays 5 GHz, 100 MHz from the transmon" in text
    assert "# not carried: resonator.frequency_GHz stays 5 GHz, 100 MHz" in text
    found = Experiment.from_toml(out)
    assert found == cb.device_(saved(tmp_path, IBM), "ibm").experiment
    assert found.transmon.t1_us == 40.0


@pytest.mark.parametrize(
    ("content", "stack", "said"),
    [
        ("nonsense", "qibo", "is not JSON, as a calibration file of Qibo is"),
        ([1], "ibm", "is JSON, but not a file of backend properties of IBM"),
        ({}, "qibo", "has no qubits; it is not a calibration file of Qibo"),
        (QIBO, "qibo", "`qubit` must be one of .*, q0, but is 0"),
        ({"single_qubits": {"0": []}}, "qibo", "is not laid out as in a calibration file of Qibo"),
        ({"qubits": [[]]}, "ibm", "has no value that has a key here"),
        ({"qubits": [[{"name": "T1", "unit": "h", "value": 1}]]}, "ibm", "unit of T1 must be ns"),
        ({"qubits": [[{"name": "T1", "unit": "us", "value": -1}]]}, "ibm", "t1_us must be .*comes"),
        (QIBO, "other", '`stack` must be "qibo", "ibm", "scqubits" or "quam" here, but is "ot'),
    ],
)
def test_calibration_files_that_are_refused(tmp_path, content, stack, said):
    """Other files, other qubits, other units and values out of range: one sentence each."""
    with pytest.raises(cb.CqedBatteryError, match=said):
        cb.device_(saved(tmp_path, content), stack)


def test_characterise_updates_a_file(tmp_path):
    """A trace in Quantify's layout, its own unit, updates T1 and leaves the rest as it was."""
    delay = np.linspace(0, 60e-6, 41)
    with h5py.File(tmp_path / "t1.h5", "w") as file:
        file["x0"] = delay
        file["x0"].attrs["units"] = "s"
        file["y0"] = 1e-5 * (2 + np.exp(-delay / 11e-6))
    base, out = tmp_path / "base.toml", tmp_path / "new.toml"
    base.write_text(BASE.replace({"coupler.g_on_MHz": 33.0}).to_toml())
    options = ("--experiment", base, "--out", out)
    result = call("characterise", tmp_path / "t1.h5", "--as", "t1", *options, "--json")
    assert json.loads(result.stdout)["fitted"][0]["value"] == pytest.approx(11e3)
    found = Experiment.from_toml(out)
    assert found.transmon.t1_us == pytest.approx(11.0)
    assert found.coupler.g_on_MHz == 33.0
    again = refused("characterise", tmp_path / "t1.h5", "--as", "t1", *options)
    assert "--out must be a new file" in again
    assert '--as must be "t1", "ramsey",' in refused(
        "characterise", tmp_path / "t1.h5", "--as", "t3"
    ).replace("`trace`", "--as")
    words = call("characterise", tmp_path / "t1.h5", "--as", "t1").stdout
    assert "lifetime" in words
    assert "transmon.t1_us" in words
