"""Experiment files: the proposed one, exact round trips, and what cannot be read."""

import math
import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from random_experiments import experiments

from cqed_battery.device import DriveLine
from cqed_battery.experiment import Charging, Experiment, ExperimentError
from cqed_battery.experiment.file import MAX_FILE_BYTES

PROPOSED = Path(__file__).parents[1] / "examples" / "proposed.toml"

OPERATING_POINT = {
    "seed": 2026,
    "transmon": {
        "frequency_GHz": 5.0,
        "anharmonicity_GHz": -0.25,
        "levels": 3,
        "t1_us": 50.0,
        "dephasing_rate_MHz": 0.1,
        "dephasing_convention": "coherence",
        "frequency_noise_MHz": 0.0,
        "residual_excitation": 0.01,
    },
    "resonator": {
        "frequency_GHz": 5.0,
        "linewidth_MHz": 1.0,
        "fock_levels": "auto",
        "temperature_mK": 10.0,
    },
    "coupler": {
        "kind": "tunable",
        "g_on_MHz": 50.0,
        "g_off_MHz": 0.05,
        "ramp_ns": 1.0,
        "tuned": "transmon",
        "overshoot": 0.0,
        "settling_ns": 0.0,
    },
    "drive": {
        "target": "transmon",
        "resonator_ratio": 1.0,
        "resonator_phase_rad": 0.0,
        "second_ratio": 0.0,
        "second_offset_MHz": -50.0,
        "second_phase_rad": 0.0,
        "second_delay_ns": 0.0,
        "rabi_rate_MHz": 50.0,
        "frequency_GHz": 5.0,
        "phase_rad": 0.0,
        "saturation_MHz": math.inf,
        "rise_ns": 1.0,
        "clock_GHz": 4.0,
        "timing": "exact",
    },
    "readout": {
        "model": "plain",
        "p1_given_0": 0.01,
        "p0_given_1": 0.04,
        "leaked_reads_1": 1.0,
        "preparation": "heralded",
        "calibration_shots": 10000,
    },
    "dispersive": {
        "chi_MHz": 1.0,
        "chi_leaked_MHz": -3.0,
        "linewidth_MHz": 2.0,
        "probe_MHz": 0.0,
        "photons": 4.0,
        "amplifier": "phase-preserving",
        "efficiency": 0.3,
        "bandwidth_MHz": math.inf,
        "delay_ns": 0.0,
        "start_ns": 0.0,
        "integration_ns": 500.0,
        "weights": "optimal",
        "relaxation_factor": 1.0,
        "excitation_factor": 1.0,
        "save_iq": False,
    },
    "reset": {
        "kind": "active",
        "rounds": 2,
        "latency_ns": 500.0,
        "leakage_per_flip": 0.0,
        "shots": 5000,
        "wait_us": 250.0,
        "resonator_wait_ns": 2000.0,
        "resonator_photons": 1.0,
    },
    "charging": {
        "start_ns": 0.0,
        "stop_ns": 60.0,
        "points": 61,
        "axis": "time",
        "amplitude_from": 0.0,
        "amplitude_to": 1.0,
        "detuning_from_MHz": -20.0,
        "detuning_to_MHz": 20.0,
        "shape": "square",
        "length_ns": 40.0,
        "drag_scale": 1.0,
        "chirp_from_MHz": -50.0,
        "chirp_to_MHz": 50.0,
    },
    "tomography": {"shots": 1000, "pulse": "drag", "pulse_ns": 16.0, "bases": ["x", "y", "z"]},
    "vacuum": {
        "method": "vacuum-rabi",
        "shots": 1000,
        "stop_ns": 100.0,
        "points": 41,
        "reset_ns": 10.0,
        "shift_per_photon_MHz": 3.0,
        "selective_pulse_ns": 500.0,
        "displacement_MHz": 2.0,
    },
    "control": {"kind": "closed", "moved": "transmon", "drive": "follows"},
    "simulation": {
        "frame": "rotating",
        "counter_rotating": False,
        "method": "exponential",
        "tolerance": 1e-10,
    },
    "analysis": {
        "correction": "model",
        "global_fit": True,
        "envelope": "damped-sinusoids",
        "max_modes": 6,
        "heat_window_end_ns": "auto",
        "late_window_ns": "auto",
        "sigma_threshold": 3.0,
        "smallest_effect": 0.02,
        "vacuum_fidelity_threshold": 0.95,
    },
    "priors": {
        "rabi_rate": 0.003,
        "drive_phase_rad": 0.1,
        "transmon_frequency_MHz": 5.0,
        "resonator_frequency_MHz": 5.0,
        "coupling": 0.2,
        "linewidth": 1.0,
        "dephasing": 1.0,
        "t1": 0.1,
        "residual_excitation": 0.3,
        "pulse_amplitude": 0.005,
        "pulse_phase_rad": 0.009,
        "drive_shape": 0.003,
        "coupling_step": 0.001,
        "drive_delay_ns": 0.3,
        "drive_compression": 0.012,
        "charging_width": 0.005,
        "charging_rise": 0.2,
        "charging_drag": 0.1,
        "coupler_ramp": 0.2,
        "flux_pulse": 0.005,
        "drive_bandwidth_MHz": 350.0,
        "frequency_noise_MHz": 0.1,
        "rabi_rate_drift": 0.002,
        "frequency_drift_MHz": 0.05,
        "readout_drift": 0.003,
        "correction": 0.02,
    },
    "laboratory": {"readout_ns": 1000.0, "idle_us": 10.0, "setting_overhead_ms": 50.0},
    "allocation": {},
    "faults": {
        "drive_bandwidth_MHz": math.inf,
        "drive_saturation_MHz": math.inf,
        "drive_ripple": 0.0,
        "drive_ripple_period_ns": 20.0,
        "drive_delay_ns": 0.0,
        "coupling_tail": 0.0,
        "coupling_tail_ns": 20.0,
        "rabi_rate_error": 0.0,
        "pulse_amplitude_error": 0.0,
        "pulse_phase_error_rad": 0.0,
        "drag_error": 0.0,
        "transmon_detuning_MHz": 0.0,
        "resonator_detuning_MHz": 0.0,
        "frequency_noise_MHz": 0.0,
        "rabi_rate_drift": 0.0,
        "frequency_drift_MHz": 0.0,
        "readout_drift": 0.0,
        "order": "as listed",
    },
}
OPERATING_POINT["reset"] |= {
    "rethermalises": False,
    "f0g1_MHz": 5.0,
    "upper_rabi_MHz": 7.0,
    "ddrop_rabi_MHz": 1.0,
    "ddrop_photons": 6.0,
    "drive_us": 2.0,
}
OPERATING_POINT["extraction"] = {"unitary": "none", "shots": 1000}
OPERATING_POINT["qutrit"] = {"measured": False, "shots": 1000}
LISTED = [
    *(f"{arm}_{axis}" for arm in ("catalysed", "control") for axis in "xyz"),
    *("vacuum_none", "vacuum_pi"),
    *(f"{arm}_{reading}" for arm in ("catalysed", "control") for reading in ("before", "after")),
    *("prepared_0", "prepared_1"),
]


def test_the_defaults_are_the_proposed_operating_point():
    """Every default is the number of the proposal, and there is no key beyond the known ones."""
    resolved = tomllib.loads(Experiment().to_toml())
    assert resolved.pop("title")
    assert resolved == OPERATING_POINT


def test_the_proposed_file_is_the_default():
    """The example file is what a default experiment writes, byte for byte, and reads back equal."""
    assert PROPOSED.read_bytes() == Experiment().to_toml().encode()
    assert Experiment.from_toml(PROPOSED) == Experiment()


def test_every_key_of_the_commented_file_is_explained():
    """Each line with a key or a section carries a comment, and so does each unused alternative."""
    lines = [line for line in Experiment().to_toml().splitlines() if line]
    keys = [line for line in lines if not line.startswith("# ") or " = " in line]
    assert all(" # " in line for line in keys)
    assert [line.split()[1] for line in keys if line.startswith("# ")] == [
        "t1_level2_us",
        "t2_us",
        "t2_echo_us",
        "temperature_mK",
        "detuning_MHz",
        "idle_detuning_MHz",
        "detuning_MHz",
        "second_length_ns",
        "g_MHz",
        "detuning_MHz",
        "initial_excitation",
        "times_ns",
        "amplitudes",
        "detunings_MHz",
        "samples_ns",
        "samples_amplitude",
        "samples_phase_rad",
        "samples_file",
        "samples_function",
        "kappa_off_MHz",
        "detuning_MHz",
        "times_ns",
        *(f"{arm}_{part}_rad" for arm in ("catalysed", "control") for part in ("angle", "phase")),
        "times_ns",
        *LISTED,
    ]
    assert any("lifetime of level 1, in us (number > 0, or inf)" in line for line in lines)


def test_a_commented_alternative_can_be_uncommented():
    """The alternatives shown as comments are valid once the keys they replace are removed."""
    lines = Experiment().to_toml().splitlines()
    replaced = ("residual_excitation", "start_ns", "stop_ns = 60", "points = 61")
    text = "\n".join(
        line.removeprefix("# ") if line.startswith(("# times_ns", "# temperature_mK")) else line
        for line in lines
        if not line.startswith(replaced)
    )
    experiment = Experiment.from_text(text)
    assert experiment.charging.times_ns == (0.0, 5.0, 10.0, 20.0)
    assert experiment.transmon.temperature_mK == 50.0


def test_a_saved_file_shows_the_excitation_that_a_temperature_gives():
    """The key that the temperature stands in place of is written as a comment, a number."""
    warm = Experiment().replace({"transmon.temperature_mK": 60.0})
    (line,) = [row for row in warm.to_toml().splitlines() if "# residual_excitation = " in row]
    assert float(line.split()[3]) == pytest.approx(warm.transmon.excited_population)
    assert Experiment.from_text(warm.to_toml()) == warm


@pytest.mark.parametrize("comments", [True, False])
@given(experiment=experiments())
def test_toml_round_trip_is_exact(comments, experiment):
    """Writing any valid experiment and reading it gives an equal one, to the last bit."""
    again = Experiment.from_text(experiment.to_toml(comments=comments))
    assert again == experiment
    assert again.to_toml() == experiment.to_toml()


def test_without_comments_the_file_has_none():
    """A bare file holds no comment, and is otherwise the same."""
    bare = Experiment().to_toml(comments=False)
    assert "#" not in bare
    assert tomllib.loads(bare) | {"allocation": {}} == tomllib.loads(Experiment().to_toml())


def test_files_of_other_editors_are_read(tmp_path):
    """A byte-order mark and carriage returns do no harm."""
    file = tmp_path / "windows.toml"
    file.write_bytes(b"\xef\xbb\xbfseed = 7\r\n[drive]\r\nrise_ns = 2\r\n")
    assert Experiment.from_toml(file) == Experiment(seed=7, drive=DriveLine(rise_ns=2.0))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seed = ", r"invalid value \(at "),
        ("seed = 1\nseed = 2", "cannot overwrite a value"),
        ("[drive\nrise_ns = 1", "expected ']'"),
        ("\x00", "invalid statement"),
        (f"seed = {'9' * 5000}", "exceeds the limit"),
        (f"seed = {'[' * 5000}", "it is nested too deeply$"),
        (f"{'a.' * 100_000}a = 1", "it is nested too deeply$"),
        (f"[{'a . ' * 400_000}a]", "it is nested too deeply$"),
        (f"x = {{{'a-b.' * 33}c = 1}}", "it is nested too deeply$"),
        ("[" + ".".join(['"a.b"'] * 33) + "]", "it is nested too deeply$"),
    ],
)
def test_text_that_is_no_toml_gives_one_sentence(text, reason):
    """A slip in the syntax, however odd, is one sentence that names the source."""
    with pytest.raises(ExperimentError, match=rf"^lab\.toml is not valid TOML: {reason}"):
        Experiment.from_text(text, source="lab.toml")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "is not a text file in UTF-8 (byte 1): save it as UTF-8"),
        (b"#" * (MAX_FILE_BYTES + 1), "is larger than 1 MB, which no experiment file is"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, content, sentence):
    """A picture or a data set named by mistake is refused before it is parsed."""
    file = tmp_path / "lab.toml"
    file.write_bytes(content)
    with pytest.raises(ExperimentError, match=re.escape(f"{file} {sentence}")):
        Experiment.from_toml(file)


def test_a_file_of_the_largest_size_is_read(tmp_path):
    """The limit on the size is a limit, not a step before it."""
    file = tmp_path / "lab.toml"
    file.write_bytes(b"#" * MAX_FILE_BYTES)
    assert Experiment.from_toml(file) == Experiment()


def test_the_longest_list_of_times_fits_into_a_file(tmp_path):
    """A resolved file is never too large to be read again."""
    times = tuple(1e5 + math.pi * step for step in range(10_000))
    experiment = Experiment(charging=Charging(times_ns=times))
    file = tmp_path / "long.toml"
    file.write_text(experiment.to_toml(), encoding="utf-8")
    assert Experiment.from_toml(file) == experiment


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("absent.toml", r"there is no experiment file .*absent\.toml: `cqed-battery init"),
        ("present/below.toml", r"there is no experiment file .*below\.toml"),
        ("folder", "folder is a folder: name the experiment file in it$"),
        ("x" * 5000, "cannot be read: File name too long$"),
        ("\x00", "cannot be read: embedded null byte$"),
    ],
)
def test_what_cannot_be_opened_gives_one_sentence(tmp_path, name, sentence):
    """A file that is missing, a folder or a bad name is one sentence, not a traceback."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "present").touch()
    with pytest.raises(ExperimentError, match=sentence):
        Experiment.from_toml(tmp_path / name)


def test_refusals_of_a_file_name_the_file(tmp_path):
    """A refused value is reported with the path of its file."""
    file = tmp_path / "lab.toml"
    file.write_text("seed = -1", encoding="utf-8")
    with pytest.raises(ExperimentError, match=rf"^{re.escape(str(file))}: seed must be a whole"):
        Experiment.from_toml(Path(file))


@pytest.mark.parametrize(
    "text",
    [
        'title = "' + "[" * 100 + ' # {{{"',
        'title = "' + "a." * 90 + '"',
        "# " + "[" * 1000 + "a." * 1000 + "\n",
        'title = """' + "[{" * 50 + '"""',
        "title = '" + "{" * 100 + "'",
        "[charging]\ntimes_ns = [" + ", ".join(f"{n}.5" for n in range(200)) + "]",
    ],
)
def test_what_only_looks_nested(text: str) -> None:
    """Brackets and dots in words, comments and numbers do not count."""
    Experiment.from_text(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 900_000, "a-" * 450_000 + ".", "a " * 450_000, "a. " * 300_000, 'x = "' + "a" * 900_000],
    ids=["word", "dashes", "words", "key", "open"],
)
def test_long_nonsense_is_refused_at_once(text: str) -> None:
    """The look for nested text takes a time that is linear in its length."""
    begun = time.monotonic()
    with pytest.raises(ExperimentError, match="is not valid TOML"):
        Experiment.from_text(text)
    assert time.monotonic() - begun < 60  # quadratic in the length, it takes hours
