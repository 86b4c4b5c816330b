"""The signals of a setup by their names, and what they are set to: oscillators, ranges, delays."""

import re
from typing import Any

from laboneq import simple as q

from cqed_battery.units import hz_from_ghz, seconds_from_ns
from protocols.instruments.setup import Line, ReadoutLine, Setup


def signals_of(devices: Any) -> dict[str, Any]:
    """Return every logical signal of a setup by "group/name".

    Args:
        devices: LabOne Q's setup of them.
    """
    return {
        f"{group}/{name}": signal
        for group, held in devices.logical_signal_groups.items()
        for name, signal in held.logical_signals.items()
    }


def calibrate(signals: dict[str, Any], setup: Setup, carrier_GHz: float) -> None:
    """Set oscillators, ranges, delays and the threshold of the signals that the setup names.

    Args:
        signals: by "group/name"; those that the setup names are changed in place.
        setup: the instruments' setup.
        carrier_GHz: of the drive.
    """
    for channel, line in setup.lines.items():
        if line.signal in signals:
            signals[line.signal].calibration = _line_calibration(channel, line, carrier_GHz)
    readout = setup.readout
    for name in (readout.measure, readout.acquire):
        if name in signals:
            signals[name].calibration = _readout_calibration(name, readout)


def _line_calibration(channel: str, line: Line, carrier_GHz: float) -> Any:
    driven = line.lo_GHz is not None
    offset = carrier_GHz - (line.lo_GHz or 0.0) if driven else 0.0
    return q.SignalCalibration(
        oscillator=q.Oscillator(
            uid=f"{plain(channel)}_oscillator",
            frequency=hz_from_ghz(offset),
            modulation_type=q.ModulationType.HARDWARE,
        ),
        local_oscillator=q.Oscillator(
            uid=f"{plain(channel)}_lo", frequency=hz_from_ghz(line.lo_GHz or 0.0)
        ),
        port_mode=q.PortMode.RF if driven else q.PortMode.LF,
        range=line.power_dBm,
        port_delay=seconds_from_ns(line.delay_ns),
    )


def _readout_calibration(name: str, readout: ReadoutLine) -> Any:
    acquires = name == readout.acquire
    more = {"threshold": readout.threshold} if acquires else {}
    return q.SignalCalibration(
        oscillator=q.Oscillator(
            uid=f"{plain(name)}_oscillator",
            frequency=hz_from_ghz(readout.frequency_GHz - readout.lo_GHz),
            modulation_type=q.ModulationType.SOFTWARE,
        ),
        local_oscillator=q.Oscillator(uid="readout_lo", frequency=hz_from_ghz(readout.lo_GHz)),
        range=readout.power_dBm,
        port_delay=seconds_from_ns(readout.delay_ns if acquires else 0.0),
        **more,
    )


def plain(name: str) -> str:
    """Return a name as an identifier of LabOne Q, all but letters, digits and _ replaced.

    Args:
        name: of a channel or signal.
    """
    return re.sub(r"\W", "_", name)
