"""Extraction: the pulse that takes the ergotropy out of the battery, and the energy again.

After charging, the coupling is switched off and a rotation turns the battery's Bloch vector r onto
-z, the state of least energy that any unitary reaches. The work is the energy before less that
after; before means after a wait as long as the pulse. A rotation by `angle` about an axis of the
equator with `phase` makes the last reading one of the axis

    n = (sin(angle) sin(phase), sin(angle) cos(phase), cos(angle)),   W = (z - n r)/2 hbar w_q,

which is the ergotropy where n = -r/|r|.

Source: Allahverdyan, Balian and Nieuwenhuizen, Europhys. Lett. 67, 565 (2004).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.waveforms import Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.faults.drive_line import IDEAL, Line
from protocols.sequence.step import Step
from protocols.stages.charging import arms
from protocols.stages.effects import axis_effects, direction_effect
from protocols.stages.tomography import arriving_sequence, pulse_steps

READINGS = ("before", "after")
"""When the energy is measured: after a wait, and after the extraction pulse."""

_PULSES = (
    "catalysed_angle_rad",
    "catalysed_phase_rad",
    "control_angle_rad",
    "control_phase_rad",
)
_NO_TURN = 1e-6  # rad: a pulse that turns less is none


@dataclass(frozen=True)
class ExtractionPulse:
    """A rotation by an angle in rad, from 0 to pi, and the phase of its axis in rad."""

    angle: float
    phase: float

    @property
    def direction(self) -> FloatArray:
        """The axis whose component is read after the pulse, (3,)."""
        across = np.sin(self.angle)
        return np.array(
            [across * np.sin(self.phase), across * np.cos(self.phase), np.cos(self.angle)]
        )

    @classmethod
    def optimal(cls, bloch: FloatArray) -> "ExtractionPulse":
        """Return the pulse that takes the most out of a state: it turns the vector onto -z.

        Args:
            bloch: the Bloch vector, (3,); any length but 0, of which the pulse is none.
        """
        length = float(np.linalg.norm(bloch))
        if not length:
            return cls(0.0, 0.0)
        x, y, z = (-bloch / length).tolist()
        return cls(float(np.arccos(np.clip(z, -1.0, 1.0))), float(np.arctan2(x, y)))


def extraction_places(experiment: Experiment) -> list[int]:
    """Return after which charging times there is an extraction, (K,); none where it is not made.

    Args:
        experiment: the experiment file's content.
    """
    if not experiment.extraction.measured:
        return []
    return experiment.extraction.places(experiment.charging.grid_ns())


def is_named(experiment: Experiment) -> bool:
    """Say whether the pulses of every arm are known, or none is needed.

    Args:
        experiment: the experiment file's content.
    """
    extraction = experiment.extraction
    known = (extraction.pulses(arm)[0] is not None for arm in arms(experiment))
    return not extraction.measured or all(known)


def extraction_pulses(experiment: Experiment, arm: str) -> list[ExtractionPulse]:
    """Return an arm's pulses, (K,), one for each extraction time; none where they are not named.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    angles, phases = experiment.extraction.pulses(arm)
    if not experiment.extraction.measured or angles is None or phases is None:
        return []
    return [ExtractionPulse(*both) for both in zip(angles, phases, strict=True)]


def directions(experiment: Experiment, arm: str) -> FloatArray:
    """Return the axes n that are read after an arm's pulses, (K, 3).

    Args:
        experiment: the experiment file's content, its pulses named.
        arm: "catalysed" or "control".
    """
    found = [pulse.direction for pulse in extraction_pulses(experiment, arm)]
    return np.array(found).reshape(-1, len("xyz"))


def with_pulses(experiment: Experiment, bloch: Mapping[str, FloatArray]) -> Experiment:
    """Return the experiment with the pulses that are optimal for states; named ones stay.

    Args:
        experiment: the experiment file's content.
        bloch: Bloch vectors of each arm at the charging times, (T, 3).
    """
    changes: dict[str, object] = {}
    for arm in arms(experiment):
        if experiment.extraction.pulses(arm)[0] is None:
            vectors = bloch[arm][extraction_places(experiment)]
            pulses = [ExtractionPulse.optimal(vector) for vector in vectors]
            changes[f"extraction.{arm}_angle_rad"] = tuple(pulse.angle for pulse in pulses)
            changes[f"extraction.{arm}_phase_rad"] = tuple(pulse.phase for pulse in pulses)
    return experiment.replace(changes)


def with_pulses_of(experiment: Experiment, other: Experiment) -> Experiment:
    """Return the experiment with the pulses that another one names, none where it names none.

    Args:
        experiment: the experiment file's content.
        other: with as many extraction times.
    """
    return experiment.replace(
        {f"extraction.{key}": getattr(other.extraction, key) for key in _PULSES}
    )


def without_pulses(experiment: Experiment) -> Experiment:
    """Return the experiment whose pulses are named anew.

    Args:
        experiment: the experiment file's content.
    """
    return experiment.replace({f"extraction.{key}": None for key in _PULSES})


def extraction_steps(
    experiment: Experiment, arm: str, pulse: ExtractionPulse | None, line: Line = IDEAL
) -> tuple[Step, ...]:
    """Return the steps between charging and readout: closing ramp, then the pulse or a wait.

    Args:
        experiment: the file.
        arm: "catalysed" or "control".
        pulse: that takes the ergotropy out; None, or one that turns nothing: a wait.
        line: the drive line that the pulse is tuned for.
    """
    if pulse is None or pulse.angle < _NO_TURN:
        return pulse_steps(experiment, arm, None, line)
    return pulse_steps(experiment, arm, ("extraction pulse", pulse.angle, pulse.phase), line)


def extraction_waveform(
    experiment: Experiment, arm: str, number: int, line: Line = IDEAL, ringing: complex = 0.0
) -> Waveform:
    """Return what arrives at the device between charging and the reading after the pulse.

    Args:
        experiment: the file, its pulses named.
        arm: "catalysed" or "control".
        number: of the extraction time, from 0.
        line: the drive line that the pulse passes.
        ringing: what the line still holds of the charging drive, in rad/ns.
    """
    pulse = extraction_pulses(experiment, arm)[number]
    steps = extraction_steps(experiment, arm, pulse, line)
    return arriving_sequence(experiment, steps, line, ringing)


def last_effect(
    experiment: Experiment, arm: str, number: int, levels: int, fock_levels: int
) -> FloatArray:
    """Return the operator of reading 1 after the waveform, a real vector (D^2,).

    Where pulses are ideal it is that of the axis which the pulse turns onto z.

    Args:
        experiment: the file, its pulses named.
        arm: "catalysed" or "control".
        number: of the extraction time, from 0.
        levels: of the transmon.
        fock_levels: of the resonator, D = levels x fock_levels.
    """
    if experiment.tomography.pulse == "none":
        direction = extraction_pulses(experiment, arm)[number].direction
        return direction_effect(experiment, levels, fock_levels, direction)
    return dict(axis_effects(experiment, levels, fock_levels))["z"]


def extraction_effects(
    experiment: Experiment,
    liouvillian: Liouvillian,
    arm: str,
    line: Line = IDEAL,
    ringing: ComplexArray | None = None,
) -> FloatArray:
    """Return the operators of reading 1 after each pulse, at the end of charging, (K, D^2).

    Args:
        experiment: the file, its pulses named.
        liouvillian: the equation of motion.
        arm: "catalysed" or "control".
        line: the drive line that the pulses pass.
        ringing: what the line still holds of the charging drive at each time, in rad/ns, (K,).
    """
    terms, found = liouvillian.generator, []
    sizes = terms.levels, terms.fock_levels
    for number in range(len(extraction_pulses(experiment, arm))):
        held = 0.0 if ringing is None else complex(ringing[number])
        waveform = extraction_waveform(experiment, arm, number, line, held)
        last = last_effect(experiment, arm, number, *sizes)
        found.append(backward(liouvillian, last, waveform))
    return np.array(found).reshape(-1, (sizes[0] * sizes[1]) ** 2)


def extracted_work(experiment: Experiment, arm: str, bloch: FloatArray) -> FloatArray:
    """Return W = (z - n r)/2 of ideal pulses, (K, ...), in hbar w_q.

    Args:
        experiment: the file, its pulses named.
        arm: "catalysed" or "control".
        bloch: Bloch vectors at the charging times, or their derivatives, (T, 3, ...).
    """
    up = np.array([0.0, 0.0, 1.0])
    chosen = bloch[extraction_places(experiment)]
    return np.asarray(np.einsum("ki,ki...->k...", up - directions(experiment, arm), chosen) / 2)
