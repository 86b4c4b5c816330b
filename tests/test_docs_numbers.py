"""The tables of the page on the operating point are what its example file gives now."""

import re
from math import hypot

import numpy as np
import pytest
from doc_blocks import ROOT

from benchmarks.design import main
from cqed_battery.experiment import Experiment
from protocols import predict
from protocols.prediction.truth import truth_dataset

PAGE = (ROOT / "docs" / "operating_point.md").read_text(encoding="utf-8")
POINT = ROOT / "examples" / "operating_point.toml"


def rows(header: str, page: str = PAGE) -> list[list[float]]:
    """Return the numbers of the table below a header line."""
    table = page.partition(f"{header}\n")[2].partition("\n\n")[0]
    cells = [line.strip("| ").split("|") for line in table.splitlines()[1:]]
    return [[float(cell) for cell in line] for line in cells]


def test_times() -> None:
    """The first table is the exact truth at those times, to the digits shown."""
    header = "| t, ns | ergotropy | control | S | F | above level 1 |"
    shown = np.array(rows(header))
    assert len(shown) == 9
    experiment = Experiment.from_toml(POINT).replace(
        {"vacuum.method": "none", "charging.times_ns": tuple(shown[:, 0])}
    )
    prediction = predict(experiment)
    truth = truth_dataset(prediction.experiment, prediction)
    on, off = truth.sel(arm="catalysed"), truth.sel(arm="control")
    names = ("ergotropy", "heat_integral", "vacuum_fidelity", "leakage")
    ergotropy, heat, fidelity, leakage = (on[name].values for name in names)
    found = np.stack([ergotropy, off.ergotropy.values, heat, fidelity, leakage], axis=1)
    digits = np.array([5e-4, 5e-4, 5e-4, 5e-5, 5e-4]) * 1.01
    assert (np.abs(found - shown[:, 1:]) <= digits).all()


def test_steady_states(capsys: pytest.CaptureFixture[str]) -> None:
    """The other four are those of the command that the page names."""
    assert "`python -m benchmarks.design --tables`" in PAGE
    main(["--tables"])
    tables = capsys.readouterr().out.strip().split("\n\n")
    assert len(tables) == 4
    for table in tables:
        assert f"\n\n{table}\n\n" in PAGE


def test_settings() -> None:
    """The point's own table, the dressed splitting and the swapped share follow from the file."""
    point = Experiment.from_toml(POINT)
    qubit = point.transmon.frequency_GHz
    drive = 1e3 * (point.drive.frequency_GHz - qubit)
    resonator = 1e3 * (point.resonator.frequency_GHz - qubit)
    g = point.coupler.g_on_MHz
    for name, value in (
        ("Rabi rate Omega", point.drive.rabi_rate_MHz),
        ("drive less transmon", drive),
        ("resonator less transmon", resonator),
        ("coupling g", g),
        ("linewidth kappa", point.resonator.linewidth_MHz),
        ("dephasing gamma", point.transmon.dephasing_rate_MHz),
    ):
        assert re.search(rf"^\| {name} \| {round(value, 6):g} MHz \|$", PAGE, re.M), name
    splitting = hypot(point.drive.rabi_rate_MHz, drive)
    assert f"{splitting:.1f} MHz apart" in PAGE
    share = (1 - drive / splitting) / 2
    assert rf"P(1) = (1 + \delta / {splitting:.1f})/2 = {share:.2f}" in PAGE
    assert f"{drive:g} - {splitting:.1f} = {drive - splitting:.1f} MHz" in PAGE.replace("\n", " ")
    swapped = 4 * g**2 / (4 * g**2 + resonator**2)
    assert f"= {100 * swapped:.1f} % of an excitation" in PAGE


def test_tables_are_read() -> None:
    """The reader of tables takes each cell of each row."""
    page = "words\n\n| a | b |\n|---|---|\n| 1 | +2.5 |\n| -3 | 4 |\n\nwords\n"
    assert rows("| a | b |", page) == [[1.0, 2.5], [-3.0, 4.0]]
