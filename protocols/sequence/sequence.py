"""A whole repetition of one setting: reset, charging, what follows, readout, idle time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import pi
from typing import Any

import numpy as np

from cqed_battery.dynamics.waveforms import flat
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_ghz, ns_from_us
from protocols.faults.drive_line import IDEAL, Line
from protocols.readout import readout_of
from protocols.reset import reset_of
from protocols.resonator import PULSES, measurement_of
from protocols.sequence.channels import Played, played
from protocols.sequence.rotations import rotation_step
from protocols.sequence.step import Step
from protocols.sequence.timing import timing_notes
from protocols.settings.axis import setting_at, settings_of
from protocols.settings.rows import Setting
from protocols.settings.settings import Settings
from protocols.stages.bias import idle_bias
from protocols.stages.charging import charging_step
from protocols.stages.extraction import (
    READINGS,
    ExtractionPulse,
    extraction_pulses,
    extraction_steps,
)
from protocols.stages.qutrit import qutrit_steps
from protocols.stages.tomography import readout_steps

_PROBE = {"readout": 1.0}
_RECORDED = _PROBE | {"acquisition": 1.0}


@dataclass(frozen=True)
class Sequence:
    """One repetition of a setting; times count from the beginning of the charging, in ns.

    Args:
        experiment: the file that it was made from.
        setting: which of its settings.
        steps: in their order.
        before: how many of them precede the charging.
        after: how many of them are the readout and the wait that follows it.
    """

    experiment: Experiment
    setting: Setting
    steps: tuple[Step, ...]
    before: int
    after: int = 0

    @property
    def starts_ns(self) -> FloatArray:
        """When each step begins, (N,); those before the charging are below 0."""
        ends = np.cumsum([0.0, *(step.duration for step in self.steps)])
        return np.asarray(ends[:-1] - ends[self.before])

    @property
    def duration_ns(self) -> float:
        """How long the repetition lasts."""
        return sum(step.duration for step in self.steps)

    @property
    def measured(self) -> tuple[Step, ...]:
        """The steps between reset and readout."""
        return self.steps[self.before : len(self.steps) - self.after]

    @property
    def measured_ns(self) -> float:
        """How long they last, in ns: when the readout begins."""
        return sum(step.duration for step in self.measured)

    @property
    def charged_as(self) -> Experiment:
        """The experiment as this setting charges: its own drive where drives are swept."""
        return _charged_as(self.experiment, self.setting)

    def played(self) -> Iterator[tuple[Step, list[Played]]]:
        """Yield each step with what its channels play."""
        for step, start in zip(self.steps, self.starts_ns.tolist(), strict=True):
            yield step, list(played(step, start))

    def notes(self) -> list[str]:
        """Return what is played other than the file asks for, and what cannot be played."""
        found = timing_notes(self.experiment)
        if self.experiment.tomography.pulse == "none":
            found.append(
                'rotations are ideal (tomography.pulse = "none"): they take no time, and no channel'
                " plays them"
            )
        prepared = self.experiment.reset.initial_excitation
        if prepared is not None:
            found.append(
                f"the transmon starts with {prepared:g} of level 1 (reset.initial_excitation);"
                " what prepares it is not played"
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the setting, the clock, and the steps with their samples.

        Units are those of `protocols.sequence.channels.CHANNELS`.
        """
        setting, drive = self.setting, self.experiment.drive
        named: dict[str, Any] = {"stage": setting.stage, "name": setting.name, "arm": setting.arm}
        axis = self.experiment.axis
        if axis.dim != "time" and setting.stage == "tomography":
            named[axis.column] = setting.value
        return {
            "setting": {**named, "time_ns": setting.time_ns},
            "clock_GHz": drive.clock_GHz,
            "duration_ns": self.duration_ns,
            "notes": self.notes(),
            "steps": [
                {
                    "name": step.name,
                    "start_ns": start,
                    "duration_ns": step.duration,
                    "swept": step.swept,
                    "channels": {each.channel: each.to_dict() for each in channels},
                }
                for (step, channels), start in zip(
                    self.played(), self.starts_ns.tolist(), strict=True
                )
            ],
        }


def sequence_of(experiment: Experiment, setting: Setting, line: Line = IDEAL) -> Sequence:
    """Return the steps of one repetition of a setting.

    Args:
        experiment: the experiment file's content, its transmon levels a number.
        setting: of its table (`protocols.settings.settings.Settings.rows`).
        line: the drive line that the pulses are tuned for.
    """
    before = _reset_steps(experiment)
    middle = _measured_steps(experiment, setting, line)
    after = (
        *_readout_steps(experiment, "readout"),
        rest_step(experiment, "idle", ns_from_us(experiment.laboratory.idle_us)),
    )
    steps = (*before, *middle, *after)
    lasting = tuple(step for step in steps if step.duration > 0)
    kept, rest = (sum(step.duration > 0 for step in part) for part in (before, after))
    return Sequence(experiment, setting, lasting, kept, rest)


def _charged_as(experiment: Experiment, setting: Setting) -> Experiment:
    """Return the experiment as a setting charges."""
    if setting.stage == "vacuum":
        return settings_of(experiment)[-1]
    if setting.stage == "calibration":
        return experiment
    return setting_at(experiment, setting.value, setting.time_ns)


def _measured_steps(experiment: Experiment, setting: Setting, line: Line) -> tuple[Step, ...]:
    """Return what lies between reset and readout."""
    if setting.stage == "calibration":
        if Settings(experiment).heralded:
            return _readout_steps(experiment, f"heralding readout of {setting.name}")
        return flip_steps(experiment, line) if setting.name == "1" else ()
    last = float(experiment.charging_times_ns[-1])
    pulse = _pulse(experiment, setting) if setting.stage == "extraction" else None
    experiment, arm = _charged_as(experiment, setting), setting.arm or "catalysed"
    if setting.stage != "vacuum":
        charging = charging_step(experiment, arm, setting.time_ns)
        if setting.stage == "extraction":
            return charging, *extraction_steps(experiment, arm, pulse, line)
        if setting.stage == "qutrit":
            return charging, *qutrit_steps(experiment, arm, setting.name, line)
        return charging, *readout_steps(experiment, arm, setting.name, line)
    after = measurement_of(experiment).steps(
        experiment, PULSES.index(setting.name), setting.time_ns, line
    )
    charging = charging_step(experiment, "catalysed", last)
    return replace(charging, swept=False), *after


def _pulse(experiment: Experiment, setting: Setting) -> ExtractionPulse | None:
    """Return the pulse before the reading of a setting of the extraction, None where it waits."""
    if setting.name != READINGS[-1]:
        return None
    settings = Settings(experiment)
    at = settings.times[settings.extraction_places]
    number = int(np.abs(at - setting.time_ns).argmin())
    return extraction_pulses(experiment, setting.arm or "catalysed")[number]


def _reset_steps(experiment: Experiment) -> tuple[Step, ...]:
    """Return the reset of the transmon, and how much longer the resonator empties."""
    method = reset_of(experiment)
    steps: list[Step] = []
    for number, part in enumerate(method.sequence(experiment), start=1):
        flips = f"reset, round {number}", _RECORDED
        name, probe = flips if part.flips else ("reset, wait", None)
        steps.append(rest_step(experiment, name, part.wait_ns, probe))
    longer = method.duration_ns(experiment) - sum(step.duration for step in steps)
    return *steps, rest_step(experiment, "resonator empties", max(longer, 0.0))


def flip_steps(experiment: Experiment, line: Line = IDEAL) -> tuple[Step, ...]:
    """Return the pi pulse that prepares level 1; an ideal one takes no time.

    Args:
        experiment: the experiment file's content.
        line: the drive line that the pulse is tuned for.
    """
    if experiment.tomography.pulse == "none":
        return ()
    return (rotation_step(experiment, "pi pulse", pi, 0.0, line),)


def _readout_steps(experiment: Experiment, name: str) -> tuple[Step, ...]:
    """Return delay, ring-up and recorded readout; those that the file has not last 0 ns."""
    delay, ring_up, recorded = readout_of(experiment).parts_ns(experiment)
    return (
        rest_step(experiment, f"{name}, delay", delay),
        rest_step(experiment, f"{name}, ring-up", ring_up, _PROBE),
        rest_step(experiment, name, recorded, _RECORDED),
    )


def rest_step(
    experiment: Experiment, name: str, length: float, beside: dict[str, float] | None = None
) -> Step:
    """Return a step with the drives off and the coupling off.

    Args:
        experiment: the experiment file's content.
        name: of the step.
        length: in ns.
        beside: what other channels hold meanwhile, by channel.
    """
    frame = angular_from_ghz(experiment.drive.frequency_GHz)
    closed = flat(length, idle_bias(experiment))
    return Step(name=name, controls=closed, carrier=frame, frame=frame, beside=beside or {})
