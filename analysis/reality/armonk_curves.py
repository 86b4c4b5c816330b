"""R1's curves: emulated Rabi trace and line, and tables of the user beside them."""

from collections.abc import Sequence
from os import PathLike

import numpy as np
import xarray as xr
from scipy.interpolate import CubicSpline

from analysis.papers.claim import Rule
from analysis.papers.figure import curve
from analysis.reality.case import CurveFinding
from analysis.reality.curve_tables import AMPLITUDE, FREQUENCY, Curve, read_curves
from analysis.reality.gaussian_pulse import excitations
from analysis.reality.rabi_line import RabiFit, fit_rabi, fit_scale, fit_shift, r_squared
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.theory.paper_model import coordinate
from cqed_battery.units import mhz_from_ghz

SIGMA_NS = 336 * 2 / 9
"""Standard deviation of the Gaussian pulse, 336 samples of 2/9 ns."""
PULSE_NS = 2688 * 2 / 9
"""Its length, 2688 samples."""
LINE_AMPLITUDE = 0.4
"""Amplitude at which the line was taken."""
_KHZ_PER_MHZ = 1e3  # SI prefixes
_AXIS = "averages [units of the Rabi trace]"

# Committed with the case's tolerances, before the first comparison.
RULES = (
    Rule("R^2 of the Rabi trace, linear line", lambda share: True),
    Rule("R^2 of the Rabi trace, compression fitted", ">= 0.999"),
    Rule("R^2 of the line, pulse fixed by the Rabi trace", ">= 0.99"),
    Rule("measured centre of the line less the emulated one", ">= -30 and <= 30 kHz", unit="kHz"),
    Rule("scale of the line over the Rabi trace's", ">= 0.95 and <= 1.05"),
)


def rabi_trace(experiment: Experiment, fit: RabiFit, amplitudes: FloatArray) -> FloatArray:
    """Return the emulated averages over the pulse's amplitude, (N,), scaled as the fit is.

    Args:
        experiment: R1's.
        fit: gives angle and scale.
        amplitudes: of the pulse, (N,).
    """
    frequencies = np.full(len(amplitudes), experiment.transmon.frequency_GHz)
    left = excitations(experiment, fit.angle(amplitudes), frequencies, SIGMA_NS, PULSE_NS)
    return np.asarray(fit.offset + fit.swing * (0.5 - left))


def line_shape(experiment: Experiment, fit: RabiFit, frequencies: FloatArray) -> FloatArray:
    """Return the emulated excitation over the drive's frequency, (N,), no unit.

    Args:
        experiment: R1's.
        fit: gives the angle at the line's amplitude.
        frequencies: of the drive in GHz, (N,).
    """
    angles = np.full(len(frequencies), float(fit.angle(LINE_AMPLITUDE)))
    return excitations(experiment, angles, frequencies, SIGMA_NS, PULSE_NS)


def compare_curves(experiment: Experiment, paths: Sequence[str | PathLike[str]]) -> CurveFinding:
    """Compare a Rabi trace, and a line if there is one, with the emulator.

    Args:
        experiment: R1's.
        paths: of the tables.

    Raises:
        CqedBatteryError: a table is refused, or the Rabi trace, which fixes the pulse, is missing.
        OSError: a file cannot be read.
    """
    tables = read_curves(paths)
    if AMPLITUDE not in tables:
        raise CqedBatteryError(
            "the tables must hold a Rabi trace, amplitude,signal: it fixes the pulse of the line"
        )
    places, signal = tables[AMPLITUDE]
    fits = [fit_rabi(places, signal, compressed=compressed) for compressed in (False, True)]
    linear, emulated = (rabi_trace(experiment, fit, places) for fit in fits)
    shown = {
        "rabi_measured": _curve(AMPLITUDE, places, signal, "measured", 0),
        "rabi_emulated": _curve(AMPLITUDE, places, emulated, "emulated", 0, "dashed"),
    }
    numbers = [r_squared(signal, linear), r_squared(signal, emulated)]
    if FREQUENCY in tables:
        of_line, curves = _compare_line(experiment, fits[1], tables[FREQUENCY])
        numbers += of_line
        shown |= curves
    readings = tuple(rule.reading("", x) for rule, x in zip(RULES, numbers, strict=False))
    title = "Rabi trace and line, measured and emulated"
    caption = "The emulated line's pulse is that of the Rabi trace; its scale is fitted."
    return CurveFinding(
        readings=readings, curves=xr.Dataset(shown, attrs={"title": title, "caption": caption})
    )


def _compare_line(
    experiment: Experiment, fit: RabiFit, table: Curve
) -> tuple[list[float], dict[str, xr.DataArray]]:
    """Return R^2, shift in kHz and relative scale of a line, and its curves."""
    places, signal = table
    shape = line_shape(experiment, fit, places)
    scale, offset, share = fit_scale(shape, signal)
    shift = fit_shift(places, signal, CubicSpline(places, shape))
    curves = {
        "line_measured": _curve(FREQUENCY, places, signal, "measured", 1),
        "line_emulated": _curve(FREQUENCY, places, offset - scale * shape, "emulated", 1, "dashed"),
    }
    return [share, mhz_from_ghz(shift) * _KHZ_PER_MHZ, scale / fit.swing], curves


def _curve(
    along: str, places: FloatArray, values: FloatArray, label: str, panel: int, style: str = "solid"
) -> xr.DataArray:
    words = {AMPLITUDE: ("pulse amplitude", "1"), FREQUENCY: ("drive frequency", "GHz")}
    axis = coordinate(along, places, *words[along])
    return curve(xr.DataArray(values, [axis]), label=label, panel=panel, axis=_AXIS, style=style)
