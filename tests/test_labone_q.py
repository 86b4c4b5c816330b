"""LabOne Q behind the interface: the kit, every setting of three runs, and a whole rehearsal."""

import json
from pathlib import Path

import numpy as np
import pytest
from instruments_kit import (
    check_flip,
    check_outcomes,
    check_reads_back,
    check_refuses_a_short_round,
    check_units,
    setup_for,
)

pytest.importorskip("laboneq")

import cqed_battery as cb
from benchmarks import adaptive
from cqed_battery import Experiment
from protocols.instruments.acquisition import Rehearsed
from protocols.instruments.labone_q import LabOneQ
from protocols.instruments.layout import Layout
from protocols.instruments.loading import programmes
from protocols.instruments.setup import InstrumentError, read_setup, setup_of
from protocols.prediction.predict import with_enough_levels
from protocols.settings.settings import Settings

pytestmark = [
    pytest.mark.slow,
    # LabOne Q's own, of its dependencies.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
EXAMPLES = Path(__file__).parents[1] / "examples"
GRID = 1e-3
"""By which means over 0.5 ns move a probability of the default run: measured, 6e-4."""


def example(name):
    return with_enough_levels(Experiment.from_toml(EXAMPLES / f"{name}.toml"))


def make(setup):
    return LabOneQ(setup, emulated=True)


@pytest.mark.parametrize("check", [check_units, check_flip, check_outcomes])
def test_the_kit(check):
    """Units, both branches of the reset, and the shape of outcomes."""
    experiment = example("proposed")
    check(make, experiment, setup_for(experiment))


def test_a_round_that_is_too_short_is_a_sentence():
    experiment = example("proposed")
    check_refuses_a_short_round(make, experiment, setup_for(experiment))


@pytest.mark.parametrize("name", ["proposed", "fixed_coupling", "operating_point"])
def test_every_setting_is_read_back_as_the_sequence_has_it(name):
    """To the resolution of an amplitude, all samples of all channels."""
    experiment = example(name)
    check_reads_back(make, experiment, setup_for(experiment))


def test_the_verb_compiles_the_example(capsys):
    """The setup that the documentation shows, without files or words of LabOne Q's own."""
    found = cb.instruments(EXAMPLES / "proposed.toml", EXAMPLES / "shfqc.yaml")
    assert found.faithful
    assert found.settings == Settings(example("proposed")).size
    assert capsys.readouterr() == ("", "")
    assert not Path("laboneq_output").exists()


def test_a_signal_that_the_descriptor_lacks_is_a_sentence():
    experiment = example("proposed")
    given = setup_for(experiment).model_dump(exclude_none=True)
    given["lines"]["drive"]["signal"] = "battery/elsewhere"
    setup = setup_of(given)
    layout = Layout(experiment, setup)
    shots = np.zeros(layout.settings.size, dtype=np.int64)
    shots[5] = 1
    (programme,) = programmes(layout, shots, layout.settings.order)
    with pytest.raises(InstrumentError, match="no signal battery/elsewhere, which drive names"):
        make(setup).compiled(programme)


def test_a_rehearsal_is_the_emulation_to_the_grid_and_ends_in_the_same_verdict(tmp_path):
    """Two arms, three bases, vacuum, calibration, active reset: probabilities, counts, claims."""
    experiment = example("proposed")
    layout = Layout(experiment, read_setup(EXAMPLES / "shfqc.yaml"))
    rehearsal = Rehearsed(layout, make(layout.setup)).rehearsal
    own = cb.predict(experiment, *rehearsal.left)
    emulated = layout.settings.frequencies(own)
    off = np.abs(rehearsal.frequencies - emulated)
    assert 1e-6 < off.max() < GRID
    out = tmp_path / "counts.nc"
    cb.acquire(experiment, EXAMPLES / "shfqc.yaml", out, rehearse=True)
    assert not out.with_name("counts.nc.partial").exists()
    played, straight = cb.analyse(out), cb.analyse(cb.emulate(experiment))
    outcomes = [
        {name: claim["outcome"] for name, claim in found["verdict"].items() if "outcome" in claim}
        for found in (played, straight)
    ]
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) >= 3


def test_rounds_decide_in_a_rehearsal(tmp_path):
    """J < 0 of the default file, from the settings that tell it alone."""
    found = cb.acquire(
        EXAMPLES / "proposed.toml",
        EXAMPLES / "shfqc.yaml",
        tmp_path / "counts.nc",
        rehearse=True,
        claim="heat-current-negative",
        sigma=4.0,
    )
    assert '"decision": "holds"' in found.attrs["rounds"]
    assert (found["counts"].sum("outcome") == 0).mean() > 0.8


def test_rounds_take_at_most_half_of_the_grids_hours(tmp_path):
    """The median of a hundred rehearsals of the compiled programs, all decided as the truth is."""
    adaptive.main(["--out", str(tmp_path)])
    found = json.loads((tmp_path / "adaptive.json").read_text(encoding="utf-8"))
    assert found["rehearsals"] == 100
    assert all(target["met"] for target in found["targets"].values())
