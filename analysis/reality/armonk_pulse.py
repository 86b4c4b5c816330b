"""R1: Rabi oscillations of a transmon over the pulse's amplitude, and its line, on ibmq_armonk."""

from dataclasses import replace

import numpy as np

from analysis.reality.armonk import KEYS, frequencies, lifetimes
from analysis.reality.armonk_curves import compare_curves, line_shape, rabi_trace
from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.rabi_line import RabiFit, depth_and_centre, fit_rabi
from cqed_battery.experiment import Experiment

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


def _emulate(experiment: Experiment) -> Numbers:
    published = RabiFit(
        period=PERIOD, compression=COMPRESSION, swing=RABI_SWING, offset=0.0, r_squared=1.0
    )
    linear = fit_rabi(
        _AMPLITUDES, rabi_trace(experiment, replace(published, compression=0.0), _AMPLITUDES)
    )
    frequencies = experiment.transmon.frequency_GHz + _FREQUENCIES
    line = -RABI_SWING * line_shape(experiment, published, frequencies)
    depth, centre = depth_and_centre(frequencies, line)
    lost, where, deep = (one.quantity for one in _MEASURED)
    return {lost: linear.compression * _REACH**2, where: centre, deep: depth}


_MEASURED = (
    Measured(
        quantity="turns lost at amplitude 0.75, linear line",
        value=0.290,
        error=0.006,
        tolerance=0.03,
        unit="turns",
    ),
    Measured(
        quantity="centre of the line",
        value=4.971888,
        error=2.4e-5,
        within_errors=1.0,
        tolerance=3e-5,
        unit="GHz",
        digits=6,
    ),
    Measured(
        quantity="depth of the line",
        value=7.32,
        error=0.07,
        tolerance=0.37,
        digits=2,
    ),
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
    keys=KEYS,
    free=(
        f"the line's gain, from the Rabi trace: a turn for an amplitude of {PERIOD} at small"
        " signal",
        f"the line's compression, from the Rabi trace: {COMPRESSION} turns per amplitude squared;"
        " only for the line's depth and centre",
        f"the scale of the averages, from the Rabi trace: {RABI_SWING} between levels 0 and 1",
    ),
    beyond=(
        "the axes of amplitude and of the drive's frequency, over which an experiment file does not"
        " charge: the pulse parts of Python are used, for the Gaussian pulse and the line's"
        " compression with them",
    ),
    measured=_MEASURED,
    emulate=_emulate,
    curves=compare_curves,
    remark="Centre and depth are those of the raw averages: centroid within 8 MHz, and the"
    f" deepest point below the mean beyond 8 MHz ({_OWN}). The depth's error is the scatter of"
    " the Rabi trace about its cosine, in whose units it is. A transmon on a linear line loses"
    " next to no turns: the measured loss is the line's compression. With `--curves` it is fitted,"
    " and trace and line are compared point by point.",
)
