"""A session of LabOne Q: it compiles programmes, simulates what they play, and runs them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
from laboneq import simple as q
from laboneq.simulator.output_simulator import OutputSimulator

from cqed_battery.operators import ComplexArray, IntArray
from cqed_battery.units import seconds_from_ns
from protocols.instruments.labone_q.experiment import HERALD, READ, experiment_of
from protocols.instruments.labone_q.signals import calibrate, signals_of
from protocols.instruments.programme import Programme
from protocols.instruments.setup import InstrumentError, Setup
from protocols.instruments.writer import Compiled, Writer
from protocols.sequence.samples import MODULATED

_SIMULATED_NS = 1e7  # the OutputSimulator stops at 10 ms


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
        experiment = experiment_of(programme, signals_of(session.device_setup))
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
                calibrate(signals_of(devices), setup, carrier_GHz)
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
        physical = signals_of(self._session.device_setup)[line.signal].physical_channel
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
        names = (HERALD, READ)[2 - part.readouts :]
        columns = []
        for name in names:
            found = np.asarray(results[f"{name}_{place}"].data).reshape(shots).real
            columns.append(np.round(found).astype(np.int64))
        return np.stack(columns, axis=1)


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
