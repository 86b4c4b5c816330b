"""What an experiment refuses, and the one sentence that says so."""

import re

import pytest

from cqed_battery.device import Device, DriveLine, Readout, Transmon
from cqed_battery.errors import CqedBatteryError, explain_unknown_key, show_value
from cqed_battery.experiment import Charging, Experiment, ExperimentError, Tomography

# A text, and the sentence that refuses it.
REFUSED_TEXTS = [
    (
        "transmon.frequency_MHz = 5000",
        "transmon.frequency_MHz is not a known key: did you mean frequency_GHz, in GHz?",
    ),
    (
        "[transmon]\nT1_ns = 50",
        "transmon.T1_ns is not a known key: did you mean t1_us, in us?",
    ),
    (
        "[transmon]\nt2_ns = 30",
        "transmon.t2_ns is not a known key: did you mean t2_us, in us?",
    ),
    (
        "[drive]\nrabi_MHz = 50",
        "drive.rabi_MHz is not a known key: did you mean rabi_rate_MHz?",
    ),
    (
        "[drive]\ng_on_MHz = 50",
        "drive.g_on_MHz is not a known key: did you mean [coupler] g_on_MHz?",
    ),
    (
        "[coupler]\nkappa_MHz = 1",
        "coupler.kappa_MHz is not a known key: did you mean [resonator] linewidth_MHz or "
        "[dispersive] linewidth_MHz?",
    ),
    (
        "[coupler]\ng_MHz = 50",
        "coupler.g_MHz is not a known key: did you mean g_on_MHz or [dispersive] g_MHz?",
    ),
    (
        "[drive]\nstop_ns = 50",
        "drive.stop_ns is not a known key: did you mean [charging] stop_ns or [vacuum] stop_ns?",
    ),
    (
        "[readout]\nsed = 5",
        "readout.sed is not a known key: did you mean seed at the top of the file?",
    ),
    ("rabi_rate_MHz = 50", "rabi_rate_MHz is not a known key: did you mean [drive] rabi_rate_MHz?"),
    ("[transmons]", "transmons is not a known key: did you mean [transmon]?"),
    (
        "[control]\nfoo = 1",
        "control.foo is not a known key: [control] has kind, moved, detuning_MHz, drive",
    ),
    ("seed = 1.0", "seed must be a whole number >= 0 and < 9223372036854775808, but is 1.0"),
    ("title = 5", "title must be a text, but is 5"),
    (
        'title = "a\\nb"',
        'title must be one line of at most 200 characters, but is "a\\nb"',
    ),
    (
        f'title = "{"t" * 201}"',
        f'title must be one line of at most 200 characters, but is "{"t" * 56}...',
    ),
    ("drive = 5", "drive must be a section, [drive] with its keys below, but is 5"),
    (
        "[[drive]]",
        "drive must be a section, [drive] with its keys below, but is [a table]",
    ),
    ("control.enabled = 1", "control.enabled must be true or false, but is 1"),
    (
        'simulation.method = "rk4"',
        'simulation.method must be "exponential", "DOP853" or "RK45", but is "rk4"',
    ),
    (
        "drive.rise_ns = 2026-01-31",
        "drive.rise_ns must be a number >= 0 and <= 1000, but is 2026-01-31",
    ),
    (
        "drive.rise_ns = {ns = 1}",
        "drive.rise_ns must be a number >= 0 and <= 1000, but is a table",
    ),
    (
        f"drive.rise_ns = {'9' * 400}",
        "drive.rise_ns must be a number >= 0 and <= 1000, "
        "but is a whole number of about 400 digits",
    ),
    (
        "transmon = {levels = 1, t1_us = -1, foo = 1}",
        'transmon.levels must be "auto" or a whole number >= 2 and <= 10, but is 1 (and 2 more)',
    ),
    (
        "resonator.fock_levels = 1\nseed = -1",
        "seed must be a whole number >= 0 and < 9223372036854775808, but is -1 (and 1 more)",
    ),
    (
        "transmon = {residual_excitation = 0.1, temperature_mK = 20}",
        "transmon.temperature_mK stands in place of residual_excitation, "
        "but both are given: remove the one or the other",
    ),
    (
        "charging = {times_ns = [1], stop_ns = 3, points = 3}",
        "charging.times_ns stands in place of stop_ns and points, "
        "but both are given: remove the one or the other",
    ),
    (
        "transmon.anharmonicity_GHz = 0",
        "transmon.anharmonicity_GHz must not be 0 with 3 levels, because a harmonic ladder has "
        "no qubit: change it, or set transmon.levels to 2",
    ),
    (
        "readout = {p1_given_0 = 0.4, p0_given_1 = 0.6}",
        "readout.p1_given_0 and readout.p0_given_1 must add up to less than 1, or the readout "
        "tells nothing, but are 0.4 and 0.6",
    ),
    (
        "charging.times_ns = [0, 3, 2, 1]",
        "charging.times_ns must be strictly increasing, but 2 follows 3 as entry 3",
    ),
    (
        "charging.times_ns = [2, 2]",
        "charging.times_ns must be strictly increasing, but 2 follows 2 as entry 2",
    ),
    (
        'charging.times_ns = [0, "a"]',
        "charging.times_ns must be a list of 1 to 10000 entries, "
        'each a number >= 0 and <= 1000000, but entry 2 is "a"',
    ),
    (
        "charging.times_ns = []",
        "charging.times_ns must be a list of 1 to 10000 entries, "
        "each a number >= 0 and <= 1000000, but is []",
    ),
    (
        "charging.start_ns = 60",
        "charging.stop_ns must lie after charging.start_ns, but is 60.0 and start_ns is 60.0",
    ),
    (
        "charging = {start_ns = 70, points = 1}",
        "charging.stop_ns must lie after charging.start_ns, but is 60.0 and start_ns is 70.0",
    ),
    (
        'tomography.bases = ["x", "y"]',
        'tomography.bases must name x, y and z once each, in any order, but is ["x", "y"]',
    ),
    (
        'tomography.bases = ["x", "y", "w"]',
        'tomography.bases must be a list, each "x", "y" or "z", but entry 3 is "w"',
    ),
    (
        "tomography.pulse_ns = 1.75",
        "tomography.pulse_ns must be at least 2, 8 / drive.clock_GHz with drive.clock_GHz = 4.0, "
        'but is 1.75: lengthen it, or set tomography.pulse to "none"',
    ),
    (
        "coupler.ramp_ns = 0.2",
        "coupler.ramp_ns must be at least 0.25, 1 / drive.clock_GHz with drive.clock_GHz = 4.0, "
        "but is 0.2: lengthen it, or set it to 0, a step",
    ),
    (
        "drive.rise_ns = 0.2",
        "drive.rise_ns must be at least 0.25, 1 / drive.clock_GHz with drive.clock_GHz = 4.0, "
        "but is 0.2: lengthen it, or set it to 0, a step",
    ),
    (
        "drive.frequency_GHz = 7.1",
        "drive.frequency_GHz must lie within 2 GHz of transmon.frequency_GHz = 5.0, because "
        "farther off the rotating-wave approximation means nothing, but is 7.1",
    ),
]

ACCEPTED_TEXTS = [
    "drive.frequency_GHz = 7",
    "drive.frequency_GHz = 7.3\ntransmon.frequency_GHz = 5.3",
    "coupler.ramp_ns = 0\ndrive.rise_ns = 0",
    "coupler.ramp_ns = 0.25\ndrive.rise_ns = 0.25",
    "tomography.pulse_ns = 2",
    'tomography = {pulse_ns = 1, pulse = "none"}',
    "charging = {start_ns = 5, stop_ns = 5, points = 1}",
    "transmon = {levels = 2, anharmonicity_GHz = 0}",
    "readout = {p1_given_0 = 0.4, p0_given_1 = 0.59}",
    f'title = "{"t" * 200}"',
]


def refuse(text: str) -> str:
    """Return the sentence with which a text is refused, less the name of the text."""
    with pytest.raises(ExperimentError, match=r"^lab\.toml") as caught:
        Experiment.from_text(text, source="lab.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix("lab.toml: ")


@pytest.mark.parametrize(("text", "sentence"), REFUSED_TEXTS)
def test_a_refused_text_gives_one_sentence(text, sentence):
    """The sentence names the key, what it must be, what it was, and the likely key."""
    assert refuse(text) == sentence


@pytest.mark.parametrize("text", ACCEPTED_TEXTS)
def test_the_limits_themselves_are_accepted(text):
    """A value on the right side of a limit that ties keys together is taken."""
    assert isinstance(Experiment.from_text(text), Experiment)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (
            lambda: Transmon(frequency_GHz="5"),
            'transmon.frequency_GHz must be a number > 0 and <= 100, but is "5"',
        ),
        (
            lambda: Transmon(frequency_MHz=5),
            "transmon.frequency_MHz is not a known key: did you mean frequency_GHz, in GHz?",
        ),
        (
            lambda: Transmon(frequency_GHz=None),
            "transmon.frequency_GHz must be a number > 0 and <= 100, but is None",
        ),
        (
            lambda: DriveLine(rise_ns=-1, phase_rad="0"),
            'drive.phase_rad must be a number, but is "0" (and 1 more)',
        ),
        (
            lambda: Device(transmon={"levels": 1}),
            'transmon.levels must be "auto" or a whole number >= 2 and <= 10, but is 1',
        ),
        (
            lambda: Experiment(drive=None),
            "drive must be a section, [drive] with its keys below, but is None",
        ),
        (lambda: Experiment(drives={}), "drives is not a known key: did you mean [drive]?"),
        (lambda: Experiment(control={1: 2}), "control.1 is not a known key: [control] has kind"),
        (
            lambda: Experiment.model_validate(3),
            "Experiment must be built from keys and their values, but is 3",
        ),
        (
            lambda: Readout(p1_given_0=0.5, p0_given_1=0.5),
            "readout.p1_given_0 and readout.p0_given_1 must add up to less than 1",
        ),
        (
            lambda: Tomography(bases="xyz"),
            'tomography.bases must be a list, each "x", "y" or "z", but is "xyz"',
        ),
        (
            lambda: Charging(times_ns=[[0.0, 1.0]]),
            "charging.times_ns must be a list of 1 to 10000 entries",
        ),
        (
            lambda: Experiment(title="\ud800"),
            'title must be one line of at most 200 characters, but is "\\ud800"',
        ),
        (
            lambda: Experiment().replace({"drive.rabi_MHz": 3}),
            "drive.rabi_MHz is not a known key: did you mean rabi_rate_MHz?",
        ),
        (
            lambda: Experiment().replace({"drives.rise_ns": 3}),
            "drives is not a known key: did you mean [drive]?",
        ),
        (
            lambda: Experiment().replace({"rise_ns": 3}),
            "rise_ns is not a known key: did you mean [drive] rise_ns?",
        ),
        (
            lambda: Experiment().replace({"seed.value": 3}),
            "seed.value is not a known key: seed has no keys below it",
        ),
        (
            lambda: Experiment().replace({"drive.": 3}),
            'drive."" is not a known key: [drive] has target, rabi_rate_MHz',
        ),
        (
            lambda: Experiment().replace({"charging.times_ns": [1.0], "charging.points": 3}),
            "charging.times_ns stands in place of points, but both are given",
        ),
    ],
)
def test_values_built_in_python_are_refused_alike(build, sentence):
    """From Python as from a file: one sentence that names the section and the key."""
    with pytest.raises(ExperimentError, match=f"^{re.escape(sentence)}"):
        build()


def test_refusals_are_errors_that_the_user_can_repair():
    """One class catches every refusal, and it is a ValueError."""
    assert issubclass(ExperimentError, CqedBatteryError)
    assert issubclass(CqedBatteryError, ValueError)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        ("a\nb", '"a\\nb"'),
        ("é" * 58, '"' + "é" * 58 + '"'),
        ("é" * 59, '"' + "é" * 56 + "..."),
        (list(range(8)), "[0, 1, 2, 3, 4, 5, 6, 7]"),
        (10**38, str(10**38)),
        (10**40, "a whole number of about 40 digits"),
        ([1, [2], "x"], '[1, a list, "x"]'),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        ({"a": 1}, "a table"),
        (2.5, "2.5"),
        (None, "None"),
    ],
)
def test_refused_values_are_shown_as_a_file_has_them(value, shown):
    """A value is shown in the notation of the file, on one line, cut to a readable length."""
    assert show_value(value) == shown


def test_a_strange_key_stays_on_one_line():
    """A key with a line break is quoted, a very long one cut."""
    known = {"": ["title"]}
    assert (
        explain_unknown_key("", "a\nb", known)
        == '"a\\nb" is not a known key: an experiment has title'
    )
    assert explain_unknown_key("", "k" * 900, known).startswith("k" * 57 + "... is not")
