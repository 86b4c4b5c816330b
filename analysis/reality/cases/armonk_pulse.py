"""R1: Rabi oscillations of a transmon over the pulse's amplitude, and its line, on ibmq_armonk."""

from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.reality.armonk.curves import (
    RECORDED,
    compare_curves,
    draw_curves,
    line_shape,
    rabi_trace,
)
from analysis.reality.armonk.machine import KEYS, frequencies, lifetimes
from analysis.reality.armonk.rabi_line import RabiFit, depth_and_centre, fit_rabi, r_squared
from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.models.shaped_pulse import gaussian_samples
from cqed_battery.experiment import Experiment
from cqed_battery.units import TWO_PI

_SOURCE = "repository epelofske65537/qchack2021, averages of 2021-04-11"
_OWN = "our evaluation of the published averages"

PERIOD = 0.2540
"""Amplitude of a whole turn at small signal, no unit: a (1 / PERIOD - COMPRESSION a) turns."""
COMPRESSION = 0.515
"""Turns lost per amplitude squared."""
RABI_SWING = 7.30
"""Twice the amplitude of the Rabi trace's cosine, in the units of the averages."""

_REACH = 0.75  # largest amplitude
_AMPLITUDES = np.linspace(0.0, _REACH, 50)
_FREQUENCIES = np.linspace(-0.02, 0.02, 75)  # GHz, from f01


PUBLISHED = RabiFit(
    period=PERIOD, compression=COMPRESSION, swing=RABI_SWING, offset=0.0, r_squared=1.0
)
"""The fit of the published averages, their middle taken as 0."""
_TURN, _FIT, _LOST, _WHERE, _DEEP = (
    "amplitude of a turn at small signal",
    "R^2 of the emulated Rabi trace beside the fitted cosine",
    "turns lost at amplitude 0.75, linear line",
    "centre of the line",
    "depth of the line",
)


def _emulate(experiment: Experiment) -> Numbers:
    linear = fit_rabi(
        _AMPLITUDES, rabi_trace(experiment, replace(PUBLISHED, compression=0.0), _AMPLITUDES)
    )
    trace = rabi_trace(experiment, PUBLISHED, _AMPLITUDES)
    turns = _AMPLITUDES / PERIOD - COMPRESSION * _AMPLITUDES**2
    frequencies = experiment.transmon.frequency_GHz + _FREQUENCIES
    line = -RABI_SWING * line_shape(experiment, PUBLISHED, frequencies)
    depth, centre = depth_and_centre(frequencies, line)
    return {
        _TURN: fit_rabi(_AMPLITUDES, trace).period,
        _FIT: r_squared(RABI_SWING / 2 * np.cos(TWO_PI * turns), trace),
        _LOST: linear.compression * _REACH**2,
        _WHERE: centre,
        _DEEP: depth,
    }


def _draw(experiment: Experiment) -> xr.Dataset:
    return draw_curves(experiment, PUBLISHED, _REACH, float(_FREQUENCIES[-1]))


_MEASURED = (
    Measured(quantity=_TURN, value=PERIOD, tolerance=0.0025, digits=4),
    Measured(quantity=_FIT, value=1.0, tolerance=0.001, digits=4),
    Measured(quantity=_LOST, value=0.290, error=0.006, tolerance=0.03, unit="turns"),
    Measured(quantity=_WHERE, value=4.971888, error=2.4e-5, tolerance=3e-5, unit="GHz", digits=6),
    Measured(quantity=_DEEP, value=7.32, error=0.07, tolerance=0.37, digits=2),
)


CASE = Case(
    key="R1",
    title="Rabi oscillation and line of ibmq_armonk",
    source=_SOURCE,
    parameters=(
        *frequencies(_SOURCE),
        Published(
            name="pulse",
            value="Gaussian, sigma 336 and length 2688 samples of 2/9 ns",
            source=_SOURCE,
        ),
        Published(name="amplitudes", value="50 from 0 to 0.75; 0.4 for the line", source=_SOURCE),
        Published(name="line", value="75 frequencies over 40 MHz around f01", source=_SOURCE),
        *lifetimes("published properties of the machine"),
    ),
    keys=KEYS | gaussian_samples(KEYS["drive.clock_GHz"], 336, 2688, held=16),
    free=(
        f"the line's gain, from the Rabi trace: a turn for an amplitude of {PERIOD} at small"
        " signal",
        f"the line's compression, from the Rabi trace: {COMPRESSION} turns per amplitude squared;"
        " only for the line's depth and centre",
        f"the scale of the averages, from the Rabi trace: {RABI_SWING} between levels 0 and 1",
    ),
    beyond=(
        "the axes of amplitude and of the drive's frequency, over which an experiment file does not"
        " charge: one file for each point, with its drive.rabi_rate_MHz, drive.saturation_MHz (the"
        " line's compression, in the Rabi trace) and drive.frequency_GHz",
        "the pulse is listed, each sample of the list held for 16 of the machine's",
    ),
    measured=_MEASURED,
    emulate=_emulate,
    curves=compare_curves,
    recorded=RECORDED,
    draw=_draw,
    remark="Turn and cosine are what the line's gain and compression were fitted with, so that they"
    " test the emulated pulse alone. Centre and depth are those of the raw averages: centroid"
    f" within 8 MHz, and the deepest point below the mean beyond 8 MHz ({_OWN}). The depth's error"
    " is the scatter of the Rabi trace about its cosine, in whose units it is. A transmon on a"
    " linear line loses"
    " next to no turns: the measured loss is the line's compression. On resonance only the pulse's"
    " area counts; beside it the line says that the pulse is compressed as a whole rather than each"
    " sample by its own size, as drive.saturation_MHz does: that key is no model of this line.",
)
