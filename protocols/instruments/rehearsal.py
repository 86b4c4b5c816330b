"""A rehearsal: compiled programmes, read back, on the emulated chip with the file's faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cqed_battery.compute.threads import one_thread
from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian, backward, forward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.dynamics.waveforms import Segment, Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.emulation.sampling import sampled_levels, setting_seed
from protocols.faults.drive_line import IDEAL, Line
from protocols.faults.simulated import simulate
from protocols.instruments.layout import Layout, flip_sequence
from protocols.instruments.programme import Part
from protocols.instruments.replay import Replay
from protocols.prediction.predict import Prediction, predict
from protocols.readout import assignment_errors
from protocols.reset import remaining_photons
from protocols.reset.active import expected_reset_levels
from protocols.resonator import measurement_of
from protocols.resonator.exchange import readout_vector
from protocols.sequence.samples import MODULATED, Samples
from protocols.sequence.sequence import sequence_of
from protocols.sequence.step import arriving
from protocols.stages.charging import initial_state


@dataclass(frozen=True)
class Rehearsal:
    """What is played on the emulated chip.

    Args:
        layout: of the settings.
        played: samples by row and channel (`read_back`).
        flip: what the drive plays in a round of the reset after 1 was read, in MHz; None where
            nothing is flipped.
    """

    layout: Layout
    played: Mapping[int, Mapping[str, Samples]]
    flip: Samples | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment file's content."""
        return self.layout.experiment

    @cached_property
    def left(self) -> tuple[float, float]:
        """Populations of levels 1 and 2 that the reset leaves, with the flips that are played."""
        one, two = sampled_levels(self.experiment)
        if self.flip is None:
            return one, two
        as_played, tuned = (
            expected_reset_levels(self.experiment, flipped=share)[-1]
            for share in (self.flipped, 1.0)
        )
        change = as_played - tuned
        return one + float(change[1]), two + float(change[2])

    @cached_property
    def flipped(self) -> float:
        """How often the flip that is played does what the sequence's would, from 0 to 1."""
        if self.flip is None:
            return 1.0
        tuned = flip_sequence(self.experiment, self.layout.rows[0])
        played = Replay(tuned, {**self._resting(), "drive": self.flip}).waveform(tuned, IDEAL)
        period = 1 / self.experiment.drive.clock_GHz
        reached = [
            self._from_level_1(each) for each in (played, arriving(tuned.measured, IDEAL, period))
        ]
        return float(np.clip(1 - (reached[0] - reached[1]), 0.0, 1.0))

    def _resting(self) -> dict[str, Samples]:
        """Return samples of the lines that rest during a flip."""
        found = {}
        for channel, line in self.layout.setup.lines.items():
            if channel not in MODULATED:
                values = line.values(np.zeros(4096, dtype=complex))
                found[channel] = Samples(channel, line.rate_GHz, 0.0, values)
        return found

    def _from_level_1(self, waveform: Waveform) -> float:
        """Return P(1) after a waveform that begins in level 1, with an empty resonator."""
        liouvillian = Liouvillian(rotating_frame(self.experiment.device, 2))
        start = to_real(initial_state(liouvillian.generator.levels, 2, 1.0, 0.0))
        effect = readout_vector(self.experiment, liouvillian.generator.levels, 2)
        return float(effect @ forward(liouvillian, start, waveform))

    @one_thread()
    def predict(
        self,
        experiment: Experiment,
        residual_excitation: float | None = None,
        residual_leakage: float | None = None,
        *,
        actual: Device | None = None,
        line: Line = IDEAL,
    ) -> Prediction:
        """Return `predict`'s, its probabilities those of what is played.

        Args:
            experiment: the file's, its levels chosen.
            residual_excitation: of level 1 before charging.
            residual_leakage: of level 2 before charging.
            actual: the device whose equation of motion is solved.
            line: the drive line.
        """
        found = predict(experiment, residual_excitation, residual_leakage, actual=actual, line=line)
        settings, values = self.layout.settings, np.zeros(self.layout.settings.size)
        for arm in settings.arms:
            rows = [row for row in self.played if (self._arm(row) == arm)]
            values[rows] = self._probabilities(found, rows)
        changed = {}
        for number, (name, arm_found) in enumerate(found.arms.items()):
            charged = settings.arm_part(values, name)
            extraction, qutrit = arm_found.extraction.copy(), arm_found.qutrit.copy()
            if settings.extraction_places:
                extraction[settings.extraction_places] = settings.extraction_part(values)[number]
            if settings.qutrit_places:
                qutrit[settings.qutrit_places] = settings.qutrit_part(values)[number]
            changed[name] = replace(
                arm_found, probability=charged, extraction=extraction, qutrit=qutrit
            )
        vacuum = found.vacuum_probability
        if vacuum is not None and measurement_of(experiment).evolves:
            vacuum = settings.vacuum_part(values)
        return replace(found, arms=changed, vacuum_probability=vacuum)

    def _arm(self, row: int) -> str | None:
        setting = self.layout.rows[row]
        if setting.stage == "vacuum":
            return "catalysed" if measurement_of(self.experiment).evolves else None
        return setting.arm

    def _probabilities(self, found: Prediction, rows: Sequence[int]) -> FloatArray:
        """Return P(1) of rows before assignment errors, (N,)."""
        experiment, generator = found.experiment, found.liouvillian.generator
        waveforms = [self._waveform(experiment, row, found.line) for row in rows]
        left = found.residual_excitation, found.residual_leakage
        start = initial_state(
            generator.levels,
            generator.fock_levels,
            left[0],
            remaining_photons(experiment),
            left[1],
        )
        effect = readout_vector(experiment, generator.levels, generator.fock_levels)
        read = read_out(found.liouvillian, to_real(start), waveforms, effect)
        return np.clip(read, 0.0, 1.0)

    def _waveform(self, experiment: Experiment, row: int, line: Line) -> Waveform:
        setting = self.layout.rows[row]
        sequence = sequence_of(experiment, setting)
        faulty = sequence if line == IDEAL else sequence_of(experiment, setting, line)
        return Replay(sequence, self.played[row]).waveform(faulty, line)

    @cached_property
    def frequencies(self) -> FloatArray:
        """How often each setting reads 1, (M,), faults and readout included."""
        simulated = simulate(self.experiment, *self.left, predictor=self.predict)
        drifting = bool(self.experiment.faults.readout_drift)
        found = self.layout.settings.frequencies(simulated.prediction, drifting=drifting)
        return np.clip(found, 0.0, 1.0)

    def outcomes(self, part: Part, shots: int, before: int) -> IntArray:
        """Return drawn outcomes of a part, (shots, readouts), as instruments return them.

        Args:
            part: of a programme.
            shots: how many.
            before: how many of the setting were drawn before; they are others.
        """
        setting = part.setting
        seed = setting_seed(self.experiment.seed, setting.stage, *setting.place)
        random = np.random.default_rng([seed, before])
        last = (random.random(shots) < self.frequencies[part.row]).astype(np.int64)
        if part.readouts == 1:
            return last[:, None]
        errors, level = assignment_errors(self.experiment), int(setting.name)
        share = self.left[0] if level == 0 else 1 - self.left[0]
        first = (random.random(shots) < share).astype(np.int64)
        told = np.where(first == 1, 1 - errors.p0_given_1, errors.p1_given_0)
        heralds = (random.random(shots) < told).astype(np.int64)
        return np.stack([heralds, last], axis=1)


@one_thread()
def read_out(
    liouvillian: Liouvillian, start: FloatArray, waveforms: Sequence[Waveform], effect: FloatArray
) -> FloatArray:
    """Return the expectation of an operator after each waveform, (N,).

    What waveforms have in common at their beginning is evolved once, and what is played after they
    part, too, where it is the same.

    Args:
        liouvillian: the equation of motion.
        start: the state before, a real vector (D^2,).
        waveforms: of finite length.
        effect: the operator, a real vector (D^2,).
    """
    values = np.zeros(len(waveforms))
    tails: dict[tuple[Segment, ...], FloatArray] = {(): effect}
    pending = [(list(range(len(waveforms))), 0, start)]
    while pending:
        numbers, place, state = pending.pop()
        if len(numbers) == 1:
            (number,) = numbers
            tail = waveforms[number].segments[place:]
            values[number] = _tail(liouvillian, tail, tails) @ state
            continue
        following: dict[Segment | None, list[int]] = {}
        for number in numbers:
            segments = waveforms[number].segments
            key = segments[place] if place < len(segments) else None
            following.setdefault(key, []).append(number)
        for segment, some in following.items():
            if segment is None:
                values[some] = effect @ state
            elif len(some) == 1 and len(following) > 1:
                pending.append((some, place, state))
            else:
                moved = forward(liouvillian, state, Waveform((segment,)))
                pending.append((some, place + 1, moved))
    return values


def _tail(
    liouvillian: Liouvillian,
    tail: tuple[Segment, ...],
    known: dict[tuple[Segment, ...], FloatArray],
) -> FloatArray:
    """Return the operator before a tail, kept for others that end alike."""
    if tail not in known:
        (effect,) = (known[()],)
        known[tail] = backward(liouvillian, effect, Waveform(tail))
    return known[tail]
