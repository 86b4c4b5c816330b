"""Devices off their file as a laboratory's are: bands that hold, the device found, and its file."""

import json
from functools import lru_cache

import numpy as np
import pytest
from commands import call, refused

import cqed_battery as cb
from analysis.validation.devices.off_file import laboratory_draw
from cqed_battery.errors import CqedBatteryError

pytestmark = pytest.mark.study

FILE = cb.Experiment().replace(
    {
        "charging.points": 31,
        "charging.stop_ns": 40.0,
        "vacuum.points": 15,
        "resonator.fock_levels": 8,
        "tomography.shots": 5000,
        "vacuum.shots": 5000,
    }
)
SEEDS = (1, 2, 3)
QUANTITIES = ("bloch", "energy", "ergotropy", "power", "heat_current", "heat_integral")


@lru_cache(maxsize=len(SEEDS))
def run(seed):
    """Counts of a device that is off, analysed with the file: results, truth, the true device."""
    actual = laboratory_draw(FILE.replace({"seed": seed}), np.random.default_rng(seed))
    dataset = cb.emulate(actual)
    dataset.attrs["experiment"] = FILE.replace({"seed": seed}).to_toml()
    return cb.analyse(dataset), dataset["truth"], actual


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_bands_hold_the_truth_of_a_device_off_its_file(quantity):
    """Over three laboratories, both arms and all times; with the file's device a fifth did."""
    inside = []
    for seed in SEEDS:
        results, truth, _ = run(seed)
        assert results["checks"]["model_agreement"]["outcome"] == "pass"
        for arm in ("catalysed", "control"):
            found, true = results["arms"][arm][quantity], truth[quantity].sel(arm=arm).values
            low, high = np.array(found["ci_low"]) - 1e-9, np.array(found["ci_high"]) + 1e-9
            inside.append((low <= true) & (true <= high))
    # Times of a run are not independent: some 40 independent ones are known to 3.5 %.
    assert np.mean(inside) > 0.84


def test_the_fit_is_narrow_and_right():
    """The global fit's own bands hold, too, and J < 0 stays beyond ten sigmas."""
    for seed in SEEDS:
        results, truth, _ = run(seed)
        fitted = results["global_fit"]["arms"]["catalysed"]["energy"]
        true = truth["energy"].sel(arm="catalysed").values
        assert np.abs(np.array(fitted["value"]) - true).max() < 4.5 * np.max(fitted["std"])
        assert np.max(fitted["std"]) < 0.01
        heat = results["verdict"]["heat_current_negative"]
        assert heat["outcome"] == "holds"
        assert heat["significance"] > 10


def test_the_device_is_found():
    """Fitted parameters lie where the laboratory's are, within their errors."""
    for seed in SEEDS:
        results, _, actual = run(seed)
        driven = 50.0 * (1 + actual.faults.rabi_rate_error)
        rows = {row["name"]: row for row in results["global_fit"]["parameters"]}
        true = {
            "coupler.g_on_MHz": actual.coupler.g_on_MHz,
            "drive.rabi_rate_MHz": driven * (1 - driven / actual.faults.drive_saturation_MHz),
            "resonator.linewidth_MHz": actual.resonator.linewidth_MHz,
            "transmon_detuning_MHz": actual.faults.transmon_detuning_MHz,
            "pulse_amplitude_error": actual.faults.pulse_amplitude_error,
            "drive_delay_ns": actual.faults.drive_delay_ns,
            "coupler_ramp_error": actual.coupler.ramp_ns / FILE.coupler.ramp_ns - 1,
            "line_time_constant_ns": 1e3 / (2 * np.pi * actual.faults.drive_bandwidth_MHz),
        }
        for name, value in true.items():
            assert abs(rows[name]["value"] - value) < 4 * rows[name]["std"], name


def test_the_fitted_device_becomes_a_file():
    """Emulated anew, it is the laboratory's: its truth is nearer to the run's than the file's."""
    results, truth, actual = run(SEEDS[0])
    fitted = cb.fitted_experiment(FILE, results)
    assert fitted.coupler.g_on_MHz == results["global_fit"]["parameters"][0]["value"]
    true, found, plain = (
        tree.sel(arm="catalysed").bloch.values
        for tree in (truth, cb.emulate(fitted)["truth"], cb.emulate(FILE)["truth"])
    )
    assert np.abs(found - true).max() < 0.2 * np.abs(plain - true).max()
    assert cb.Experiment.from_text(fitted.to_toml()) == fitted
    assert actual.faults.drive_bandwidth_MHz == pytest.approx(
        fitted.faults.drive_bandwidth_MHz, rel=0.2
    )


def test_a_stated_spread_stays_the_device_s_own():
    """The fit of a run with it passes, and the fitted file holds it once, within its error."""
    small = {"charging.points": 13, "charging.stop_ns": 60.0, "transmon.frequency_noise_MHz": 1.5}
    file = FILE.replace({**small, "priors.frequency_noise_MHz": 0.3})
    results = cb.analyse(cb.emulate(file))
    fitted = cb.fitted_experiment(file, results)
    found = results.global_fit.parameters["frequency_variance_MHz2"]
    assert float(found.value) == pytest.approx(1.5**2, abs=3 * float(found.std))
    assert fitted.transmon.frequency_noise_MHz == pytest.approx(float(found.value) ** 0.5)
    assert fitted.faults.frequency_noise_MHz == 0.0


def test_no_file_of_a_device_that_was_not_fitted():
    """Without a fit that describes the counts there is no fitted device."""
    dataset = cb.emulate(FILE.replace({"analysis.global_fit": False, "charging.points": 7}))
    with pytest.raises(CqedBatteryError, match=r"hold no fitted device.*global_fit = true"):
        cb.fitted_experiment(FILE, cb.analyse(dataset))


def test_run_and_analyse_write_the_fitted_device(tmp_path):
    """--fitted writes a file that reads, never over another one."""
    path = tmp_path / "small.toml"
    small = {"charging.points": 9, "charging.stop_ns": 16.0, "vacuum.method": "none"}
    path.write_text(FILE.replace(small).to_toml())
    out, fitted = tmp_path / "run", tmp_path / "next.toml"
    call("run", str(path), "--out", str(out), "--fitted", str(fitted), "--quiet")
    found = cb.Experiment.from_toml(fitted)
    rows = json.loads((out / "results.json").read_text())["global_fit"]["parameters"]
    assert found.coupler.g_on_MHz == rows[0]["value"]
    again = tmp_path / "again.toml"
    call("analyse", str(out / "dataset.nc"), "--fitted", str(again), "--quiet")
    assert cb.Experiment.from_toml(again) == found
    line = refused("analyse", str(out / "dataset.nc"), "--fitted", str(fitted), "--quiet")
    assert "exists: name a new file for --fitted" in line


def test_f_is_that_of_the_line_that_was_fitted():
    """A filter moves the state before the resonator is measured: that is truth, not correction.

    With so many shots F is off by what the measurement does not tell apart, on either line.
    """
    many = dict.fromkeys(("tomography.shots", "vacuum.shots"), 200_000)
    file = FILE.replace({**many, "readout.calibration_shots": 200_000})
    off = []
    for bandwidth in (np.inf, 200.0):
        dataset = cb.emulate(file.replace({"faults.drive_bandwidth_MHz": bandwidth}))
        dataset.attrs["experiment"] = file.to_toml()
        true = float(dataset["truth"].vacuum_fidelity.sel(arm="catalysed")[-1])
        off.append(cb.analyse(dataset)["vacuum_fidelity"]["value"] - true)
    assert abs(off[1] - off[0]) < 1.5e-3


LEAKING = {  # a drive so fast that it leaks, beside no resonator
    "coupler.g_on_MHz": 0.0,
    "coupler.g_off_MHz": 0.0,
    "drive.rabi_rate_MHz": 100.0,
    "charging.stop_ns": 20.0,
    "charging.points": 9,
    "tomography.shots": 20_000,
    "control.kind": "none",
    "vacuum.method": "none",
}
SHORT = {"charging.stop_ns": 30.0, "charging.points": 16, "tomography.shots": 5000}


@pytest.mark.parametrize("changes", [LEAKING, SHORT], ids=["leaking", "short"])
def test_a_readout_that_no_prior_allows_makes_no_band_too_narrow(changes):
    """Level 2 reads 0 four times in five, the file says 1: the fit bends all else, and tells so."""
    file = cb.Experiment().replace(changes)
    dataset = cb.emulate(file.replace({"readout.leaked_reads_1": 0.2, "seed": 1}))
    dataset.attrs["experiment"] = file.to_toml()
    results, inside = cb.analyse(dataset), []
    assert results["checks"]["model_agreement"]["outcome"] == "fail"
    for name, arm in results["arms"].items():
        for quantity in QUANTITIES:
            true = dataset["truth"][quantity].sel(arm=name).values
            low, high = (np.array(arm[quantity][end]) for end in ("ci_low", "ci_high"))
            inside.append(np.mean((low - 1e-9 <= true) & (true <= high + 1e-9)))
    assert min(inside) > 0.7
    assert np.mean(inside) > 0.9
