"""A search over a file that also extracts work or measures three levels: after each point's end."""

import pytest
from boxes import FIXED, LINE, WANTED, box

from analysis.design_search.box.entries import DesignError
from analysis.design_search.point.point import evaluate, point_experiment
from analysis.design_search.point.ready import ready_file
from analysis.design_search.run import Search
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth

PLACE = {"resonator.detuning_MHz": -111.0}
LADDER = 'kind = "ladder-gain"\n'
QUTRIT = FIXED.replace(
    {
        "transmon.levels": 3,
        "charging.stop_ns": 60.0,
        "drive.second_ratio": 0.7,
        "drive.second_offset_MHz": -250.0,
        "qutrit.measured": True,
    }
)
EXTRACTING = FIXED.replace({"charging.stop_ns": 60.0, "extraction.unitary": "model"})


@pytest.mark.parametrize(
    ("changes", "more", "sentence"),
    [
        ({"extraction.times_ns": (60.0,)}, "", r"but extraction.times_ns lists some: leave it out"),
        (
            {"extraction.catalysed_angle_rad": (1.0,), "extraction.catalysed_phase_rad": (0.0,)},
            "",
            r"names the extraction pulses of each point, .* leave out extraction.catalysed_angle",
        ),
        (
            {"transmon.levels": 3, "qutrit.measured": True, "qutrit.times_ns": (60.0,)},
            "",
            r"but qutrit.times_ns lists some: leave it out",
        ),
        ({}, LADDER, r"only qutrit.measured = true measures: set it, or choose peak-gain"),
    ],
)
def test_what_belongs_to_the_files_own_charging_is_refused(changes, more, sentence):
    """Times and pulses of one charging are none of another's, and levels must be measured."""
    file = EXTRACTING.replace(changes)
    with pytest.raises(DesignError, match=sentence):
        Search(file, box(LINE + WANTED + more))


def test_a_search_can_raise_what_three_levels_hold():
    """The merit is the ergotropy of all levels at the end less the control's, by the truth."""
    wanted = box(LINE + WANTED + LADDER)
    found = evaluate(QUTRIT, wanted, PLACE)
    point = point_experiment(QUTRIT, wanted, PLACE)
    prediction = predict(point)
    ends = [
        arm_truth(point, prediction, arm)["ladder_ergotropy"][-1]
        for arm in ("catalysed", "control")
    ]
    assert found.merit == found.ladder_end == pytest.approx(ends[0] - ends[1], abs=1e-4)
    assert found.ladder_end != pytest.approx(found.late_gain, abs=1e-3)


@pytest.mark.study
@pytest.mark.parametrize(
    ("file", "section"), [(QUTRIT, "qutrit"), (EXTRACTING, "extraction")], ids=["qutrit", "work"]
)
def test_a_points_file_measures_it_after_the_end(file, section):
    """It keeps the section, its times the last one, its shots those of a setting."""
    ready = ready_file(file, box(LINE + WANTED), PLACE)
    own = getattr(ready.experiment, section)
    assert own.measured
    assert own.times_ns is None
    assert own.shots == ready.experiment.tomography.shots
