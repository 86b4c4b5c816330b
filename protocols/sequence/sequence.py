"""A whole repetition of one setting: reset, charging, what follows, readout, idle time."""

from collections.abc import Iterator
from collections.abc import Sequence as Listed
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cqed_battery.dynamics.waveforms import Controls, flat
from cqed_battery.errors import CqedBatteryError, join_words, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import COMPONENTS
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_ghz, angular_from_mhz, ns_from_us
from protocols.charging import charging_step
from protocols.readout import readout_ns
from protocols.reset import reset_of
from protocols.resonator import PULSES, measurement_of
from protocols.sequence.channels import Played, played
from protocols.sequence.step import Step
from protocols.sequence.timing import timing_notes
from protocols.settings import Setting, Settings
from protocols.tomography import readout_steps

_PROBE = {"readout": 1.0, "acquisition": 1.0}


@dataclass(frozen=True)
class Sequence:
    """One repetition of a setting; times count from the beginning of the charging, in ns.

    Args:
        experiment: the file that it was made from.
        setting: which of its settings.
        steps: in their order.
        before: how many of them precede the charging.
    """

    experiment: Experiment
    setting: Setting
    steps: tuple[Step, ...]
    before: int

    @property
    def starts_ns(self) -> FloatArray:
        """When each step begins, (N,); those before the charging are below 0."""
        ends = np.cumsum([0.0, *(step.duration for step in self.steps)])
        return np.asarray(ends[:-1] - ends[self.before])

    @property
    def duration_ns(self) -> float:
        """How long the repetition lasts."""
        return sum(step.duration for step in self.steps)

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
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the setting, the clock, and the steps with their samples.

        Units are those of `protocols.sequence.channels.CHANNELS`.
        """
        setting, drive = self.setting, self.experiment.drive
        named = {"stage": setting.stage, "name": setting.name, "arm": setting.arm}
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


def sequence_of(experiment: Experiment, setting: Setting) -> Sequence:
    """Return the steps of one repetition of a setting.

    Args:
        experiment: the experiment file's content, its transmon levels a number.
        setting: of its table (`protocols.settings.Settings.rows`).
    """
    before = _reset_steps(experiment)
    middle = _measured_steps(experiment, setting)
    after = (
        _rest(experiment, "readout", readout_ns(experiment), _PROBE),
        _rest(experiment, "idle", ns_from_us(experiment.laboratory.idle_us)),
    )
    steps = (*before, *middle, *after)
    lasting = tuple(step for step in steps if step.duration > 0)
    kept = sum(step.duration > 0 for step in before)
    return Sequence(experiment, setting, lasting, kept)


def chosen_setting(
    experiment: Experiment,
    arm: str = "catalysed",
    axis: str = "x",
    time_ns: float | None = None,
    pulse: str | None = None,
) -> Setting:
    """Return a setting of tomography, or of the vacuum measurement where a pulse is named.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
        axis: "x", "y" or "z".
        time_ns: charging or exchange time; the longest by default. Stored as it is played.
        pulse: "none" or "pi" (`PULSES`): which trace of the vacuum measurement.

    Raises:
        CqedBatteryError: there is no such setting.
    """
    table = Settings(experiment)
    times = table.times if pulse is None else table.exchange_times
    if pulse is not None:
        if not times.size:
            raise CqedBatteryError(
                '`pulse` names a trace of the vacuum measurement, but vacuum.method is "none":'
                " leave it out"
            )
        _one_of("pulse", pulse, PULSES)
    else:
        _one_of("arm", arm, table.arms)
        _one_of("axis", axis, COMPONENTS)
    longest = float(times[-1])
    asked = longest if time_ns is None else float(time_ns)
    if not 0 <= asked <= longest:
        raise CqedBatteryError(
            f"`time_ns` must be a time from 0 to {longest:g} ns, the longest, but is {asked:g}"
        )
    time = float(experiment.drive.played_ns(np.array(asked)))
    if pulse is not None:
        return Setting("vacuum", (), pulse, time)
    return Setting("tomography", (), axis, time, arm)


def _one_of(name: str, value: str, known: Listed[str]) -> None:
    if value not in known:
        words = join_words([show_value(word) for word in known], "or")
        raise CqedBatteryError(f"`{name}` must be {words}, but is {show_value(value)}")


def _measured_steps(experiment: Experiment, setting: Setting) -> tuple[Step, ...]:
    """Return what lies between reset and readout."""
    if setting.stage == "calibration":
        # A prepared level is heralded by a readout of its own.
        herald = f"heralding readout of {setting.name}"
        return (_rest(experiment, herald, readout_ns(experiment), _PROBE),)
    if setting.stage == "tomography":
        arm = setting.arm or "catalysed"
        charging = charging_step(experiment, arm, setting.time_ns)
        return charging, *readout_steps(experiment, arm, setting.name)
    last = float(experiment.charging_times_ns[-1])
    after = measurement_of(experiment).steps(
        experiment, PULSES.index(setting.name), setting.time_ns
    )
    charging = charging_step(experiment, "catalysed", last)
    return replace(charging, swept=False), *after


def _reset_steps(experiment: Experiment) -> tuple[Step, ...]:
    """Return the reset of the transmon, and how much longer the resonator empties."""
    method = reset_of(experiment)
    steps: list[Step] = []
    for number, part in enumerate(method.sequence(experiment), start=1):
        flips = f"reset, round {number}", _PROBE
        name, probe = flips if part.flips else ("reset, wait", None)
        steps.append(_rest(experiment, name, part.wait_ns, probe))
    longer = method.duration_ns(experiment) - sum(step.duration for step in steps)
    return *steps, _rest(experiment, "resonator empties", max(longer, 0.0))


def _rest(
    experiment: Experiment, name: str, length: float, beside: dict[str, float] | None = None
) -> Step:
    """Return a step with the drive off and the coupler closed, of a length in ns."""
    frame = angular_from_ghz(experiment.drive.frequency_GHz)
    closed = flat(length, Controls(angular_from_mhz(experiment.coupler.g_off_MHz)))
    return Step(name=name, controls=closed, carrier=frame, frame=frame, beside=beside or {})
