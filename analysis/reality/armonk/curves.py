"""R1's curves: emulated Rabi trace and line, and tables of the user beside them."""

from collections.abc import Sequence
from os import PathLike

import numpy as np
import xarray as xr
from scipy.interpolate import CubicSpline

from analysis.papers.figure import curve
from analysis.papers.rule import Rule
from analysis.reality.armonk.curve_tables import AMPLITUDE, FREQUENCY, Curve, read_curves
from analysis.reality.armonk.rabi_line import RabiFit, fit_rabi, fit_scale, fit_shift, r_squared
from analysis.reality.case import CurveFinding
from analysis.reality.models.shaped_pulse import excitations, with_turns
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.theory.paper_model import coordinate
from cqed_battery.units import TWO_PI, mhz_from_ghz

LINE_AMPLITUDE = 0.4
"""Amplitude at which the line was taken."""
_KHZ_PER_MHZ = 1e3  # SI prefixes
_AXIS = "averages [units of the Rabi trace]"

# Committed with the case's tolerances, before the first comparison; the first and the last only
# showed a number then.
RULES = (
    Rule("R^2 of the Rabi trace, linear line, which does not suffice,", "< 0.99"),
    Rule("R^2 of the Rabi trace, compression fitted", ">= 0.999"),
    Rule("R^2 of the line, pulse fixed by the Rabi trace", ">= 0.99"),
    Rule("measured centre of the line less the emulated one", ">= -30 and <= 30 kHz", unit="kHz"),
    Rule("scale of the line over the Rabi trace's", ">= 0.95 and <= 1.05"),
    Rule("R^2 of the line, each sample compressed by drive.saturation_MHz,", ">= 0.99"),
)


def rabi_trace(experiment: Experiment, fit: RabiFit, amplitudes: FloatArray) -> FloatArray:
    """Return the emulated averages over the pulse's amplitude, (N,), scaled as the fit is.

    Args:
        experiment: R1's.
        fit: gives turns and scale.
        amplitudes: of the pulse, (N,).
    """
    left = excitations(_by_sample(experiment, fit, float(a)) for a in amplitudes)
    return np.asarray(fit.offset + fit.swing * (0.5 - left))


def line_shape(experiment: Experiment, fit: RabiFit, frequencies: FloatArray) -> FloatArray:
    """Return the emulated excitation over the drive's frequency, (N,), no unit.

    The line compresses the pulse as a whole, so that it stays Gaussian.

    Args:
        experiment: R1's.
        fit: gives the turns at the line's amplitude.
        frequencies: of the drive in GHz, (N,).
    """
    turns = LINE_AMPLITUDE / fit.period - fit.compression * LINE_AMPLITUDE**2
    return _over_frequency(with_turns(experiment, turns), frequencies)


def _over_frequency(driven: Experiment, frequencies: FloatArray) -> FloatArray:
    return excitations(driven.replace({"drive.frequency_GHz": float(f)}) for f in frequencies)


def _by_sample(experiment: Experiment, fit: RabiFit, amplitude: float) -> Experiment:
    """Return the experiment at an amplitude, `drive.saturation_MHz` compressing each sample."""
    return with_turns(experiment, amplitude / fit.period, fit.compression * amplitude**2)


RECORDED = tuple(
    rule.reading("", x)
    for rule, x in zip(RULES, (0.95833, 0.99932, 0.99058, 7.06, 1.0374, 0.98989), strict=True)
)
"""What `compare_curves` gives for the two tables of the source, rounded; they have no licence."""


def draw_curves(experiment: Experiment, fit: RabiFit, reach: float, span_GHz: float) -> xr.Dataset:
    """Return the emulated Rabi trace and line, and the cosine that the averages were fitted with.

    Args:
        experiment: R1's.
        fit: of the published averages.
        reach: the largest amplitude.
        span_GHz: the line's frequencies reach as far to both sides.
    """
    amplitudes = np.linspace(0.0, reach, _DRAWN)
    turns = amplitudes / fit.period - fit.compression * amplitudes**2
    fitted = fit.offset + fit.swing / 2 * np.cos(TWO_PI * turns)
    places = experiment.transmon.frequency_GHz + np.linspace(-span_GHz, span_GHz, _DRAWN)
    emulated = rabi_trace(experiment, fit, amplitudes)
    line = -fit.swing * line_shape(experiment, fit, places)
    words = {
        "title": "Rabi trace and line, emulated",
        "caption": "The cosine is the fit of the published averages.",
    }
    return xr.Dataset(
        {
            "rabi_fitted": _curve(AMPLITUDE, amplitudes, fitted, "fit of the averages", 0),
            "rabi_emulated": _curve(AMPLITUDE, amplitudes, emulated, "emulated", 0, "dashed"),
            "line_emulated": _curve(FREQUENCY, places, line, "emulated", 1),
        },
        attrs=words,
    )


_DRAWN = 101  # points of a drawn curve


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
    """Return R^2, shift in kHz, relative scale, R^2 by sample of a line, and its curves."""
    places, signal = table
    shape = line_shape(experiment, fit, places)
    by_sample = _over_frequency(_by_sample(experiment, fit, LINE_AMPLITUDE), places)
    scale, offset, share = fit_scale(shape, signal)
    shift = fit_shift(places, signal, CubicSpline(places, shape))
    curves = {
        "line_measured": _curve(FREQUENCY, places, signal, "measured", 1),
        "line_emulated": _curve(FREQUENCY, places, offset - scale * shape, "emulated", 1, "dashed"),
    }
    numbers = [share, mhz_from_ghz(shift) * _KHZ_PER_MHZ, scale / fit.swing]
    return [*numbers, fit_scale(by_sample, signal)[2]], curves


def _curve(
    along: str, places: FloatArray, values: FloatArray, label: str, panel: int, style: str = "solid"
) -> xr.DataArray:
    words = {AMPLITUDE: ("pulse amplitude", "1"), FREQUENCY: ("drive frequency", "GHz")}
    axis = coordinate(along, places, *words[along])
    return curve(xr.DataArray(values, [axis]), label=label, panel=panel, axis=_AXIS, style=style)
