"""A box with one key, about a point at which all three observations hold."""

from analysis.design_search.box.box import Box, parse_box
from cqed_battery.experiment import Experiment

FIXED = Experiment().replace(
    {
        "transmon.levels": 2,
        "drive.rabi_rate_MHz": 48.0,
        "drive.frequency_GHz": 4.955,
        "coupler.g_on_MHz": 7.0,
        "resonator.linewidth_MHz": 6.0,
        "vacuum.points": 5,
        "charging.stop_ns": 900.0,
        "coupler.ramp_ns": 0.0,
        "drive.rise_ns": 0.0,
        "tomography.pulse": "none",
    }
)
LINE = '[box]\n"resonator.detuning_MHz" = [-140, -80]\n'
WANTED = "[objective]\nhours = 12\nleast_gain = 0.2\nleast_fidelity = 0.9\nearly_ns = 60\n"
HOPELESS = '[box]\n"resonator.detuning_MHz" = [100, 140]\n[objective]\nleast_gain = 0.9\n'
TOLERANCE = "[tolerance]\nresonator.detuning_MHz = 4\n"


def box(text: str = LINE + WANTED + TOLERANCE) -> Box:
    return parse_box(text, "box.toml", FIXED)
