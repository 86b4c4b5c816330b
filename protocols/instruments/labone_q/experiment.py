"""A programme as an experiment of LabOne Q: sections of one real-time loop over shots."""

from typing import Any

from laboneq import simple as q

from cqed_battery.operators import ComplexArray
from cqed_battery.units import seconds_from_ns
from protocols.instruments.labone_q.signals import plain
from protocols.instruments.programme import Block, Part, Programme
from protocols.instruments.setup import InstrumentError
from protocols.readout import readout_of
from protocols.sequence.samples import MODULATED

READ, HERALD = "read", "herald"
"""Handles of a part's readouts, before its place in the programme."""

_RECORD = "reset"
_MEASURE, _ACQUIRE = "measure", "acquire"
_CASES = (0, 1)


def experiment_of(programme: Programme, signals: dict[str, Any]) -> Any:
    """Return the experiment of a programme.

    Args:
        programme: settings on the instruments' grid.
        signals: of the setup, by "group/name".

    Raises:
        InstrumentError: the descriptor lacks a signal that the setup names.
    """
    return _Experiment(programme, signals).write()


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
            signals=[q.ExperimentSignal(name) for name in map(plain, self.names)],
        )
        for channel, signal in self.names.items():
            if signal not in self.signals:
                raise InstrumentError(
                    f"the descriptor has no signal {signal}, which {channel} names"
                )
            experiment.map_signal(plain(channel), self.signals[signal])
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
            kind = READ if block.kind == "readout" else HERALD
            self._readout(experiment, f"{kind}_{place}")
        elif block.kind == "round":
            self._round(experiment, name)
        for signal in map(plain, self.names):
            experiment.reserve(signal)

    def _body(self, experiment: Any, part: Part) -> None:
        for channel, values in part.samples.items():
            experiment.play(plain(channel), self._pulse(channel, values))

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
                            experiment.play(plain(channel), self._pulse(channel, values))

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
            uid = f"{plain(channel)}_{len(self._pulses)}"
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
