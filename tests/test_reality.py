"""Published measurements: verdicts, the physics that gives them, curves of the user, the page."""

import json
import re
from math import exp, pi
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from commands import call, refused

from analysis.reality.armonk.curves import RULES, compare_curves
from analysis.reality.armonk.rabi_line import depth_and_centre, fit_rabi
from analysis.reality.case import Measured, compare
from analysis.reality.cases.armonk_pulse import PUBLISHED
from analysis.reality.cases.weak_readout import largest_phase
from analysis.reality.library import CASES
from analysis.reality.models.device_levels import (
    dispersive_shift_mhz,
    josephson_energy_ghz,
    transmon_anharmonicity_ghz,
)
from analysis.reality.models.gate_errors import clifford_error, gate_error
from analysis.reality.models.purcell_decay import decay_rate_mhz, dressed_frequency_ghz
from analysis.reality.models.shaped_pulse import excitations, gaussian_samples, with_turns
from analysis.reality.models.steady_beat import steady_beat
from analysis.reality.page import as_page
from cqed_battery.dynamics.rotation_pulse import gaussian_shape
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment, ExperimentError
from cqed_battery.units import angular_from_mhz
from cqed_battery.verbs.reality import PICTURES
from protocols.readout import assignment_errors
from protocols.readout.pointer_states import probe_of

VERDICTS = {
    "R1": [
        *("agrees within 0.0025", "agrees within 0.0010"),
        *("disagrees by 0.290 turns", "agrees", "agrees"),
    ],
    "R2": ["agrees within 0.494 x 1e-4"],
    "R3": ["agrees", "too good by 0.53", "agrees", "too good by 0.019"],
    "R4": [
        *("disagrees by 0.59 MHz", "agrees within 0.13 MHz"),
        *("disagrees by 3.9 MHz", "disagrees by 4.2 MHz"),
    ],
    "R5": ["agrees within 0.60 %", "agrees within 0.60 %"],
    "R6": ["agrees within 1.00 %"],
    "R7": ["too good by 1.78 x 1e-3"],
    "R8": [
        "too good by 0.20 %",
        "agrees within 0.5 %",
        "too good by 0.8 %",
        "no number to compare",
    ],
    "R9": ["too good by 8.6 %", "too good by 8.6 %", "disagrees by 0.4 %"],
    "R10": ["agrees within 0.09 MHz", "agrees within 2.0 %", "agrees within 5.0 % of hbar w_q"],
    "R11": ["too good by 33 ns", "too good by 1.26", "agrees within 0.50"],
    "R12": ["agrees within 0.96", "agrees within 5.0 %"],
    "R13": ["disagrees by 3.7 %", "too good by 19.9 %", "too good by 35.0 %"],
    "R14": ["no number to compare"] * 2,
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
    found = [one.verdict(x) for x in (11.0, 11.1, 13.5, 6.5, None)]
    words = ["agrees", "agrees within 3.0", "too good by 3.5", "disagrees by 3.5"]
    assert found == [*words, "not expressible"]
    assert Measured(quantity="x", value=None).verdict(1.0) == "no number to compare"


def test_gate_error_is_the_coherence_limit():
    """Relaxation alone: 1 - F = (1 - exp(-T/T1))/6 + (1 - exp(-T/(2 T1)))/3, an ideal gate's."""
    experiment = Experiment().replace(
        {**CLOSED, "transmon.t1_us": 20.0, "transmon.dephasing_rate_MHz": 0.0}
    )
    passed = 40.0 / 20e3
    limit = (1 - exp(-passed)) / 6 + (1 - exp(-passed / 2)) / 3
    assert gate_error(experiment) == pytest.approx(limit, rel=0.01)


def test_gate_error_of_a_spread_frequency_is_the_first_order_s():
    """(2/3) <d^2> |integral of sin theta(t)|^2/4, theta the angle turned so far, d the detuning."""
    quiet = {**CLOSED, "transmon.t1_us": float("inf"), "transmon.dephasing_rate_MHz": 0.0}
    still, spread = Experiment().replace(quiet), 0.1
    assert gate_error(still) < 1e-12
    times = np.linspace(0, 40, 4001)
    rates = np.array([gaussian_shape(float(t), 40.0)[0] for t in times])
    turned = pi * np.concatenate([[0], np.cumsum((rates[1:] + rates[:-1]) / 2 * 0.01)])
    sine = np.trapezoid(np.sin(turned), times)
    expected = (2 / 3) * (angular_from_mhz(spread) * sine / 2) ** 2
    found = gate_error(still.replace({"faults.frequency_noise_MHz": spread}))
    assert found == pytest.approx(expected, rel=0.01)


def test_pulse_turns_a_qubit_by_its_area_and_is_sampled_finely_enough():
    """On resonance, two levels: sin^2(angle/2); on three, twice the samples change nothing."""
    base = CASES["R1"].experiment.replace({"transmon.t1_us": float("inf")})
    still = base.replace({"transmon.dephasing_rate_MHz": 0.0, "transmon.levels": 2})
    turns = np.array([0.1, 0.4, 1.5])
    found = excitations(with_turns(still, t) for t in turns)
    np.testing.assert_allclose(found, np.sin(pi * turns) ** 2, atol=1e-9)
    lost = excitations(with_turns(still, t, 0.1 * t) for t in turns)
    np.testing.assert_allclose(lost, np.sin(0.9 * pi * turns) ** 2, atol=1e-9)
    beside = {"drive.frequency_GHz": 4.9725}
    coarse, fine = (
        excitations([with_turns(base.replace(keys | beside), 1.5)])
        for keys in ({}, gaussian_samples(4.5, 336, 2688, held=8))
    )
    np.testing.assert_allclose(fine, coarse, atol=2e-4)


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


def test_level_1_decays_and_is_shifted_as_the_coupled_pair_says():
    """Eigenvalues of [[D - i G/2, g], [g, -i kappa/2]]: twice the slower loss, and the shift."""
    experiment = CASES["R10"].experiment
    detuning, g, kappa, gamma = -520.0, 107.0, 44.0, 1e3 / (2 * pi * 800)
    slower = np.array([[detuning - 0.5j * gamma, g], [g, -0.5j * kappa]])
    losses = -2 * np.linalg.eigvals(slower).imag
    assert decay_rate_mhz(experiment) == pytest.approx(losses.min(), rel=1e-6)
    shift = 1e3 * (dressed_frequency_ghz(experiment) - 4.66)
    assert shift == pytest.approx(-detuning / 2 - (detuning**2 / 4 + g**2) ** 0.5, rel=1e-6)


def test_phase_after_a_pi_pulse_is_that_of_the_averaged_field():
    """E[alpha], of shots that decay at drawn times and then follow level 0, and without decay."""
    probe = probe_of(CASES["R13"].experiment)
    zero, one, _ = probe.steady
    rng, times = np.random.default_rng(0), np.linspace(0.0, 3000.0, 61)
    mean = np.zeros(len(times), dtype=complex)
    jumps = rng.exponential(1 / probe.relaxation, size=4000)
    for jump in jumps:
        until, since = np.minimum(times, jump), np.maximum(times - jump, 0)
        field = one + (zero - one) * np.exp(-probe.poles[1] * until)
        mean += zero + (field - zero) * np.exp(-probe.poles[0] * since)
    phases = np.angle(mean / len(jumps))
    expected = np.max((phases - np.angle(zero)) / (np.angle(one) - np.angle(zero)))
    assert largest_phase(probe) == pytest.approx(expected, abs=0.01)


def test_few_photons_cool_by_the_rates_of_their_noise():
    """(down - up)/(down + up + 1/T2) and its rate, chi^2 times the noise at -+ the Rabi rate.

    The first tone's field on the transmon is -g pump/Delta, so that H = Rabi rate sigma_y/2 and
    the lower of the dressed states has y = -1.
    """
    photons, chi, kappa, rabi, t2 = 0.05, 2 * pi * 0.66, 2 * pi * 4.3, 2 * pi * 9.0, 10.6
    tone = 5.0258 - 2 * 0.66e-3 * photons
    case = CASES["R14"].experiment
    found = steady_beat(
        case.replace(
            {
                "drive.frequency_GHz": tone,
                "drive.second_ratio": case.drive.second_ratio * photons**0.5,
                "drive.second_offset_MHz": 1e3 * (6.826 - tone) - 9.0,
                "resonator.fock_levels": 5,
            }
        )
    )
    down = 4 * chi**2 * photons / kappa
    up = kappa * chi**2 * photons / ((2 * rabi) ** 2 + (kappa / 2) ** 2)
    rate = down + up + 1 / t2
    assert found.bloch[1] == pytest.approx(-(down - up) / rate, rel=0.025)
    assert found.time_constant_us == pytest.approx(1 / rate, rel=0.03)
    assert -found.bloch[1] > 0.99 * np.linalg.norm(found.bloch)


def test_what_a_clifford_operation_costs_is_that_of_its_pulses():
    """Relaxation alone, T << T1: 1.875 pulses of equal length lose T/(3 T1) each."""
    keys = {**CLOSED, "transmon.t1_us": 200.0, "transmon.dephasing_rate_MHz": 0.0}
    found = clifford_error(Experiment().replace(keys))
    assert found == pytest.approx(1.875 * 40.0 / 200e3 / 3, rel=0.02)


def rabi(amplitudes, period=0.25, compression=0.5):
    return 1 + 3 * np.cos(2 * pi * (amplitudes / period - compression * amplitudes**2))


@pytest.mark.study
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


@pytest.mark.study
def test_curves_of_the_user_are_compared_and_drawn(tables, tmp_path):
    """Numbers under their rules, and curves of both panels; a shifted line is found shifted."""
    out = tmp_path / "out"
    done = call(
        "reality", "R1", "--curves", tables[0], "--curves", tables[1], "--out", out, "--json"
    )
    (case,) = json.loads(done.stdout)
    linear, fitted, _, shift, *_ = (row["number"] for row in case["curves"])
    assert linear < fitted
    assert fitted > 0.999
    assert 70 < shift < 130
    assert not case["curves"][3]["holds"]
    assert Experiment.from_toml(out / "R1.toml") == CASES["R1"].experiment
    with xr.open_dataset(out / "R1.nc") as curves:
        assert set(curves.data_vars) >= {"rabi_measured", "line_emulated"}
    assert (out / "R1.png").stat().st_size > 10_000


@pytest.mark.study
def test_a_folder_of_tables_is_taken(tables, tmp_path):
    """Each file *.csv of a folder is a table; one without is refused in a sentence."""
    single = compare_curves(CASES["R1"].experiment, tables)
    assert compare_curves(CASES["R1"].experiment, [tmp_path]).readings == single.readings
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no table *.csv" in refused("reality", "R1", "--curves", empty)


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
    assert PAGE.read_text(encoding="utf-8") == as_page(list(outcomes.values()), PICTURES)


def test_one_rule_and_what_it_says_stand_on_the_page(outcomes):
    """One standard error decides for every number; R3's row against the measured value says so."""
    page = as_page(list(outcomes.values()))
    assert "`agrees`: within one stated standard error." in page
    rows = [row for one in outcomes.values() for row in one.comparisons if row.standard_errors]
    for row in rows:
        assert (row.verdict == "agrees") == (abs(row.standard_errors) <= 1), row.measured.quantity
    assert "| signal-to-noise ratio | 3.80 +- 0.40 | 4.33 | +1.32 s.e. | too good by 0.53 |" in page


def test_a_probe_that_starts_with_the_integration_reads_worse():
    """R3's remark: 0.909 with a boxcar and 0.934 with optimal weights, from an empty cavity."""
    case = CASES["R3"]
    for weights, right in (("boxcar", 0.909), ("optimal", 0.934)):
        errors = assignment_errors(case.experiment.replace({"dispersive.weights": weights}))
        assert 1 - (1 - errors.contrast) / 2 == pytest.approx(right, abs=5e-4)
        assert f"{right:.3f}" in case.remark


def test_every_picture_of_the_page_lies_beside_it():
    """The page shows the curves of each case that has some, and no picture lies there unseen."""
    shown = re.findall(rf"\]\({PICTURES}/(.+?\.png)\)", PAGE.read_text(encoding="utf-8"))
    drawn = [f"{case.key}.png" for case in CASES.values() if case.draw]
    assert shown == drawn != []
    assert sorted(drawn) == sorted(path.name for path in (PAGE.parent / PICTURES).glob("*"))


@pytest.mark.study
def test_drawn_curves_are_the_emulated_ones():
    """R1's trace begins at level 0 and turns once by the period; R13's peak is the number."""
    curves = CASES["R1"].draw(CASES["R1"].experiment)
    trace = curves.rabi_emulated
    assert float(trace[0]) == pytest.approx(PUBLISHED.swing / 2, rel=0.01)
    assert fit_rabi(trace.amplitude.values, trace.values).period == pytest.approx(0.254, rel=1e-3)
    assert float(curves.line_emulated.min()) < -7
    case = CASES["R13"]
    peak = float(case.draw(case.experiment).decaying.max())
    assert peak == pytest.approx(largest_phase(probe_of(case.experiment)))


def test_recorded_numbers_are_those_of_the_rules(outcomes):
    """What the published tables gave stands on the page, each under its rule, held or not."""
    case = CASES["R1"]
    assert [one.criterion for one in case.recorded] == [rule.criterion for rule in RULES]
    assert [one.holds for one in case.recorded] == [True] * 5 + [False]
    page = as_page([outcomes["R1"]])
    assert f"| 0.98989 | {RULES[-1].criterion} | no |" in page


def test_free_parameters_are_counted_and_memory_is_marked(outcomes):
    """The page says how many parameters are free and which facts are from memory."""
    page = as_page(list(outcomes.values()))
    for case in CASES.values():
        section = page.split(f"\n## {case.key}: ")[1].split("\n## ")[0]
        assert f"Free parameters: {len(case.free)}." in section
        assert all(f"- {one}\n" in section for one in case.free)
    assert [len(case.free) for case in CASES.values()] == [3, 0, 0, 0, 0, 0, 0, 4, 2, 2, 0, 2, 2, 3]
    remembered = [one for case in CASES.values() for one in case.parameters if one.from_memory]
    assert page.count("from memory") == len(remembered) > 0
