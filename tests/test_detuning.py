"""Frequencies by their distance from the transmon's, beside absolute ones and never both."""

import logging

import numpy as np
import pytest

from analysis.checks.plausibility import plausible
from cqed_battery import Device, DriveLine, Experiment, Transmon
from cqed_battery.device import section
from cqed_battery.experiment import ExperimentError
from protocols.faults.simulated import simulate
from protocols.prediction.predict import predict

TEXT = """
[transmon]
frequency_GHz = 6.2
[drive]
detuning_MHz = -40.0
[resonator]
detuning_MHz = 15.0
"""
QUICK = {"charging.points": 4, "charging.stop_ns": 9.0, "vacuum.method": "none"}


@pytest.fixture(autouse=True)
def unsaid():
    """Each test hears the notes that a process says once."""
    section.note_once.cache_clear()


def test_a_detuning_counts_from_the_transmon():
    """Drive and resonator stand at the transmon's frequency plus their detuning, in MHz."""
    found = Experiment.from_text(TEXT)
    assert found.drive.frequency_GHz == pytest.approx(6.16, abs=1e-12)
    assert found.resonator.frequency_GHz == pytest.approx(6.215, abs=1e-12)
    assert found.device.drive.frequency_GHz == found.drive.frequency_GHz


def test_a_detuned_file_is_the_one_with_the_frequencies():
    """Every probability is that of the file with absolute frequencies."""
    absolute = TEXT.replace("detuning_MHz = -40.0", "frequency_GHz = 6.16")
    absolute = absolute.replace("detuning_MHz = 15.0", "frequency_GHz = 6.215")
    one, other = (predict(Experiment.from_text(t).replace(QUICK)) for t in (TEXT, absolute))
    for arm in one.arms:
        np.testing.assert_allclose(
            one.arms[arm].probability, other.arms[arm].probability, atol=1e-12
        )


def test_a_detuning_follows_the_transmon_and_is_written_as_such():
    """A moved transmon takes them along; the file keeps the detuning and shows the frequency."""
    moved = Experiment.from_text(TEXT).replace({"transmon.frequency_GHz": 6.0})
    assert moved.drive.frequency_GHz == pytest.approx(5.96, abs=1e-12)
    written = moved.to_toml()
    assert "\ndetuning_MHz = -40.0 " in written
    assert f"\n# frequency_GHz = {moved.drive.frequency_GHz!r} " in written
    assert Experiment.from_text(written) == moved


def test_a_detuning_and_a_frequency_take_each_others_place():
    """A change to the one removes the other."""
    found = Experiment.from_text(TEXT).replace({"drive.frequency_GHz": 6.1})
    assert found.drive.detuning_MHz is None
    again = found.replace({"drive.detuning_MHz": 5.0})
    assert again.drive.frequency_GHz == pytest.approx(6.205, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            TEXT.replace("-40.0", "-40.0\nfrequency_GHz = 6.1"),
            "drive.detuning_MHz stands in place of frequency_GHz, but both are given",
        ),
        (
            TEXT.replace("15.0", "15.0\nfrequency_GHz = 6.1"),
            "resonator.detuning_MHz stands in place of frequency_GHz, but both are given",
        ),
        (TEXT.replace("-40.0", "2100.0"), "drive.detuning_MHz must be a number >= -2000"),
        (TEXT.replace("15.0", "-6200.0"), "resonator.detuning_MHz must leave a frequency above 0"),
    ],
)
def test_what_a_detuning_cannot_be_is_refused(text, sentence):
    """Both at once, a drive too far off, and a mode below 0 are refused in a sentence."""
    with pytest.raises(ExperimentError, match=sentence):
        Experiment.from_text(text)


def test_a_device_by_itself_is_tuned_too():
    """Device resolves a detuning as Experiment does."""
    found = Device(transmon=Transmon(frequency_GHz=4.0), drive=DriveLine(detuning_MHz=10.0))
    assert found.drive.frequency_GHz == pytest.approx(4.01, abs=1e-12)


def test_a_fault_moves_the_transmon_and_not_its_drive():
    """A transmon off its file meets the generator's carrier, however the file states it."""
    absolute = TEXT.replace("detuning_MHz = -40.0", "frequency_GHz = 6.16")
    absolute = absolute.replace("detuning_MHz = 15.0", "frequency_GHz = 6.215")
    fault = QUICK | {"faults.transmon_detuning_MHz": 3.0}
    one, other = (
        simulate(Experiment.from_text(t).replace(fault)).prediction for t in (TEXT, absolute)
    )
    np.testing.assert_allclose(
        one.arms["control"].probability, other.arms["control"].probability, atol=1e-12
    )
    unmoved = predict(Experiment.from_text(absolute).replace(QUICK)).arms["control"]
    assert np.abs(one.arms["control"].probability - unmoved.probability).max() > 1e-3


def test_defaults_left_far_behind_are_noted(caplog):
    """A moved transmon alone leaves drive and resonator at 5 GHz: a note says what to set."""
    with caplog.at_level(logging.WARNING, "cqed_battery"):
        Experiment.from_text("[transmon]\nfrequency_GHz = 6.2")
        Experiment.from_text("[transmon]\nfrequency_GHz = 6.2")
    assert caplog.messages == [
        "note: transmon.frequency_GHz is 6.2, but drive.frequency_GHz and resonator.frequency_GHz"
        " are left at 5 GHz: set drive.detuning_MHz and resonator.detuning_MHz, 0 for resonance."
    ]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "[transmon]\nfrequency_GHz = 5.05",
        TEXT.replace("detuning_MHz = -40.0", "frequency_GHz = 5.0"),
    ],
)
def test_what_is_stated_or_near_is_not_noted(caplog, text):
    """No note of a stated frequency or detuning, nor of a transmon near the defaults."""
    with caplog.at_level(logging.WARNING, "cqed_battery"):
        Experiment.from_text(text.replace("15.0", "0.0"))
    assert caplog.messages == []


def test_the_check_of_the_file_names_a_far_resonator():
    """A resonator out of reach is a warning of the analysis, too."""
    far = Experiment().replace({"resonator.frequency_GHz": 5.5})
    found = plausible(far)
    assert found["outcome"] == "warn"
    assert "the resonator is 500 MHz from the transmon" in found["statement"]
    assert plausible(Experiment())["outcome"] == "pass"
