"""What a box fixes besides what it searches: the file's own values give way."""

import pytest

from analysis.design_search.box.box import parse_box, read_box
from analysis.design_search.box.entries import DesignError
from cqed_battery.experiment import Experiment

BOX = '[box]\n"drive.rabi_rate_MHz" = [5, 100]\n'
FIXED = '[fixed]\n"vacuum.method" = "swap"\n"resonator.detuning_MHz" = -20\ntransmon.t1_us = 30.0\n'


def test_the_box_fixes_keys_of_the_file():
    """Values of [fixed] replace the file's, detunings count from the transmon; others stay."""
    file = Experiment().replace({"seed": 5})
    fixed = parse_box(BOX + FIXED, "box", file).fix(file)
    assert fixed.vacuum.method == "swap"
    assert fixed.resonator.frequency_GHz == pytest.approx(file.transmon.frequency_GHz - 0.02)
    assert (fixed.transmon.t1_us, fixed.seed) == (30.0, 5)
    assert parse_box(BOX, "box", file).fix(file) == file


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"drive.rabi_rate_MHz" = 4\n', r"rabi_rate_MHz is both in \[box\] and in \[fixed\]"),
        ('"vacuum.method" = "guess"\n', r"\[fixed\]: vacuum.method must be"),
        ('"vacuum.colour" = 1\n', r"\[fixed\]: vacuum.colour is not a known key"),
    ],
)
def test_what_cannot_be_fixed_is_refused(text, sentence):
    """A key that is searched, a bad value and an unknown key are named."""
    with pytest.raises(DesignError, match=sentence):
        parse_box(f"{BOX}[fixed]\n{text}", "box", Experiment())


def test_the_example_measures_the_resonator_by_parity():
    """examples/box.toml brings the method that its best points need, whatever the file says."""
    file = Experiment()
    box = read_box("examples/box.toml", file)
    assert box.fix(file).vacuum.method == "displaced-parity"
    example = Experiment.from_toml("examples/operating_point.toml")
    assert box.fix(example).vacuum == example.vacuum.model_copy(
        update={"shots": example.vacuum.shots}
    )
