"""What every writer for control electronics must keep: run it on yours (docs/howto/instruments.md).

Each check takes a function that makes a writer of a setup. `Memory` is the simplest writer there
is; it also plays wrong on purpose.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from cqed_battery import Experiment
from cqed_battery.operators import ComplexArray, IntArray
from cqed_battery.units import mhz_from_angular
from protocols.instruments.compilation import compiled_report
from protocols.instruments.layout import Layout
from protocols.instruments.loading import programmes
from protocols.instruments.programme import Programme
from protocols.instruments.reading import played_samples, read_flip
from protocols.instruments.setup import InstrumentError, Setup, setup_of
from protocols.instruments.writer import Compiled, Writer
from protocols.sequence.samples import sampled
from protocols.stages.bias import idle_bias

MakeWriter = Callable[[Setup], Writer]
Change = Callable[[str, ComplexArray], ComplexArray]

PORTS = {
    "drive": "SGCHANNELS/0/OUTPUT",
    "coupler": "SGCHANNELS/1/OUTPUT",
    "transmon flux": "SGCHANNELS/1/OUTPUT",
    "resonator drive": "SGCHANNELS/2/OUTPUT",
    "linewidth": "SGCHANNELS/3/OUTPUT",
}


def setup_for(experiment: Experiment, rate_GHz: float = 2.0, **limits: Any) -> Setup:
    """A setup whose lines hold what an experiment plays, at rest where it idles."""
    lines: dict[str, dict[str, Any]] = {
        "drive": {"MHz_per_unit": 150.0, "lo_GHz": _oscillator(experiment.drive.frequency_GHz)}
    }
    if experiment.coupler.kind == "fixed":
        idle = mhz_from_angular(idle_bias(experiment).transmon)
        lines["transmon flux"] = {"amplitude": [0.0, 0.4, 1.0], "MHz": [idle, idle / 2, 50.0]}
    else:
        off = experiment.coupler.g_off_MHz
        lines["coupler"] = {"amplitude": [0.0, 0.5, 1.0], "MHz": [off, off + 20, off + 90]}
    if experiment.vacuum.method == "displaced-parity":
        lines["resonator drive"] = {"MHz_per_unit": 20.0, "lo_GHz": 4.6}
        own = experiment.resonator.linewidth_MHz
        lines["linewidth"] = {"amplitude": [0.0, 1.0], "MHz": [own, 0.0]}
    for channel, line in lines.items():
        line |= {"signal": f"battery/{channel.replace(' ', '_')}", "rate_GHz": rate_GHz}
    ports = [{"iq_signal": line["signal"], "ports": PORTS[name]} for name, line in lines.items()]
    ports += [
        {"iq_signal": "battery/measure", "ports": "QACHANNELS/0/OUTPUT"},
        {"acquire_signal": "battery/acquire", "ports": "QACHANNELS/0/INPUT"},
    ]
    instrument = {"address": "DEV12345", "uid": "shfqc", "options": "SHFQC/PLUS/QC6CH"}
    return setup_of(
        {
            "descriptor": {"instruments": {"SHFQC": [instrument]}, "connections": {"shfqc": ports}},
            "lines": lines,
            "readout": {
                "measure": "battery/measure",
                "acquire": "battery/acquire",
                "lo_GHz": 7.0,
                "frequency_GHz": 7.1,
                "amplitude": 0.5,
                "integration_ns": 144.0,
            },
            "limits": limits,
        }
    )


def _oscillator(carrier_GHz: float) -> float:
    """A local oscillator below a carrier, a multiple of 200 MHz as instruments want it."""
    return round(0.2 * (round(carrier_GHz / 0.2) - 1), 6)


class Memory(Writer):
    """Plays a programme to the letter, or as `change(channel, samples)` says."""

    def __init__(self, setup: Setup, change: Change | None = None) -> None:
        super().__init__(setup, emulated=True)
        self.change = change or (lambda channel, samples: samples)
        self.played = 0

    def compiled(self, programme: Programme) -> Compiled:
        return Held(programme, self)


class Held(Compiled):
    """A programme in memory."""

    def __init__(self, programme: Programme, writer: Memory) -> None:
        super().__init__(programme)
        self.writer = writer

    def samples(self, place: int, channel: str) -> ComplexArray:
        part = self.programme.parts[place]
        (length,) = (block.length_ns for block in part.blocks if block.kind == "body")
        count = round(length * self.programme.setup.lines[channel].rate_GHz)
        silent = np.zeros(count, dtype=complex)
        return self.writer.change(channel, part.samples.get(channel, silent))

    def flip(self, place: int, number: int) -> ComplexArray:
        block, line = (
            self.programme.parts[place].blocks[number],
            self.programme.setup.lines["drive"],
        )
        found = np.zeros(round(block.length_ns * line.rate_GHz), dtype=complex)
        if self.programme.first_outcome == 1:
            pulse = self.writer.change("drive", self.programme.flip["drive"])
            found[-len(pulse) :] = pulse
        return found

    def outcomes(self) -> Sequence[IntArray]:
        self.writer.played += 1
        shots = self.programme.shots
        return [np.zeros((shots, p.readouts), dtype=np.int64) for p in self.programme.parts]


def check_reads_back(make: MakeWriter, experiment: Experiment, setup: Setup) -> None:
    """Every sample of every setting is the sequence's, to the resolution of an amplitude."""
    layout = Layout(experiment, setup)
    found = compiled_report(layout, make(setup), layout.settings.shots)
    assert found.settings == layout.settings.size
    assert found.channels["drive"].amplitude > 0.05
    assert found.faithful, found.channels


def check_units(make: MakeWriter, experiment: Experiment, setup: Setup) -> None:
    """What is read back, in the channels' units, is what the sequence plays in its own."""
    layout = Layout(experiment, setup)
    for row in (5, layout.settings.size - 1):
        part = layout.part(row)
        compiled = make(setup).compiled(Programme(setup, experiment, (part,), 1, layout.flip()))
        own = sampled(layout.repetition(row), setup.rates_GHz, charged_only=True)
        for channel, samples in played_samples(layout, compiled, 0).items():
            if channel in own:
                begin = round(part.silence_ns * samples.rate_GHz)
                np.testing.assert_allclose(
                    samples.values[begin:], own[channel].values, rtol=1e-3, atol=0.05
                )


def check_flip(make: MakeWriter, experiment: Experiment, setup: Setup) -> None:
    """The reset plays nothing after 0, and its pulse after 1."""
    layout = Layout(experiment, setup)
    found, own = read_flip(layout, make(setup)), layout.flip()["drive"]
    np.testing.assert_allclose(found.values, setup.lines["drive"].values(own), atol=0.05)


def check_outcomes(make: MakeWriter, experiment: Experiment, setup: Setup) -> None:
    """Outcomes come as one array a part, (shots, readouts)."""
    layout = Layout(experiment, setup)
    shots = np.zeros(layout.settings.size, dtype=np.int64)
    shots[:5] = 3
    for programme in programmes(layout, shots, np.arange(layout.settings.size)):
        found = make(setup).compiled(programme).outcomes()
        assert [part.shape for part in found] == [(3, p.readouts) for p in programme.parts]


def check_refuses_a_short_round(make: MakeWriter, experiment: Experiment, setup: Setup) -> None:
    """Feedback that does not fit into the latency is a sentence that says what to raise."""
    hurried = experiment.replace({"reset.latency_ns": 160.0})
    layout = Layout(hurried, setup)
    programme = Programme(setup, hurried, (layout.part(5),), 1, layout.flip())
    with pytest.raises(InstrumentError, match=r"raise reset\.latency_ns"):
        make(setup).compiled(programme)


def scaled(factor: float) -> Change:
    """A drive that plays larger by a factor."""
    return lambda channel, samples: samples * factor if channel == "drive" else samples


def shifted(by: int) -> Change:
    """A drive that plays so many samples late."""
    return lambda channel, samples: np.roll(samples, by) if channel == "drive" else samples
