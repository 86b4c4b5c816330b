"""Programmes for instruments of Zurich Instruments by LabOne Q: the one file that imports it.

A programme is one experiment: its settings are sections of one real-time loop over shots, each
outcome told by the instrument. What the reset measures is fed back by a match of two branches.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
from laboneq import simple as q
from laboneq.simulator.output_simulator import OutputSimulator

from cqed_battery.operators import ComplexArray, IntArray
from cqed_battery.units import hz_from_ghz, seconds_from_ns
from protocols.instruments.programme import Block, Part, Programme
from protocols.instruments.setup import InstrumentError, Line, ReadoutLine, Setup
from protocols.instruments.writer import Compiled, Writer
from protocols.readout import readout_of
from protocols.sequence.samples import MODULATED

_SIMULATED_NS = 1e7  # the OutputSimulator stops at 10 ms
_RECORD, _READ, _HERALD = "reset", "read", "herald"
_MEASURE, _ACQUIRE = "measure", "acquire"
_CASES = (0, 1)


class LabOneQ(Writer):
    """Writes LabOne Q experiments, compiles them and plays them."""

    def compiled(self, programme: Programme) -> Compiled:
        """Return a programme compiled by LabOne Q.

        Args:
            programme: settings on the instruments' grid.

        Raises:
            InstrumentError: the compiler refuses it.
        """
        session = self._session(programme)
        experiment = _Experiment(programme, _signals(session.device_setup)).write()
        try:
            with _quiet():
                compiled = session.compile(experiment)
        except Exception as error:  # of whatever kind: LabOne Q has many
            raise InstrumentError(_sentence(error)) from error
        return _CompiledByLabOneQ(programme, session, compiled)

    def __init__(self, setup: Setup, *, emulated: bool) -> None:
        super().__init__(setup, emulated=emulated)
        self._connected: tuple[float, Any] | None = None

    def _session(self, programme: Programme) -> Any:
        """Return the session whose oscillators have a programme's carrier; made once."""
        carrier = programme.experiment.drive.frequency_GHz
        if self._connected is None or self._connected[0] != carrier:
            self._connected = carrier, self._connect(carrier)
        return self._connected[1]

    def _connect(self, carrier_GHz: float) -> Any:
        setup = self.setup
        try:
            with _quiet():
                devices = q.DeviceSetup.from_descriptor(
                    json.dumps(setup.descriptor), server_host=setup.host, server_port=setup.port
                )
                _calibrate(_signals(devices), setup, carrier_GHz)
                session = q.Session(devices, configure_logging=False)
                session.connect(do_emulation=self.emulated)
        except Exception as error:
            raise InstrumentError(f"LabOne Q refuses the setup: {_first_line(error)}") from error
        return session


class _CompiledByLabOneQ(Compiled):
    """A compiled experiment, its session, and what a simulation of the instruments plays."""

    def __init__(self, programme: Programme, session: Any, compiled: Any) -> None:
        super().__init__(programme)
        self._session, self._compiled = session, compiled
        self._simulator: Any = None

    def samples(self, place: int, channel: str) -> ComplexArray:
        """Return what a part's body plays, (N,).

        Args:
            place: of the part in the programme.
            channel: with a line in the setup.
        """
        part = self.programme.parts[place]
        (length,) = (block.length_ns for block in part.blocks if block.kind == "body")
        start = self.programme.starts_ns[place] + part.start_ns("body")
        return self._snippet(channel, start, length)

    def flip(self, place: int, number: int) -> ComplexArray:
        """Return what the drive plays in a round of the reset, (N,).

        Args:
            place: of the part in the programme.
            number: of the round, from 0.
        """
        part = self.programme.parts[place]
        length = part.blocks[number].length_ns
        start = self.programme.starts_ns[place] + number * length
        return self._snippet("drive", start, length)

    def _snippet(self, channel: str, start_ns: float, length_ns: float) -> ComplexArray:
        if start_ns + length_ns > _SIMULATED_NS:
            raise InstrumentError(
                f"a simulation of the instruments ends after {_SIMULATED_NS:.0e} ns, but the"
                " programme has more: lower limits.settings in the setup"
            )
        setup = self.programme.setup
        if self._simulator is None:
            with _quiet():
                self._simulator = OutputSimulator(
                    self._compiled, max_simulation_length=seconds_from_ns(_SIMULATED_NS)
                )
        line = setup.lines[channel]
        physical = _signals(self._session.device_setup)[line.signal].physical_channel
        start, length = (seconds_from_ns(time) for time in (start_ns, length_ns))
        with _quiet():
            found = self._simulator.get_snippet(physical, start, length, get_wave=True)
        wave = np.asarray(found.wave, dtype=complex)[: round(length_ns * line.rate_GHz)]
        return wave if channel in MODULATED else wave.real.astype(complex)

    def outcomes(self) -> Sequence[IntArray]:
        """Play it, and return the outcomes of every part, (shots, readouts)."""
        with _quiet():
            results = self._session.run(self._compiled).acquired_results
        return [self._read(results, place) for place in range(len(self.programme.parts))]

    def _read(self, results: Any, place: int) -> IntArray:
        part, shots = self.programme.parts[place], self.programme.shots
        names = (_HERALD, _READ)[2 - part.readouts :]
        columns = []
        for name in names:
            found = np.asarray(results[f"{name}_{place}"].data).reshape(shots).real
            columns.append(np.round(found).astype(np.int64))
        return np.stack(columns, axis=1)


class _Experiment:
    """Writes the experiment of a programme."""

    def __init__(self, programme: Programme, signals: dict[str, Any]) -> None:
        self.programme, self.setup = programme, programme.setup
        lines = {channel: line.signal for channel, line in self.setup.lines.items()}
        readout = self.setup.readout
        self.names = {**lines, _MEASURE: readout.measure, _ACQUIRE: readout.acquire}
        self.signals = signals
        self._pulses: dict[tuple[str, bytes], Any] = {}
        self._rounds = max(part.rounds for part in programme.parts)

    def write(self) -> Any:
        """Return the experiment."""
        experiment = q.Experiment(
            uid="cqed_battery",
            signals=[q.ExperimentSignal(name) for name in map(_plain, self.names)],
        )
        for channel, signal in self.names.items():
            if signal not in self.signals:
                raise InstrumentError(
                    f"the descriptor has no signal {signal}, which {channel} names"
                )
            experiment.map_signal(_plain(channel), self.signals[signal])
        with experiment.acquire_loop_rt(
            uid="shots",
            count=self.programme.shots,
            averaging_mode=q.AveragingMode.SINGLE_SHOT,
            acquisition_type=q.AcquisitionType.DISCRIMINATION,
        ):
            before = None
            for place, part in enumerate(self.programme.parts):
                for number, block in enumerate(part.blocks):
                    name = f"p{place}_{number}"
                    length = seconds_from_ns(block.length_ns)
                    with experiment.section(uid=name, length=length, play_after=before):
                        self._block(experiment, part, block, place, name)
                    before = name
        return experiment

    def _block(self, experiment: Any, part: Part, block: Block, place: int, name: str) -> None:
        if block.kind == "body":
            self._body(experiment, part)
        elif block.kind in ("readout", "herald"):
            kind = _READ if block.kind == "readout" else _HERALD
            self._readout(experiment, f"{kind}_{place}")
        elif block.kind == "round":
            self._round(experiment, name)
        for signal in map(_plain, self.names):
            experiment.reserve(signal)

    def _body(self, experiment: Any, part: Part) -> None:
        for channel, values in part.samples.items():
            experiment.play(_plain(channel), self._pulse(channel, values))

    def _round(self, experiment: Any, name: str) -> None:
        """Write one round: measure, and flip where 1 was read.

        Where a simulation is to show what 1 brings, the branches are exchanged.
        """
        with experiment.section(uid=f"{name}_look"):
            self._measure(experiment, _RECORD)
        first = self.programme.first_outcome
        # A simulation takes the entry of 0: where that of 1 is to be seen, they are exchanged.
        with experiment.match(
            handle=_RECORD, local=True, uid=f"{name}_match", play_after=f"{name}_look"
        ):
            for case in _CASES:
                with experiment.case(case, uid=f"{name}_{case}"):
                    if case != first:
                        for channel, values in self.programme.flip.items():
                            experiment.play(_plain(channel), self._pulse(channel, values))

    def _readout(self, experiment: Any, handle: str) -> None:
        delay, ring_up, _ = _readout_parts(self.programme)
        for signal, wait in ((_MEASURE, delay), (_ACQUIRE, delay + ring_up)):
            if wait:
                experiment.delay(signal, seconds_from_ns(wait))
        self._measure(experiment, handle)

    def _measure(self, experiment: Any, handle: str) -> None:
        """Write one readout: its probe is the same in every one, as the generator holds one."""
        probe, kernel = self._probes()
        experiment.play(_MEASURE, probe)
        experiment.acquire(_ACQUIRE, handle=handle, kernel=kernel)

    def _probes(self) -> tuple[Any, Any]:
        if ("probe", b"") not in self._pulses:
            _, ring_up, recorded = _readout_parts(self.programme)
            lasting, line = integrated_ns(self.programme), self.setup.readout
            probe = ring_up + (lasting if self._rounds else recorded)
            for name, length, amplitude in (
                ("probe", probe, line.amplitude),
                ("kernel", lasting, 1.0),
            ):
                self._pulses[name, b""] = q.pulse_library.const(
                    uid=name, length=seconds_from_ns(length), amplitude=amplitude
                )
        return self._pulses["probe", b""], self._pulses["kernel", b""]

    def _pulse(self, channel: str, values: ComplexArray) -> Any:
        """Return the pulse of sampled amplitudes; equal ones share it, and so the memory."""
        key = channel, values.tobytes()
        if key not in self._pulses:
            uid = f"{_plain(channel)}_{len(self._pulses)}"
            played = values if channel in MODULATED else values.real
            self._pulses[key] = q.pulse_library.sampled_pulse(played, uid=uid)
        return self._pulses[key]


def integrated_ns(programme: Programme) -> float:
    """Return how long a readout's signal is integrated, in ns.

    Args:
        programme: whose setup may say so; else the whole of what the file records.
    """
    recorded = _readout_parts(programme)[-1]
    return min(recorded, programme.setup.readout.integration_ns or recorded)


def _readout_parts(programme: Programme) -> tuple[float, float, float]:
    return readout_of(programme.experiment).parts_ns(programme.experiment)


def _signals(devices: Any) -> dict[str, Any]:
    """Return every logical signal of a setup by "group/name"."""
    return {
        f"{group}/{name}": signal
        for group, held in devices.logical_signal_groups.items()
        for name, signal in held.logical_signals.items()
    }


def _calibrate(signals: dict[str, Any], setup: Setup, carrier_GHz: float) -> None:
    """Set oscillators, ranges, delays and the threshold of the signals that the setup names."""
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
            uid=f"{_plain(channel)}_oscillator",
            frequency=hz_from_ghz(offset),
            modulation_type=q.ModulationType.HARDWARE,
        ),
        local_oscillator=q.Oscillator(
            uid=f"{_plain(channel)}_lo", frequency=hz_from_ghz(line.lo_GHz or 0.0)
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
            uid=f"{_plain(name)}_oscillator",
            frequency=hz_from_ghz(readout.frequency_GHz - readout.lo_GHz),
            modulation_type=q.ModulationType.SOFTWARE,
        ),
        local_oscillator=q.Oscillator(uid="readout_lo", frequency=hz_from_ghz(readout.lo_GHz)),
        range=readout.power_dBm,
        port_delay=seconds_from_ns(readout.delay_ns if acquires else 0.0),
        **more,
    )


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _sentence(error: Exception) -> str:
    """Return what the compiler's refusal means, in a sentence."""
    said, whole = _first_line(error), str(error)
    if "ResourceLimitation" in whole or "not fitting" in whole:
        return (
            "LabOne Q finds the programme too large for the instruments' memory: lower"
            " limits.memory_samples or limits.settings in the setup"
        )
    if "does not fit into the requested" in whole:
        return (
            f"LabOne Q cannot play a block in its time ({said}): raise reset.latency_ns, or lower"
            " readout.integration_ns in the setup"
        )
    return f"LabOne Q cannot compile the programme: {said}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep LabOne Q's own lines away from what a verb prints."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        yield
