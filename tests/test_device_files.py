"""Devices from files of scqubits and QUAM, traces of Qibocal, readout points, IQ traces."""

import json

import h5py
import numpy as np
import pytest
from commands import call, refused

import cqed_battery as cb
from analysis.characterisation.carried import CharacterisationError
from analysis.characterisation.characterise import TraceColumns, fit_trace
from analysis.characterisation.device_files import DEVICE_FILES
from analysis.characterisation.traces import TRACES
from analysis.data.laboratory import read_lab_data
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import DatasetError

BASE = Experiment()
TRANSMON = {"__type": "Transmon", "id_str": "q", "EJ": 15.0, "EC": 0.3, "ng": 0.2, "ncut": 30}
TUNABLE = {
    "__type": "TunableTransmon",
    "id_str": "t",
    "EJmax": 20.0,
    "EC": 0.25,
    "d": 0.1,
    "flux": 0.15,
    "ng": 0.0,
    "ncut": 30,
}
OSCILLATOR = {"__type": "Oscillator", "id_str": "r", "E_osc": 5.9, "truncated_dim": 5}
CHARGE = np.diag(np.arange(-30, 31))
CREATION = np.diag(np.sqrt(np.arange(1.0, 5.0)), k=-1)


def written(path, attributes):
    """A single object's file, as scqubits writes it."""
    with h5py.File(path, "w") as file:
        file.attrs.update(attributes)
    return path


def space(
    path, strength=0.05, operators=((0, CHARGE), (1, CREATION)), objects=(TRANSMON, OSCILLATOR)
):
    """A HilbertSpace's file: subsystems, and one interaction with its adjoint."""
    with h5py.File(path, "w") as file:
        file.attrs["__type"] = "HilbertSpace"
        for number, attributes in enumerate(objects):
            place = f"__lists/subsystem_list/__objects/{number}"
            file.create_group(place).attrs.update(attributes)
        term = file.create_group("__lists/interaction_list/__objects/0")
        term.attrs.update({"__type": "InteractionTerm", "g_strength": strength, "add_hc": True})
        for number, (place, matrix) in enumerate(operators):
            part = term.create_group(f"__lists/operator_list/__lists/{number}")
            part.attrs.update({"0": place, "1": matrix})
    return path


def values(found):
    return {c.key: c.value for c in found.carried}


@pytest.mark.parametrize(
    ("attributes", "levels"),
    [
        (TRANSMON, (-12.07703381, -6.39446224, -1.05652266)),
        (TUNABLE, (-14.92023725, -9.20824599, -3.77568363)),
    ],
)
def test_transmons_of_scqubits(tmp_path, attributes, levels):
    """Frequency and anharmonicity are those of the levels that scqubits 4.3.1 gives."""
    found = values(cb.device_(written(tmp_path / "q.h5", attributes), "scqubits"))
    first, second = np.diff(levels)
    assert found["transmon.frequency_GHz"] == pytest.approx(first, abs=1e-7)
    assert found["transmon.anharmonicity_GHz"] == pytest.approx(second - first, abs=1e-7)
    lines = [",".join(attributes), ",".join(map(str, attributes.values()))]
    (tmp_path / "q.csv").write_text("\n".join(lines))
    assert values(cb.device_(tmp_path / "q.csv", "scqubits")) == found


def test_a_coupled_oscillator_is_the_resonator(tmp_path):
    """g is <1, 0|H|0, 1>: 50 MHz times the charge's matrix element, 1.08780084 by scqubits."""
    found = cb.device_(space(tmp_path / "s.h5"), "scqubits")
    assert values(found)["resonator.frequency_GHz"] == 5.9
    assert values(found)["coupler.g_on_MHz"] == pytest.approx(50 * 1.08780084, rel=1e-7)
    assert found.experiment.coupler.g_on_MHz == values(found)["coupler.g_on_MHz"]
    two = space(tmp_path / "two.h5", objects=(TRANSMON, OSCILLATOR, OSCILLATOR))
    left = cb.device_(two, "scqubits")
    assert any("no interaction of the file couples it" in said for said in left.not_carried)
    assert "coupler.g_on_MHz" in values(left)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: written(p, {"__type": "Fluxonium"}), "is not a file of scqubits, as its object"),
        (lambda p: written(p, {}), "is not a file of scqubits"),
        (lambda p: written(p, OSCILLATOR), "has no qubits; it is not a file of scqubits"),
        (lambda p: written(p, {**TRANSMON, "ncut": 10**6}), "ncut must lie from 2 to 500"),
        (lambda p: written(p, {"__type": "Transmon"}), "is not laid out as in a file of scqubits"),
        (
            lambda p: space(p, operators=((0, np.eye(3)), (1, CREATION))),
            "operators must be matrices, that of the transmon over its charge",
        ),
    ],
)
def test_files_of_scqubits_that_are_refused(tmp_path, make, said):
    """Other objects, other sizes and other files: one sentence each."""
    with pytest.raises(CharacterisationError, match=said):
        cb.device_(make(tmp_path / "q.h5"), "scqubits")


QUAM = {
    "qubits": {
        "qA": {
            "f_01": 4.9e9,
            "anharmonicity": 230e6,
            "T1": 40e-6,
            "T2ramsey": 10e-6,
            "xy": {
                "intermediate_frequency": -100e6,
                "RF_frequency": "#./inferred_RF_frequency",
                "LO_frequency": "#./frequency_converter_up/LO_frequency",
                "frequency_converter_up": {"local_oscillator": {"frequency": 5.001e9}},
            },
            "resonator": {"confusion_matrix": [[0.98, 0.02], [0.05, 0.95]]},
        },
        "qB": {"f_01": "#/qubits/qA/f_01", "f_12": None},
    }
}
DEPHASING = 1e3 / (2 * np.pi) * (1 / 10e3 - 1 / 80e3)


def test_quams_state(tmp_path):
    """Hz to GHz, s to us, oscillator and intermediate frequency added; from a folder, too."""
    (tmp_path / "state.json").write_text(json.dumps(QUAM))
    found = cb.device_(tmp_path / "state.json", "quam", qubit="qA")
    assert values(found) == {
        "transmon.frequency_GHz": pytest.approx(4.9),
        "transmon.anharmonicity_GHz": pytest.approx(-0.23),
        "drive.frequency_GHz": pytest.approx(4.901),
        "transmon.t1_us": pytest.approx(40.0),
        "transmon.dephasing_rate_MHz": pytest.approx(DEPHASING),
        "readout.p1_given_0": 0.02,
        "readout.p0_given_1": 0.05,
    }
    assert cb.device_(tmp_path, "quam", qubit="qA").experiment == found.experiment
    apart = {"qubits": {"qA": {"f_01": 4.9e9, "f_12": 4.66e9, "xy": {"RF_frequency": 4.9e9}}}}
    (tmp_path / "state.json").write_text(json.dumps(apart))
    assert values(cb.device_(tmp_path, "quam", qubit="qA")) == {
        "transmon.frequency_GHz": pytest.approx(4.9),
        "transmon.anharmonicity_GHz": pytest.approx(-0.24),
        "drive.frequency_GHz": pytest.approx(4.9),
    }


@pytest.mark.parametrize(
    ("qubit", "said"),
    [("0", "`qubit` must be one of .*, qA, qB, but is 0"), ("qB", "has no value that has a key")],
)
def test_states_of_quam_that_are_refused(tmp_path, qubit, said):
    """Another qubit, and one of references alone."""
    (tmp_path / "state.json").write_text(json.dumps(QUAM))
    with pytest.raises(CharacterisationError, match=said):
        cb.device_(tmp_path, "quam", qubit=qubit)


@pytest.mark.parametrize(
    "changes", [{"t1": 5e-324, "t2": 1e4}, {"qubit": {"frequency_01": 10**400}}]
)
def test_numbers_beyond_all_reckoning_are_refused(tmp_path, changes):
    """A lifetime that is 0 in us, and a frequency that is no float."""
    qubit = {"qubit": {"frequency_01": 4.9e9}, "t1": 4e4, "t2": 1e4} | changes
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps({"single_qubits": {"0": qubit}}), encoding="utf-8")
    said = refused("device", file, "--from", "qibo")
    assert "qubit 0 of" in said
    assert "is not laid out as in a" in said


def test_every_stack_is_tested():
    """The registry's names are those of this file and of test_characterise."""
    assert set(DEVICE_FILES) == {"qibo", "ibm", "scqubits", "quam"}


def report(folder, **tasks):
    """A report of Qibocal: each task's records by qubit."""
    for name, qubits in tasks.items():
        place = folder / "data" / name.replace("_", "-")
        place.mkdir(parents=True)
        records = {}
        for qubit, fields in qubits.items():
            array = np.empty(len(next(iter(fields.values()))), [(f, float) for f in fields])
            for field, column in fields.items():
                array[field] = column
            records[json.dumps(qubit)] = array
        np.savez(place / "data.npz", **records)
    return folder


@pytest.fixture
def qibocal(tmp_path):
    wait = np.linspace(0, 60e3, 41)
    decay = {"wait": wait, "signal": 2 + np.exp(-wait / 11e3), "phase": 0 * wait}
    freq = np.linspace(4.95e9, 4.99e9, 81)
    line = {"freq": freq, "signal": 1 / (1 + ((freq - 4.9718e9) / 2e6) ** 2), "phase": 0 * freq}
    rng = np.random.default_rng(1)
    state = np.repeat([0.0, 1.0], 400)
    points = rng.normal(size=(2, 800))
    clouds = {"i": points[0] + 3 * state, "q": points[1], "state": state}
    return report(tmp_path, t1_0={"q0": decay, "q1": decay}, spec_0={0: line}, shots_0={0: clouds})


def test_traces_of_a_folder_of_qibocal(qibocal):
    """Task and qubit by name; ns and Hz are known; a qubit alone needs no name."""
    _, found = fit_trace(qibocal, "t1", BASE, TraceColumns(group="t1-0/q1"))
    assert values(found)["transmon.t1_us"] == pytest.approx(11.0)
    _, found = fit_trace(qibocal / "data" / "spec-0", "line", BASE)
    assert values(found)["transmon.frequency_GHz"] == pytest.approx(4.9718)
    told = call("characterise", qibocal, "--as", "t1", "--group", "t1-0/q0").stdout
    assert "transmon.t1_us" in told
    (qibocal / "calibration.json").write_text(
        json.dumps({"single_qubits": {"0": {"qubit": {"frequency_01": 4.9e9}}}})
    )
    assert values(cb.device_(qibocal, "qibo"))["transmon.frequency_GHz"] == pytest.approx(4.9)


def test_a_folder_of_qibocal_says_what_it_holds(qibocal, tmp_path):
    """Tasks, then qubits; each advice works, as the test above shows."""
    with pytest.raises(DatasetError, match="with tasks shots-0, spec-0, t1-0; name one by `gr"):
        fit_trace(qibocal, "t1", BASE)
    with pytest.raises(DatasetError, match="holds the qubits q0, q1, but none is named; name"):
        fit_trace(qibocal, "t1", BASE, TraceColumns(group="t1-0"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"is a folder without data\.npz, which a task or rep"):
        read_lab_data(tmp_path / "empty", BASE)
    assert "holds no calibration.json" in refused("device", tmp_path / "empty", "--from", "qibo")


def test_readout_points_tell_the_assignment_errors(qibocal):
    """Two clouds 3 standard deviations apart err with ndtr(-1.5) = 6.68 %, on unseen shots."""
    columns = TraceColumns(x="state", y="i", q="q", group="shots-0")
    fitted, found = fit_trace(qibocal, "readout", BASE, columns)
    for parameter in fitted[:2]:
        assert parameter.value == pytest.approx(0.0668, abs=4 * parameter.std)
        assert parameter.std == pytest.approx(np.sqrt(0.0668 * 0.9332 / 400), rel=0.2)
    assert values(found) == {
        "readout.p1_given_0": fitted[0].value,
        "readout.p0_given_1": fitted[1].value,
    }
    dispersive = BASE.replace({"readout.model": "dispersive"})
    assert fit_trace(qibocal, "readout", dispersive, columns)[1].carried == ()


@pytest.mark.study
def test_held_out_errors_are_not_those_of_the_line_on_its_own_shots():
    """Of clouds that are one, half is read wrongly, however few shots trained the line."""
    rng, found = np.random.default_rng(4), []
    for _ in range(40):
        levels, points = np.repeat([0.0, 1.0], 20), rng.normal(size=(40, 2))
        found.append(TRACES["readout"].fit(levels, points, None)[2].value)
    assert np.mean(found) == pytest.approx(0.0, abs=0.12)


def test_readout_points_that_are_refused():
    """Levels other than 0 and 1, and a single signal."""
    points = {"x": [0.0, 1.0, 2.0] * 20, "i": np.arange(60.0), "q": np.arange(60.0)}
    with pytest.raises(CharacterisationError, match="prepared level must be 0 or 1 for every shot"):
        fit_trace(points, "readout", BASE)
    with pytest.raises(CharacterisationError, match="must have at least 3 columns for this trace"):
        fit_trace({"x": [0.0, 1.0], "y": [0.0, 1.0]}, "readout", BASE)


def test_an_iq_trace_is_projected_on_its_line():
    """I and Q at any angle give the lifetime that the one signal gives, and its error."""
    rng, delay = np.random.default_rng(2), np.linspace(0, 60e3, 61)
    signal = np.exp(-delay / 11e3) + 0.01 * rng.normal(size=61)
    across = 0.01 * rng.normal(size=61)
    plain = fit_trace({"x": delay, "y": signal}, "t1", BASE, TraceColumns(unit="ns"))[0][0]
    for angle in (0.3, 1.9, 4.0):
        i = np.cos(angle) * signal - np.sin(angle) * across + 5
        q = np.sin(angle) * signal + np.cos(angle) * across - 2
        columns = TraceColumns(unit="ns", y="i", q="q")
        turned = fit_trace({"x": delay, "i": i, "q": q}, "t1", BASE, columns)[0][0]
        assert turned.value == pytest.approx(plain.value, abs=0.3 * plain.std)
        assert turned.std == pytest.approx(plain.std, rel=0.1)
