"""The report's sketch of the device and the battery's path: each says what the run has."""

import numpy as np
import pytest
from fakes import fake_run

from analysis.report.figures.device_sketch import (
    coupling_words,
    driven_parts,
    part_words,
    sketch_figure,
)
from analysis.report.figures.setup_figures import path
from analysis.report.figures.traces import COLOURS
from analysis.report.run_data import RunData
from analysis.results import Results
from cqed_battery import Experiment


def texts(figure):
    return " ".join(text.get_text() for text in figure.axes[0].texts)


@pytest.mark.parametrize("name", ["proposed", "fixed_coupling", "driven_cavity"])
def test_the_sketch_has_the_numbers_of_the_file(name):
    """Frequencies, losses, coupling, what is driven and where flux moves it."""
    experiment = Experiment.from_toml(f"examples/{name}.toml")
    said = texts(sketch_figure(experiment))
    for part in (experiment.transmon, experiment.resonator):
        assert f"{part.frequency_GHz:.5g} GHz" in said
    assert f"g/2π {experiment.coupler.g_on_MHz:g} MHz" in said
    assert said.count("drive Ω") == len(driven_parts(experiment))
    assert ("flux" in said) == (experiment.coupler.kind == "fixed")


def test_the_readout_shows_its_shift_or_its_errors():
    """What the file's readout model has."""
    plain, dispersive = (
        part_words(Experiment().replace({"readout.model": model}))["readout"][1]
        for model in ("plain", "dispersive")
    )
    assert plain == "errors 0.01, 0.04"
    assert dispersive == "χ/2π 1 MHz"
    assert coupling_words(Experiment()).endswith("closed 0.05")


def test_both_parts_are_driven_where_the_file_says_so():
    """An arrow each."""
    both = Experiment().replace({"drive.target": "both"})
    assert driven_parts(both) == ("transmon", "resonator")


def test_the_path_goes_through_the_bloch_vectors():
    """In two planes, in each arm's colour, within the circle of pure states."""
    results, dataset = fake_run()
    run = RunData(results=Results(results), dataset=dataset)
    figure = path(run).figure
    for axes, component in zip(figure.axes, (0, 1), strict=True):
        circle, *arms = axes.lines
        np.testing.assert_allclose(np.hypot(*circle.get_data()), 1.0)
        for line, (arm, found) in zip(arms, run.arms.items(), strict=True):
            bloch = found.bloch.value
            np.testing.assert_allclose(line.get_data(), [bloch[:, component], bloch[:, 2]])
            assert line.get_color() == COLOURS[arm]
