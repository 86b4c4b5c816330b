"""From file to verdict on chips with a fixed coupling or a driven resonator."""

from functools import lru_cache

import numpy as np
import pytest

import cqed_battery as cb
from analysis.checks.control import control_statement
from analysis.report.page import render_report
from analysis.validation.devices.off_file import laboratory_draw

FIXED = cb.Experiment().replace(
    {
        "transmon.frequency_GHz": 6.2,
        "transmon.levels": 2,
        "transmon.t1_us": 5.0,
        "transmon.t2_us": 4.0,
        "resonator.detuning_MHz": 0.0,
        "resonator.fock_levels": 8,
        "drive.detuning_MHz": 0.0,
        "drive.rabi_rate_MHz": 25.0,
        "coupler.kind": "fixed",
        "coupler.g_on_MHz": 25.0,
        "coupler.ramp_ns": 1.5,
        "coupler.idle_detuning_MHz": -300.0,
        "control.kind": "detuned",
        "control.detuning_MHz": -260.0,
        "charging.points": 17,
        "charging.stop_ns": 48.0,
        "vacuum.points": 11,
        "vacuum.stop_ns": 40.0,
        "tomography.shots": 3000,
    }
)
PUMPED = FIXED.replace(
    {
        "drive.target": "resonator",
        "drive.rabi_rate_MHz": 12.0,
        "control.drive": "stays",
        "vacuum.method": "none",
    }
)
QUANTITIES = ("bloch", "energy", "ergotropy", "power", "heat_current", "heat_integral")


@lru_cache
def run(name, seed):
    """Counts of a laboratory's device, analysed with the file: results, dataset."""
    file = {"fixed": FIXED, "pumped": PUMPED}[name].replace({"seed": seed})
    dataset = cb.emulate(laboratory_draw(file, np.random.default_rng(seed)))
    dataset.attrs["experiment"] = file.to_toml()
    return cb.analyse(dataset), dataset


@pytest.mark.study
@pytest.mark.parametrize("name", ["fixed", "pumped"])
def test_bands_hold_the_truth_of_a_laboratorys_chip(name):
    """Both arms at all times, of a device that is off its file in everything a laboratory is."""
    results, dataset = run(name, 3)
    assert results["checks"]["model_agreement"]["outcome"] == "pass"
    inside = []
    for arm in ("catalysed", "control"):
        for quantity in QUANTITIES:
            found, true = results["arms"][arm][quantity], dataset["truth"][quantity].sel(arm=arm)
            low, high = np.array(found["ci_low"]) - 1e-9, np.array(found["ci_high"]) + 1e-9
            inside.append(((low <= true.values) & (true.values <= high)).mean())
    assert np.mean(inside) > 0.85


@pytest.mark.study
def test_the_verdict_of_a_fixed_coupling_agrees_with_its_truth():
    """Energy left through the coupling, beyond three sigmas, and the number holds the truth."""
    results, dataset = run("fixed", 3)
    heat = results["verdict"]["heat_current_negative"]
    assert heat["outcome"] == "holds"
    time = float(heat["statement"].split("by t = ")[1].split(" ns")[0])
    true = float(dataset["truth"]["exchange"].sel(arm="catalysed").interp(time=time))
    assert true < 0
    assert heat["ci_low"] - 0.02 < true < heat["ci_high"] + 0.02
    vacuum, fidelity = results["vacuum_fidelity"], dataset["truth"]["vacuum_fidelity"]
    true = float(fidelity.sel(arm="catalysed")[-1])
    assert abs(vacuum["value"] - true) < 4 * np.hypot(vacuum["std"], vacuum["systematic"])


@pytest.mark.study
def test_the_work_of_the_flux_pulse_is_told():
    """Within its interval in both arms: they go to idle from different places."""
    results, dataset = run("fixed", 3)
    for arm in ("catalysed", "control"):
        found = results.arms[arm].flux_work
        true = dataset["truth"]["flux_work"].sel(arm=arm).values
        assert ((found.ci_low <= true) & (true <= found.ci_high)).mean() > 0.85
    assert np.abs(true).max() < np.abs(dataset["truth"]["flux_work"].sel(arm="catalysed")).max()


@pytest.mark.study
def test_results_and_report_say_which_control_was_measured():
    """Its kind and what it can show, in the results, on the page and after the verdict."""
    results, dataset = run("fixed", 3)
    statement = control_statement(FIXED)
    assert results["control"] == {"kind": "detuned", "statement": statement}
    page = render_report(results, dataset)
    assert "transmon moved by -260 MHz, the drive following it" in page
    assert "transmon flux" in page
    assert "nothing charges the transmon of the control" in control_statement(PUMPED)


@pytest.mark.study
def test_without_a_control_the_gain_is_undecided_for_that_reason():
    """The exchange then is S less what the model says of leakage, T1 and the drive's energy."""
    none = FIXED.replace({"control.kind": "none", "analysis.global_fit": False, "seed": 5})
    results = cb.analyse(cb.emulate(none))
    gain, heat = (results["verdict"][k] for k in ("ergotropy_gain", "heat_current_negative"))
    assert gain["outcome"] == "undecided"
    assert "no control arm" in gain["statement"]
    assert heat["outcome"] == "holds"
    assert results["control"]["kind"] == "none"
    assert "S less what the model says" in results["control"]["statement"]
