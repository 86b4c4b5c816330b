"""Levels chosen by tolerance, and the table of what a finer calculation changes."""

import json

import numpy as np
import pytest
from commands import call

from cqed_battery import Experiment
from cqed_battery.dynamics import convergence
from cqed_battery.dynamics.convergence import ConvergenceError
from cqed_battery.experiment import ExperimentError
from protocols.prediction import predict as prediction
from protocols.prediction.predict import LEVEL_TOLERANCE, predict, with_enough_levels
from protocols.prediction.refinement import refinements

SMALL = {"charging.stop_ns": 2.0, "charging.points": 4, "vacuum.method": "none"}


@pytest.mark.parametrize("rabi", [10.0, 50.0, 100.0])
def test_chosen_levels_are_enough_and_not_too_many(rabi):
    """One level more changes the driven transmon by less than 1e-4, one level fewer by more."""
    experiment = Experiment().replace(
        SMALL | {"transmon.levels": "auto", "drive.rabi_rate_MHz": rabi}
    )
    levels = with_enough_levels(experiment).transmon.kept_levels
    alone = experiment.replace({"coupler.g_on_MHz": 0.0, "coupler.g_off_MHz": 0.0})

    def seen(kept):
        return predict(alone.replace({"transmon.levels": kept})).arms["catalysed"].bloch

    assert abs(seen(levels + 1) - seen(levels)).max() < LEVEL_TOLERANCE
    if levels > 3:
        assert abs(seen(levels) - seen(levels - 1)).max() > LEVEL_TOLERANCE / 10
    assert predict(experiment).transmon_levels == levels


def test_stronger_drives_need_more_levels():
    """A drive of 100 MHz takes more levels than one of 10 MHz, and a number stays as it is."""
    kept = [
        with_enough_levels(
            Experiment().replace(SMALL | {"transmon.levels": "auto", "drive.rabi_rate_MHz": rabi})
        ).transmon.kept_levels
        for rabi in (10.0, 100.0)
    ]
    assert kept[0] < kept[1]
    assert with_enough_levels(Experiment()).transmon.levels == 3


def test_levels_that_never_suffice_are_refused(monkeypatch):
    """When the largest number of levels is not enough the error says what to change."""
    monkeypatch.setattr(prediction, "_MOST_LEVELS", 3)
    experiment = Experiment().replace(
        SMALL | {"transmon.levels": "auto", "drive.rabi_rate_MHz": 200.0}
    )
    with pytest.raises(ConvergenceError, match=r"even 3 transmon levels .*lower drive.rabi_rate"):
        with_enough_levels(experiment)


def test_unresolved_levels_are_no_number():
    """Where a number is needed, "auto" is an error that says who chooses one."""
    transmon = Experiment().replace({"transmon.levels": "auto"}).transmon
    with pytest.raises(ExperimentError, match=r'levels is "auto", but a number is needed'):
        _ = transmon.kept_levels


@pytest.mark.study
def test_refinements_are_differences_of_predictions():
    """Each row is the largest change between the file's calculation and the finer one."""
    experiment = Experiment().replace(SMALL)
    rows = {row.kind: row for row in refinements(experiment)}
    assert list(rows) == [
        "Fock levels",
        "transmon levels",
        "clock",
        "tolerance",
        "solver",
        "frame",
        "coupling",
    ]
    base, finer = predict(experiment), predict(experiment.replace({"transmon.levels": 4}))
    changes = [abs(base.arms[arm].bloch - finer.arms[arm].bloch) for arm in base.arms]
    assert rows["transmon levels"].z == pytest.approx(np.max(changes, axis=(0, 1))[2], rel=1e-9)
    assert rows["Fock levels"].vacuum_fidelity < convergence.TOP_LEVEL_LIMIT
    assert 0 < rows["solver"].z < 1e-7
    assert 0 < rows["tolerance"].x < 1e-8
    # a 50 MHz drive at 5 GHz: micromotion of about Omega/(2 w_d) = 0.5 %
    assert 1e-3 < max(rows["frame"].z, rows["frame"].x) < 0.01
    assert rows["clock"].z < rows["frame"].z
    lab = {"simulation.frame": "lab", "simulation.counter_rotating": True}
    finer = predict(experiment.replace(lab))
    changes = [abs(base.arms[arm].bloch - finer.arms[arm].bloch) for arm in base.arms]
    assert rows["coupling"].x == pytest.approx(np.max(changes, axis=(0, 1))[0], rel=1e-9)


def test_a_laboratory_file_has_no_frame_to_refine():
    """What is finest already is left out."""
    rows = refinements(Experiment().replace(SMALL | {"simulation.frame": "lab"}))
    assert "frame" not in [row.kind for row in rows]


@pytest.mark.study
def test_check_prints_a_table_and_json(tmp_path):
    """The verb prints a row a refinement, for people or for machines."""
    file = tmp_path / "experiment.toml"
    file.write_text(Experiment().replace(SMALL).to_toml())
    printed = call("check", file).stdout
    assert "transmon levels  3" in printed
    assert "shot noise" in printed
    rows = json.loads(call("check", file, "--json").stdout)
    assert rows[0]["kind"] == "Fock levels"
    assert call("check", file, "--quiet").stdout == ""
