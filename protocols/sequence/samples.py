"""Samples of every channel on an instrument's own grid, and what files of them hold.

A value that the sequence holds across the border of two samples counts in both by its share of
their length: a sample is the mean of what the sequence plays during its period, so that the area
of a pulse stays. Where the instrument's clock is the file's and times lie on it, nothing changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from cqed_battery.files.labels import labelled
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import TWO_PI
from protocols.sequence.channels import CHANNELS, Played
from protocols.sequence.sequence import Sequence
from protocols.stages.bias import arm_frame

MODULATED = ("drive", "resonator drive")
"""Channels that play two quadratures on a carrier; the others play real values."""
_GRID = 1e-6  # of a sample: closer times are one


@dataclass(frozen=True)
class Samples:
    """What one channel plays in one repetition, a value for each period of its instrument's clock.

    Args:
        channel: one of `CHANNELS`.
        rate_GHz: of the instrument.
        start_ns: when the first sample begins, from the beginning of the charging.
        values: in the channel's unit, (N,). A driven channel's are those of the envelope on the one
            carrier `carrier_GHz`, whatever carrier a step has; phases count from that carrier's.
        carrier_GHz: of the charging drive of the catalysed arm; None for the other channels.
    """

    channel: str
    rate_GHz: float
    start_ns: float
    values: ComplexArray
    carrier_GHz: float | None = None

    @property
    def times_ns(self) -> FloatArray:
        """When each sample begins, (N,)."""
        return self.start_ns + np.arange(len(self.values)) / self.rate_GHz


def sampled(
    sequence: Sequence, rates_GHz: Mapping[str, float], *, charged_only: bool = False
) -> dict[str, Samples]:
    """Return the samples of every channel that plays anything, by channel.

    The charging begins at the beginning of a sample. A last sample that the wanted part does not
    fill holds what follows it, too.

    Args:
        sequence: one repetition of a setting.
        rates_GHz: of each channel's instrument; a channel that is left out has the file's clock.
        charged_only: whether only what lies between reset and readout is wanted: charging, pulses
            and what belongs to the measurement.
    """
    first, last = 0.0, sequence.measured_ns
    if not charged_only:
        first, last = float(sequence.starts_ns[0]), sequence.duration_ns + sequence.starts_ns[0]
    found: dict[str, Samples] = {}
    for step, channels in sequence.played():
        for part in channels:
            rate = rates_GHz.get(part.channel, sequence.experiment.drive.clock_GHz)
            end = ceil(last * rate - _GRID) / rate
            inside = part.start_ns > first - _GRID and part.start_ns < end - _GRID
            if not inside or not step.duration:
                continue
            if part.channel not in found:
                found[part.channel] = _silent(sequence.experiment, part.channel, rate, first, last)
            _add(found[part.channel], part, sequence)
    return found


def _silent(
    experiment: Experiment, channel: str, rate: float, first: float, last: float
) -> Samples:
    """Return samples that play nothing from one time in ns to another."""
    before, after = ceil(-first * rate - _GRID), ceil(last * rate - _GRID)
    carrier = experiment.drive.frequency_GHz if channel in MODULATED else None
    values = np.zeros(before + after, dtype=complex)
    return Samples(channel, rate, -before / rate, values, carrier)


def _add(samples: Samples, part: Played, sequence: Sequence) -> None:
    """Add what a channel plays in one step, turned onto the samples' carrier."""
    rate, count = samples.rate_GHz, len(samples.values)
    edges = (part.start_ns - samples.start_ns + np.cumsum([0.0, *part.lengths_ns])) * rate
    at = np.round(edges)
    edges = np.where(np.abs(edges - at) < _GRID, at, edges)
    # The integral of held values up to a time is joined by lines, so its steps are exact means.
    filled = np.append(0.0, np.cumsum(part.values * np.diff(edges)))
    low, high = int(edges[0]), min(ceil(edges[-1]), count)
    grid = np.arange(low, high + 1)
    means = np.diff(np.interp(grid, edges, filled.real) + 1j * np.interp(grid, edges, filled.imag))
    if part.carrier_GHz is not None:
        middles = samples.start_ns + (grid[:-1] + 0.5) / rate
        means = means * np.exp(1j * carrier_phase(sequence, part, middles))
    samples.values[low:high] += means


def carrier_phase(sequence: Sequence, part: Played, times_ns: FloatArray) -> FloatArray:
    """Return by how much (rad) a step's carrier is ahead of that of the samples, (N,).

    The arm's charging drive begins in phase with the carrier of the samples, the step's carrier
    with a phase of its own against the arm's.

    Args:
        sequence: whose arm counts.
        part: what is played in the step, with its carrier.
        times_ns: from the beginning of the charging, (N,).
    """
    reference = sequence.experiment.drive.frequency_GHz
    arm = arm_frame(sequence.charged_as, sequence.setting.arm or "catalysed") / TWO_PI
    own = (part.carrier_GHz or reference) - arm
    since = times_ns - part.start_ns
    turned = TWO_PI * ((arm - reference) * times_ns + own * since)
    return np.asarray(part.phase_rad - turned)


def samples_dataset(sequence: Sequence, samples: Mapping[str, Samples]) -> xr.Dataset:
    """Return samples as variables with times and units, (time,) a channel.

    A driven channel has a second variable, its other quadrature.

    Args:
        sequence: that they were made from.
        samples: by channel (`sampled`).
    """
    variables = {}
    for channel, found in samples.items():
        name = channel.replace(" ", "_")
        unit = "1" if channel in ("readout", "acquisition") else "MHz"
        said = {"units": unit, "long_name": CHANNELS[channel], "rate_GHz": found.rate_GHz}
        if found.carrier_GHz is not None:
            said["carrier_GHz"] = found.carrier_GHz
        dim = f"{name}_time"
        time = xr.Variable(dim, found.times_ns, {"units": "ns", "long_name": "sample begins"})
        parts = {name: found.values.real}
        if found.carrier_GHz is not None:
            parts[f"{name}_quadrature"] = found.values.imag
        for part, values in parts.items():
            variables[part] = xr.DataArray(values, dims=(dim,), coords={dim: time}, attrs=said)
    root = xr.Dataset(variables)
    root.attrs = {
        "title": sequence.experiment.title,
        "setting": " ".join(_named(sequence)),
        "experiment": sequence.experiment.to_toml(comments=False),
    }
    return labelled(root)


def _named(sequence: Sequence) -> list[str]:
    setting = sequence.setting
    words = [setting.stage, setting.arm or "", setting.name, f"{setting.time_ns:g} ns"]
    return [word for word in words if word]


def samples_table(samples: Mapping[str, Samples]) -> str:
    """Return samples as CSV: channel, when a sample begins, its value and its other quadrature.

    Args:
        samples: by channel (`sampled`).
    """
    lines = ["channel,unit,time_ns,value,quadrature"]
    for channel, found in samples.items():
        unit = "1" if channel in ("readout", "acquisition") else "MHz"
        rows = zip(found.times_ns.tolist(), found.values.tolist(), strict=True)
        for time, value in rows:
            other = f"{value.imag:.9g}" if found.carrier_GHz is not None else ""
            lines.append(f"{channel},{unit},{time:.9g},{value.real:.9g},{other}")
    return "\n".join(lines) + "\n"
