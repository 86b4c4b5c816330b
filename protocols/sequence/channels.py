"""The channels of the control electronics, and what each plays in a step, sample by sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import TWO_PI, ghz_from_mhz, mhz_from_angular
from protocols.sequence.step import Step

CHANNELS = {
    "drive": "envelope eps / 2 pi of the transmon's drive, in MHz",
    "coupler": "coupling g / 2 pi of a tunable coupler, in MHz",
    "transmon flux": "move of the transmon's frequency from where it charges, in MHz",
    "resonator flux": "move of the resonator's frequency from where it charges, in MHz",
    "resonator drive": "envelope / 2 pi of the resonator's drive, in MHz; a rate of displacement",
    "linewidth": "switched linewidth kappa / 2 pi of the resonator, in MHz",
    "readout": "probe of the readout resonator, 1 while it is on",
    "acquisition": "1 while the readout's signal is recorded",
}
"""What each channel's samples are; a channel that a step leaves out plays nothing there."""

_SWITCHES = ("readout", "acquisition")
_STILL = 1e-12  # of the frame's shift: rounding of a difference
_ROUNDING = 1e-6  # of a sample: sums and products of decimal numbers are closer


@dataclass(frozen=True, kw_only=True)
class Played:
    """Samples of one channel in one step, held one after the other.

    Args:
        channel: one of `CHANNELS`.
        start_ns: when the step begins, from the beginning of the charging.
        lengths_ns: how long each value is held, (N,).
        values: in the channel's unit (`CHANNELS`), (N,).
        carrier_GHz: of the drive; None for the other channels.
        phase_rad: of that carrier when the step begins, less the phase of the charging drive's.
    """

    channel: str
    start_ns: float
    lengths_ns: FloatArray
    values: ComplexArray
    carrier_GHz: float | None = None
    phase_rad: float = 0.0

    def samples(self, clock_GHz: float) -> ComplexArray:
        """Return one value for each period of a clock, (M,).

        Args:
            clock_GHz: its rate.

        Raises:
            CqedBatteryError: a value is not held for whole periods.
        """
        counts = self.lengths_ns * clock_GHz
        whole = np.round(counts)
        off = np.abs(counts - whole) > _ROUNDING
        if off.any():
            raise CqedBatteryError(
                f"the {self.channel} holds a value for {self.lengths_ns[off][0]:g} ns,"
                f" which are no whole samples of {clock_GHz:g} GHz: set drive.timing to"
                ' "clock", or choose times on that clock'
            )
        return np.repeat(self.values, whole.astype(int))

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON; only the drive's samples have two quadratures."""
        found: dict[str, Any] = {
            "lengths_ns": self.lengths_ns.tolist(),
            "values": self.values.real.tolist(),
        }
        if self.carrier_GHz is not None:
            found["quadratures"] = self.values.imag.tolist()
            found |= {"carrier_GHz": self.carrier_GHz, "phase_rad": self.phase_rad}
        return found


def played(step: Step, start_ns: float) -> Iterator[Played]:
    """Yield what each channel plays in a step, those left out that play nothing.

    Args:
        step: of a length that ends.
        start_ns: when it begins, from the beginning of the charging.
    """
    parts = step.controls.segments
    lengths = np.array([part.duration for part in parts])
    if not lengths.size:
        return
    envelope = np.array([_mhz(part.controls.eps) for part in parts])
    if envelope.any():
        yield _driven("drive", step, start_ns, lengths, envelope)
    pumps = np.array([_mhz(part.controls.pump) for part in parts])
    if pumps.any():
        yield _driven("resonator drive", step, start_ns, lengths, pumps)
    couplings = np.array([_mhz(part.controls.g) for part in parts])
    if couplings.any():
        yield Played(channel="coupler", start_ns=start_ns, lengths_ns=lengths, values=couplings)
    if step.shift is not None:
        for channel, name in (("transmon flux", "transmon"), ("resonator flux", "resonator")):
            moves = np.array([_moved(part.controls, name, step.shift) for part in parts])
            if moves.any():
                yield Played(channel=channel, start_ns=start_ns, lengths_ns=lengths, values=moves)
    for channel, value in step.beside.items():
        held = np.array([value if channel in _SWITCHES else _mhz(value)], dtype=complex)
        whole = np.array([step.duration])
        yield Played(channel=channel, start_ns=start_ns, lengths_ns=whole, values=held)


def _driven(
    channel: str, step: Step, start_ns: float, lengths: FloatArray, values: ComplexArray
) -> Played:
    return Played(
        channel=channel,
        start_ns=start_ns,
        lengths_ns=lengths,
        values=values,
        carrier_GHz=ghz_from_mhz(mhz_from_angular(step.carrier)),
        phase_rad=-(step.carrier - step.frame) * step.delay % TWO_PI,
    )


def _moved(controls: Controls, name: str, shift: float) -> complex:
    """Return the move of one frequency, in MHz; one that only the frame makes is none."""
    moved = getattr(controls, name) + shift
    return _mhz(moved) if abs(moved) > _STILL * abs(shift) else 0j


def _mhz(angular: complex) -> complex:
    value = complex(angular)
    return complex(mhz_from_angular(value.real), mhz_from_angular(value.imag))
