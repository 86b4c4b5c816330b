"""Published measurements: verdicts, the physics that gives them, curves of the user, the page."""

import json
from math import exp, pi
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from commands import call, refused

from analysis.reality import gaussian_pulse
from analysis.reality.armonk_curves import PULSE_NS, SIGMA_NS, compare_curves
from analysis.reality.case import Measured, compare
from analysis.reality.device_levels import (
    dispersive_shift_mhz,
    josephson_energy_ghz,
    transmon_anharmonicity_ghz,
)
from analysis.reality.gate_errors import x_gate_error
from analysis.reality.library import CASES
from analysis.reality.page import as_page
from analysis.reality.rabi_line import depth_and_centre, fit_rabi
from cqed_battery.dynamics.waveforms import gaussian_shape
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.units import angular_from_mhz

VERDICTS = {
    "R1": ["disagrees by 0.290 turns", "agrees", "agrees"],
    "R2": ["agrees within 0.494 x 1e-4"],
    "R3": ["agrees", "too good by 0.53", "agrees", "too good by 0.019"],
    "R4": [
        *("disagrees by 0.59 MHz", "agrees within 0.13 MHz"),
        *("disagrees by 3.9 MHz", "disagrees by 4.2 MHz"),
    ],
    "R5": ["agrees within 0.60 %", "agrees within 0.60 %"],
    "R6": ["agrees within 1.00 %"],
    "R7": ["too good by 2.12 x 1e-3"],
    "R8": ["not expressible"] * 5,
    "R9": ["too good by 12.2 %", "too good by 11.9 %", "agrees"],
}
PAGE = Path(__file__).parents[1] / "docs" / "reality.md"
CLOSED = {
    "transmon.residual_excitation": 0.0,
    "coupler.g_on_MHz": 0.0,
    "coupler.g_off_MHz": 0.0,
    "transmon.levels": 2,
    "tomography.pulse_ns": 40.0,
}


@pytest.fixture(scope="module")
def outcomes():
    return {key: compare(case) for key, case in CASES.items()}


@pytest.mark.parametrize("key", VERDICTS)
def test_verdicts(key, outcomes):
    """What each number of each case comes to; a changed verdict is a change to be told."""
    assert [row.verdict for row in outcomes[key].comparisons] == VERDICTS[key]


def test_every_case_has_its_verdicts_here_and_is_complete():
    """Quantities have names of their own; what is emulated and what is missing exclude another."""
    assert list(CASES) == list(VERDICTS)
    for case in CASES.values():
        names = [one.quantity for one in case.measured]
        assert len(set(names)) == len(names)
        assert case.parameters
        assert (case.emulate is None) == all(one.missing for one in case.measured)


@pytest.mark.parametrize("key", CASES)
def test_missing_keys_are_refused(key):
    """What is called not expressible is refused by the experiment file, so that a new key shows."""
    for one in CASES[key].measured:
        for name, value in (one.missing or {}).items():
            with pytest.raises(ExperimentError, match=name.partition(".")[2]):
                Experiment().replace({name: value})


def test_a_verdict_says_agrees_within_too_good_and_disagrees():
    """The error decides first, then the tolerance, then which side is the better device."""
    one = Measured(quantity="x", value=10.0, error=1.0, tolerance=3.0, better="higher", digits=1)
    found = [one.verdict(x) for x in (12.0, 12.5, 13.5, 6.5, None)]
    words = ["agrees", "agrees within 3.0", "too good by 3.5", "disagrees by 3.5"]
    assert found == [*words, "not expressible"]


def test_gate_error_is_the_coherence_limit():
    """Relaxation alone: 1 - F = (1 - exp(-T/T1))/6 + (1 - exp(-T/(2 T1)))/3, an ideal gate's."""
    experiment = Experiment().replace(
        {**CLOSED, "transmon.t1_us": 20.0, "transmon.dephasing_rate_MHz": 0.0}
    )
    passed = 40.0 / 20e3
    limit = (1 - exp(-passed)) / 6 + (1 - exp(-passed / 2)) / 3
    assert x_gate_error(experiment) == pytest.approx(limit, rel=0.01)


def test_gate_error_of_a_spread_frequency_is_the_first_order_s():
    """(2/3) <d^2> |integral of sin theta(t)|^2/4, theta the angle turned so far, d the detuning."""
    quiet = {**CLOSED, "transmon.t1_us": float("inf"), "transmon.dephasing_rate_MHz": 0.0}
    still, spread = Experiment().replace(quiet), 0.1
    assert x_gate_error(still) < 1e-12
    times = np.linspace(0, 40, 4001)
    rates = np.array([gaussian_shape(float(t), 40.0)[0] for t in times])
    turned = pi * np.concatenate([[0], np.cumsum((rates[1:] + rates[:-1]) / 2 * 0.01)])
    sine = np.trapezoid(np.sin(turned), times)
    expected = (2 / 3) * (angular_from_mhz(spread) * sine / 2) ** 2
    found = x_gate_error(still.replace({"faults.frequency_noise_MHz": spread}))
    assert found == pytest.approx(expected, rel=0.01)


def test_pulse_turns_a_qubit_by_its_area_and_is_sampled_finely_enough(monkeypatch):
    """On resonance, two levels: sin^2(angle/2); on three, twice the samples change nothing."""
    base = CASES["R1"].experiment.replace({"transmon.t1_us": float("inf")})
    still = base.replace({"transmon.dephasing_rate_MHz": 0.0, "transmon.levels": 2})
    angles, place = np.array([0.7, 2.0, 9.0]), np.full(3, 4.97186)
    found = gaussian_pulse.excitations(still, angles, place, SIGMA_NS, PULSE_NS)
    np.testing.assert_allclose(found, np.sin(angles / 2) ** 2, atol=1e-9)
    case = (np.array([9.4]), np.array([4.9725]), SIGMA_NS, PULSE_NS)
    coarse = gaussian_pulse.excitations(base, *case)
    monkeypatch.setattr(gaussian_pulse, "STEPS_PER_SIGMA", 2 * gaussian_pulse.STEPS_PER_SIGMA)
    np.testing.assert_allclose(gaussian_pulse.excitations(base, *case), coarse, atol=2e-4)


def test_shift_is_the_perturbation_s_at_weak_coupling():
    """2 chi = 2 g^2 alpha / (Delta (Delta + alpha)) (Koch et al. 2007), to order (g/Delta)^4."""
    device = CASES["R4"].experiment.replace({"coupler.g_on_MHz": 10.0}).device
    delta, alpha = -1170.0, -280.0
    expected = abs(2 * 10.0**2 * alpha / (delta * (delta + alpha)))
    assert dispersive_shift_mhz(device, 8) == pytest.approx(expected, rel=1e-3)


def test_anharmonicity_tends_to_the_charging_energy():
    """-E_C (1 + 9 x/16) with x = sqrt(2 E_C/E_J), to second order in x (Koch et al. 2007)."""
    for josephson in (100.0, 200.0):
        x = (2 * 0.28 / josephson) ** 0.5
        found = transmon_anharmonicity_ghz(josephson, 0.28)
        assert found == pytest.approx(-0.28 * (1 + 9 * x / 16), rel=2 * x**2)


def test_josephson_energy_gives_the_frequency():
    """f01 = sqrt(8 E_J E_C) - E_C (1 + x/4 + ...), x = sqrt(2 E_C/E_J) (Koch et al. 2007)."""
    josephson = josephson_energy_ghz(6.0, 0.25)
    x = (2 * 0.25 / josephson) ** 0.5
    leading = (8 * josephson * 0.25) ** 0.5 - 0.25 * (1 + x / 4)
    assert leading == pytest.approx(6.0, rel=2e-3)


def rabi(amplitudes, period=0.25, compression=0.5):
    return 1 + 3 * np.cos(2 * pi * (amplitudes / period - compression * amplitudes**2))


def test_rabi_fit_finds_period_and_compression():
    """A trace of known period and compression is found; a linear fit explains less of it."""
    amplitudes = np.linspace(0, 0.75, 50)
    fit = fit_rabi(amplitudes, rabi(amplitudes))
    assert (fit.period, fit.compression, fit.swing) == pytest.approx((0.25, 0.5, 6.0), rel=1e-4)
    assert fit.r_squared > 0.999999
    assert fit_rabi(amplitudes, rabi(amplitudes), compressed=False).r_squared < 0.99


def test_line_s_depth_and_centre():
    """A symmetric dip is found where it lies, as deep as it is."""
    places = np.linspace(4.95, 4.99, 401)
    signal = 2 - 5 * np.exp(-(((places - 4.9713) / 1e-3) ** 2))
    assert depth_and_centre(places, signal) == pytest.approx((5.0, 4.9713), rel=1e-5)


def write(path, head, *columns):
    lines = (",".join(f"{x:.9f}" for x in row) for row in zip(*columns, strict=True))
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def tables(tmp_path):
    """A small Rabi trace and a line that lies 0.1 MHz beside the published frequency."""
    amplitudes = np.linspace(0, 0.5, 24)
    places = 4.97186 + np.linspace(-12e-3, 12e-3, 33)
    depth = np.exp(-(((places - 4.97196) / 2.2e-3) ** 2))
    return (
        write(tmp_path / "rabi.csv", "amplitude,signal", amplitudes, rabi(amplitudes)),
        write(tmp_path / "line.csv", "frequency_GHz,signal", places, 4 - 6 * depth),
    )


def test_curves_of_the_user_are_compared_and_drawn(tables, tmp_path):
    """Numbers under their rules, and curves of both panels; a shifted line is found shifted."""
    out = tmp_path / "out"
    done = call(
        "reality", "R1", "--curves", tables[0], "--curves", tables[1], "--out", out, "--json"
    )
    (case,) = json.loads(done.stdout)
    linear, fitted, _, shift, _ = (row["number"] for row in case["curves"])
    assert linear < fitted
    assert fitted > 0.999
    assert 70 < shift < 130
    assert not case["curves"][3]["holds"]
    assert Experiment.from_toml(out / "R1.toml") == CASES["R1"].experiment
    with xr.open_dataset(out / "R1.nc") as curves:
        assert set(curves.data_vars) >= {"rabi_measured", "line_emulated"}
    assert (out / "R1.png").stat().st_size > 10_000


BAD_TABLES = {
    "other columns": ("time,signal\n1,2\n", "must begin with the line"),
    "words": ("amplitude,signal\n1,two\n", "two numbers in each line"),
    "one column": ("amplitude,signal\n1\n", "two numbers in each line"),
    "nan": ("amplitude,signal\n1,nan\n", "finite numbers"),
    "few points": ("amplitude,signal\n" + "0,1\n" * 3, "at least 8 points, but has 3"),
    "no oscillation": (
        "amplitude,signal\n" + "\n".join(f"{i},{(i * 7919) % 13}" for i in range(40)),
        "must oscillate",
    ),
    "empty": ("", "table of text"),
    "line alone": ("frequency_GHz,signal\n4.9,1\n", "must hold a Rabi trace"),
}


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_bad_tables_are_refused_in_a_sentence(kind, tmp_path):
    """A table that is none, or not of this case."""
    text, sentence = BAD_TABLES[kind]
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    assert sentence in refused("reality", "R1", "--curves", path)


def test_bad_input_is_refused_in_a_sentence(tables):
    """An unknown case, curves without a case or for one that has none, a curve given twice."""
    assert "CASE must be one of R1" in refused("reality", "R99")
    assert "--curves needs the case" in refused("reality", "--curves", tables[0])
    assert "R2 has no curves" in refused("reality", "R2", "--curves", tables[0])
    twice = refused("reality", "R1", "--curves", tables[0], "--curves", tables[0])
    assert "second curve over amplitude" in twice
    with pytest.raises(CqedBatteryError, match="Rabi trace"):
        compare_curves(CASES["R1"].experiment, tables[1:])


def test_page_in_the_docs_is_what_is_computed(outcomes):
    """docs/reality.md is written by the verb."""
    assert PAGE.read_text(encoding="utf-8") == as_page(list(outcomes.values()))


def test_free_parameters_are_counted_and_memory_is_marked(outcomes):
    """The page says how many parameters are free and which facts are from memory."""
    page = as_page(list(outcomes.values()))
    for case in CASES.values():
        section = page.split(f"\n## {case.key}: ")[1].split("\n## ")[0]
        assert f"Free parameters: {len(case.free)}." in section
        assert all(f"- {one}\n" in section for one in case.free)
    assert [len(case.free) for case in CASES.values()] == [3, 0, 0, 0, 0, 0, 0, 0, 1]
    remembered = [one for case in CASES.values() for one in case.parameters if one.from_memory]
    assert page.count("from memory") == len(remembered) > 0
