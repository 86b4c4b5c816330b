"""The type and the range of every key of an experiment."""

import math
import re

import pytest

from cqed_battery.experiment import Experiment, ExperimentError

FIELDS = [
    (section, key, field)
    for section, kind in Experiment.sections().items()
    for key, field in kind.model_fields.items()
]

ENDLESS = (
    "t1_us",
    "drive_bandwidth_MHz",
    "bandwidth_MHz",
    "saturation_MHz",
    "drive_saturation_MHz",
)
# Key, what it must be, values just outside, values just inside.
RANGES = [
    ("seed", "a whole number >= 0 and < 9223372036854775808", [-1, 2**63], [0, 2**63 - 1]),
    ("transmon.frequency_GHz", "a number > 0 and <= 100", [0.0, 100.1], [3.5]),
    ("transmon.anharmonicity_GHz", "a number >= -2 and <= 2", [-2.1, 2.1], [-2.0, 2.0]),
    ("transmon.levels", '"auto" or a whole number >= 2 and <= 10', [1, 11], [2, 10]),
    ("transmon.t1_us", "a number > 0, or inf", [0.0, -1.0], [1e-3]),
    ("transmon.dephasing_rate_MHz", "a number >= 0", [-0.1], [0.0]),
    ("transmon.residual_excitation", "a number >= 0 and < 0.5", [-0.1, 0.5], [0.0, 0.49]),
    ("transmon.temperature_mK", "a number >= 0", [-1.0], [0.0]),
    ("resonator.frequency_GHz", "a number > 0 and <= 100", [0.0, 101.0], [0.1, 100.0]),
    ("resonator.linewidth_MHz", "a number >= 0", [-1.0], [0.0]),
    ("resonator.fock_levels", '"auto" or a whole number >= 2 and <= 400', [1, 401], [2, 400]),
    ("resonator.temperature_mK", "a number >= 0", [-1.0], [0.0]),
    ("coupler.g_on_MHz", "a number >= 0", [-1.0], [0.0]),
    ("coupler.g_off_MHz", "a number >= 0", [-1.0], [0.0]),
    ("coupler.ramp_ns", "a number >= 0", [-1.0], [0.0]),
    ("coupler.overshoot", "a number >= -0.5 and <= 0.5", [-0.6, 0.6], [0.0]),
    ("coupler.settling_ns", "a number >= 0 and <= 1000", [-1.0, 1001.0], [0.0, 1000.0]),
    ("coupler.idle_detuning_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], []),
    ("control.detuning_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [-300.0]),
    ("drive.resonator_ratio", "a number >= 0 and <= 100", [-0.1, 101.0], [0.0, 100.0]),
    ("drive.second_ratio", "a number >= 0 and <= 100", [-0.1, 101.0], [0.0, 100.0]),
    ("drive.second_offset_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [2000.0]),
    ("transmon.t1_level2_us", "a number > 0", [0.0, -1.0], [1.0]),
    ("transmon.t2_us", "a number > 0", [0.0, -1.0], [1.0]),
    ("transmon.t2_echo_us", "a number > 0", [0.0, -1.0], [1.0]),
    ("transmon.frequency_noise_MHz", "a number >= 0 and <= 10", [-0.1, 10.1], [0.0, 10.0]),
    ("reset.initial_excitation", "a number >= 0 and <= 1", [-0.1, 1.1], [0.0, 1.0]),
    ("drive.rabi_rate_MHz", "a number >= 0", [-1.0], [0.0]),
    ("drive.frequency_GHz", "a number > 0", [0.0], [3.0, 7.0]),
    ("drive.saturation_MHz", "a number > 0, or inf", [0.0, -1.0], [100.0, math.inf]),
    ("faults.drive_saturation_MHz", "a number > 0, or inf", [0.0, -1.0], [100.0, math.inf]),
    ("drive.detuning_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [-2000.0, 40.0]),
    ("resonator.detuning_MHz", "a number >= -10000 and <= 10000", [-1e5, 1e5], [-40.0, 1e4]),
    ("drive.rise_ns", "a number >= 0", [-1.0], [0.0]),
    ("drive.clock_GHz", "a number > 0", [0.0], [1.0]),
    ("readout.p1_given_0", "a number >= 0 and < 1", [-0.1, 1.0], [0.0]),
    ("readout.p0_given_1", "a number >= 0 and < 1", [-0.1, 1.0], [0.0]),
    ("readout.leaked_reads_1", "a number >= 0 and <= 1", [-0.1, 1.1], [0.0, 1.0]),
    ("readout.calibration_shots", "a whole number >= 1", [0], [1]),
    ("reset.rounds", "a whole number >= 1 and <= 20", [0, 21], [1, 20]),
    ("reset.latency_ns", "a number >= 0", [-1.0], [0.0]),
    ("reset.shots", "a whole number >= 1", [0], [1]),
    ("reset.wait_us", "a number >= 0", [-1.0], [0.0]),
    ("reset.resonator_wait_ns", "a number >= 0", [-1.0], [0.0]),
    ("reset.resonator_photons", "a number >= 0", [-1.0], [0.0]),
    ("charging.start_ns", "a number >= 0 and <= 1000000", [-1.0], [0.0]),
    ("charging.stop_ns", "a number >= 0 and <= 1000000", [-1.0, 1e6 + 1], [1e6]),
    ("charging.points", "a whole number >= 1 and <= 100000", [0, 100_001], [1, 100_000]),
    ("charging.length_ns", "a number > 0 and <= 1000000", [0.0, 1e6 + 1], [1.0, 1e6]),
    ("charging.amplitude_from", "a number >= -1 and <= 1", [-1.1, 1.1], [-1.0]),
    ("charging.amplitude_to", "a number >= -1 and <= 1", [-1.1, 1.1], [1.0]),
    ("charging.detuning_from_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [-2e3]),
    ("charging.detuning_to_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [2e3]),
    ("charging.drag_scale", "a number >= -10 and <= 10", [-10.1, 10.1], [-10.0, 10.0]),
    ("charging.chirp_from_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [-2e3, 2e3]),
    ("charging.chirp_to_MHz", "a number >= -2000 and <= 2000", [-2001.0, 2001.0], [-2e3, 2e3]),
    ("tomography.shots", "a whole number >= 1 and <= 1000000000", [0, 10**9 + 1], [1, 10**9]),
    ("tomography.pulse_ns", "a number > 0", [0.0], [2.0]),
    ("vacuum.shots", "a whole number >= 1", [0], [1]),
    ("vacuum.stop_ns", "a number > 0", [0.0], [1.0]),
    ("vacuum.points", "a whole number >= 2", [1], [2]),
    ("simulation.tolerance", "a number >= 1e-14 and <= 1e-08", [9e-15, 2e-8], [1e-14, 1e-8]),
    ("priors.correction", "a number >= 0 and <= 1", [-0.1, 1.1], [0.0, 1.0]),
    ("priors.rabi_rate", "a number >= 0 and <= 1000", [-0.1, 1001.0], [0.0, 1000.0]),
    ("priors.coupler_ramp", "a number >= 0 and <= 0.5", [-0.1, 0.6], [0.0, 0.5]),
    ("priors.coupling_step", "a number >= 0 and <= 0.1", [-0.1, 0.2], [0.0, 0.1]),
    ("priors.drive_delay_ns", "a number >= 0 and <= 2", [-0.1, 2.1], [0.0, 2.0]),
    ("priors.drive_compression", "a number >= 0 and <= 0.1", [-0.1, 0.2], [0.0, 0.1]),
    ("priors.charging_width", "a number >= 0 and <= 0.1", [-0.1, 0.2], [0.0, 0.1]),
    ("priors.charging_rise", "a number >= 0 and <= 0.5", [-0.1, 0.6], [0.0, 0.5]),
    ("priors.charging_drag", "a number >= 0 and <= 10", [-0.1, 11.0], [0.0, 10.0]),
    ("priors.flux_pulse", "a number >= 0 and <= 1000", [-0.1, 1001.0], [0.0, 1.0]),
    ("priors.drive_bandwidth_MHz", "a number >= 20, or inf", [0.0, 19.0], [20.0, float("inf")]),
    ("priors.frequency_noise_MHz", "a number >= 0 and <= 10", [-1.0, 11.0], [0.0, 10.0]),
    ("analysis.max_modes", "a whole number >= 1 and <= 8", [0, 9], [1, 8]),
    ("analysis.heat_window_end_ns", '"auto" or a number > 0', [0.0], [1e-3]),
    ("analysis.late_window_ns", '"auto" or a number > 0', [0.0], [1e-3]),
    ("analysis.sigma_threshold", "a number > 0", [0.0], [0.1]),
    ("analysis.smallest_effect", "a number > 0", [0.0], [1e-3]),
    ("analysis.vacuum_fidelity_threshold", "a number > 0 and < 1", [0.0, 1.0], [0.5]),
    ("laboratory.readout_ns", "a number >= 0 and <= 1000000", [-1.0, 1.1e6], [0.0, 1e6]),
    ("laboratory.idle_us", "a number >= 0 and <= 1000000", [-1.0, 1.1e6], [0.0, 1e6]),
    ("laboratory.setting_overhead_ms", "a number >= 0 and <= 1000000", [-1.0], [0.0]),
    ("faults.drive_bandwidth_MHz", "a number >= 5, or inf", [4.9, -math.inf], [5.0, math.inf]),
    ("faults.drive_delay_ns", "a number >= -20 and <= 20", [-21.0, 21.0], [-20.0, 20.0]),
    ("faults.coupling_tail", "a number >= -0.1 and <= 0.1", [-0.2, 0.2], [-0.1, 0.1]),
    ("faults.coupling_tail_ns", "a number >= 1 and <= 1000000", [0.0, 2e6], [1.0, 1e6]),
    ("faults.rabi_rate_error", "a number >= -0.5 and <= 0.5", [-0.6, 0.6], [-0.5, 0.5]),
    ("faults.frequency_noise_MHz", "a number >= 0 and <= 10", [-0.1, 10.1], [0.0, 10.0]),
    ("dispersive.efficiency", "a number > 0 and <= 1", [0.0, 1.1], [0.1, 1.0]),
    ("dispersive.probe_MHz", "a number >= -5000 and <= 5000", [-5001.0, 5001.0], [-5.0, 5.0]),
    ("dispersive.bandwidth_MHz", "a number >= 0.1, or inf", [0.0, -1.0], [0.1, math.inf]),
    ("dispersive.delay_ns", "a number >= 0 and <= 1000000", [-1.0, 1e6 + 1], [0.0, 1e6]),
    ("dispersive.start_ns", "a number >= 0 and <= 1000000", [-1.0, 1e6 + 1], [0.0, 1e6]),
    ("dispersive.chi_MHz", "a number > 0 and <= 5000", [0.0, 5001.0], [0.1]),
    ("dispersive.g_MHz", "a number > 0 and <= 5000", [0.0, 5001.0], []),
    ("dispersive.detuning_MHz", "a number >= -10000 and <= 10000", [-1e5, 1e5], []),
    ("drive.second_length_ns", "a number > 0 and <= 1000000", [0.0, 1e6 + 1], [1.0]),
    ("drive.second_delay_ns", "a number >= -1000000 and <= 1000000", [-2e6, 2e6], [-1e6, 1e6]),
    ("extraction.shots", "a whole number >= 1 and <= 1000000000", [0], [1]),
    ("qutrit.shots", "a whole number >= 1 and <= 1000000000", [0], [1]),
    ("reset.f0g1_MHz", "a number > 0 and <= 5000", [0.0, 5001.0], [1.0]),
    ("reset.upper_rabi_MHz", "a number > 0 and <= 5000", [0.0, 5001.0], [1.0]),
    ("reset.ddrop_rabi_MHz", "a number > 0 and <= 5000", [0.0, 5001.0], [1.0]),
    ("reset.ddrop_photons", "a number > 0 and <= 30", [0.0, 31.0], [30.0]),
    ("reset.drive_us", "a number > 0 and <= 1000", [0.0, 1001.0], [1000.0]),
    ("reset.leakage_per_flip", "a number >= 0 and <= 0.5", [-0.1, 0.6], [0.0, 0.5]),
    ("vacuum.shift_per_photon_MHz", "a number > 0 and <= 500", [0.0, 501.0], [500.0]),
    ("allocation.prepared_1", "a whole number >= 1 and <= 1000000000", [0, 10**9 + 1], [1, 10**9]),
]


@pytest.mark.parametrize(("path", "must", "outside", "inside"), RANGES)
def test_ranges(path, must, outside, inside):
    """Values just outside a range are refused with the range, values inside are kept."""
    for value in outside:
        with pytest.raises(ExperimentError, match=f"^{re.escape(f'{path} must be {must}')}"):
            Experiment().replace({path: value})
    for value in inside:
        section, _, key = path.rpartition(".")
        changed = Experiment().replace({path: value})
        assert getattr(getattr(changed, section) if section else changed, key) == value


@pytest.mark.parametrize(("section", "key", "field"), FIELDS)
def test_no_field_takes_a_value_of_another_type(section, key, field):
    """Everywhere a truth value is no number, a number in quotes no number, and nan nothing."""
    strangers = [math.nan, -math.inf, "5", b"5", {}, 1j]
    strangers += [] if field.annotation is bool else [True, False]
    strangers += [] if key in ENDLESS else [math.inf]
    for value in strangers:
        with pytest.raises(ExperimentError, match=rf"^{section}\.{key} must be .*, but is "):
            Experiment().replace({f"{section}.{key}": value})


@pytest.mark.parametrize(("section", "key", "field"), FIELDS)
def test_a_whole_number_key_takes_no_float(section, key, field):
    """A key that counts something refuses 5.0, so that 5.5 is never cut."""
    if field.annotation is int:
        with pytest.raises(ExperimentError, match=rf"^{section}\.{key} must be a whole number"):
            Experiment().replace({f"{section}.{key}": 5.0})
