"""The model-free estimators of the claims to first order, as the analysis makes them."""

from functools import cached_property

import numpy as np

from analysis.estimators.assignment import Assignment
from analysis.estimators.bloch import estimate_bloch
from analysis.estimators.ergotropy import debiased_ergotropy
from analysis.estimators.expectation import Expectation
from analysis.estimators.heat import LinearFunctional, heat_integral_functional, smooth_bloch
from analysis.estimators.vacuum import optimal_weights, vacuum_projector
from analysis.estimators.windows import averaging_weights, heat_window_end, late_window, mean_window
from analysis.planning.claims import (
    ERGOTROPY,
    GAIN_AT,
    GAIN_LATE,
    GAIN_PEAK,
    HEAT,
    VACUUM,
    Claim,
    time_index,
)
from analysis.planning.information import Linear, spread
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.resonator import vacuum_effects
from protocols.settings import Schedule, tomography_shots

TAIL, RABI, STATES = "tail correction", "Rabi rate", "states beyond the exchange's reach"
_MOST_SHOTS = 1e15  # stands for no shot noise where weights depend on it
_SIGNS = {"catalysed": 1.0, "control": -1.0}
_FITS = 5
_PLANNING = 7  # keeps these draws apart from those of the emulation


class ModelFree:
    """The estimator of one claim from the counts of its own settings and the calibration."""

    def __init__(self, experiment: Experiment, expected: Expectation, claim: Claim) -> None:
        self.experiment, self.expected, self.claim = experiment, expected, claim
        self.schedule = Schedule.of(experiment)
        self.times = experiment.charging.grid_ns()
        readout = experiment.readout
        self.assignment = Assignment(readout.p1_given_0, readout.p0_given_1, 0.0, 0.0)
        prediction = expected.prediction
        probability = self.schedule.joined(
            np.array([0.0, 1.0]),
            {name: arm.probability for name, arm in prediction.arms.items()},
            prediction.vacuum_probability,
        )
        self.frequency = self.assignment.frequency(probability)
        self.own = self._own()
        self.use_model = experiment.analysis.correction == "model"

    def _own(self) -> FloatArray:
        own = np.zeros(self.schedule.size)
        if self.claim.kind == VACUUM:
            own[self.schedule.vacuum] = 1.0
            return own
        for name in self.schedule.arms if self.claim.compares else ("catalysed",):
            own[self.schedule.arm(name)] = 1.0
        return own

    def linear(self, shots: FloatArray) -> Linear:
        """Return the claim's estimator to first order for shots (M,)."""
        kind = self.claim.kind
        if kind == VACUUM:
            return self._vacuum(shots)
        if kind == HEAT:
            return self._heat
        if kind in (ERGOTROPY, GAIN_AT):
            return self._pointwise
        return self._envelopes

    def _offset(self, arm: str) -> FloatArray:
        return self.expected.offset(arm) if self.use_model else np.zeros((len(self.times), 3))

    def _bloch(self, arm: str) -> FloatArray:
        """Return what linear inversion is expected to give, (T, 3)."""
        measured: FloatArray = self.expected.arms[arm]["measured_bloch"]
        return measured - self._offset(arm)

    def _weights(self, by_arm: dict[str, FloatArray]) -> FloatArray:
        """Return weights (Q, M) of the frequencies from those of the Bloch vectors, (Q, T, 3)."""
        contrast = self.assignment.contrast
        rows = []
        for number in range(len(next(iter(by_arm.values())))):
            parts = {arm: weights[number] for arm, weights in by_arm.items()}
            shift = np.zeros(2)
            for arm, weights in parts.items():
                measured = self.expected.arms[arm]["measured_bloch"]
                shift[0] += (weights * (measured - 1)).sum() / contrast
                shift[1] -= (weights * (measured + 1)).sum() / contrast
            scaled = {arm: 2 / contrast * weights for arm, weights in parts.items()}
            rows.append(self.schedule.joined(shift, scaled, None))
        return np.array(rows)

    def _tail(self, by_arm: dict[str, FloatArray]) -> FloatArray:
        """Return what one standard error of the tail's correction changes, (Q,)."""
        change = sum(
            np.einsum("qti,ti->q", weights, self._offset(arm)) for arm, weights in by_arm.items()
        )
        return np.abs(np.asarray(change)) * self.experiment.analysis.correction_uncertainty

    @cached_property
    def _heat(self) -> Linear:
        """-S at the end of its window, with the model's correction and, if it is used, without."""
        end = heat_window_end(self.experiment, self.expected, self.times)
        all_weights = heat_integral_functional(self.experiment, self.times).weights
        functional = LinearFunctional(-all_weights[end : end + 1])
        bloch, model = self._bloch("catalysed"), self.expected.arms["catalysed"]
        work = (bloch[end, 2] - bloch[0, 2]) / 2 + functional.of(bloch)
        rabi = np.abs(work) * self.experiment.analysis.rabi_rate_uncertainty
        measured: FloatArray = model["measured_bloch"]
        value, weights = functional.of(measured), self._weights({"catalysed": functional.weights})
        if not self.use_model:
            return Linear(value, weights, {RABI: rabi})
        target = -model["heat_integral"][end : end + 1]
        grid = functional.of(model["bloch"]) - target
        trust = self.experiment.analysis.correction_uncertainty
        tail = np.hypot(self._tail({"catalysed": functional.weights}), trust * grid)
        return Linear(
            np.concatenate([target, value]),
            np.concatenate([weights, weights]),
            {RABI: np.tile(rabi, 2), TAIL: np.append(tail, 0.0)},
        )

    @cached_property
    def _pointwise(self) -> Linear:
        """Ergotropy at the claim's times, or its gain over the control's."""
        signs = _SIGNS if self.claim.compares else {"catalysed": 1.0}
        places = [time_index(self.times, time) for time in self.claim.times]
        value, by_arm = np.zeros(len(places)), {}
        for arm, sign in signs.items():
            found, gradient = debiased(self._bloch(arm)[places])
            value += sign * found
            by_arm[arm] = np.zeros((len(places), len(self.times), 3))
            by_arm[arm][np.arange(len(places)), places] = sign * gradient
        return Linear(value, self._weights(by_arm), {TAIL: self._tail(by_arm)})

    @cached_property
    def _envelopes(self) -> Linear:
        """Gain of the envelopes; the weights are those of the middle one of simulated fits.

        Where there is no gain no plan follows, and the mean's own weights serve.
        """
        value, by_arm = np.zeros(1), {}
        for arm, sign in _SIGNS.items():
            bloch = self._bloch(arm)
            average, (ergotropy, gradient) = self._average(bloch), debiased(bloch)
            value += sign * (average @ ergotropy)
            by_arm[arm] = sign * (average[:, None] * gradient)[None]
        if value[0] > 0:
            for number, (arm, sign) in enumerate(_SIGNS.items()):
                by_arm[arm] = sign * self._middle_fit(arm, number)[None]
        return Linear(value, self._weights(by_arm), {TAIL: self._tail(by_arm)})

    def _middle_fit(self, arm: str, number: int) -> FloatArray:
        """Return the weights (T, 3) of that one of several simulated fits whose error is median."""
        shots = tomography_shots(self.experiment, arm)
        sequence = np.random.SeedSequence(self.experiment.seed, spawn_key=(_PLANNING, number))
        rng = np.random.default_rng(sequence)
        drawn = [self._fitted_weights(arm, shots, rng) for _ in range(_FITS)]
        variance = spread(self.schedule.arm_part(self.frequency, arm)) ** 2 / shots
        sizes = [float((row**2 * variance).sum()) for row in drawn]
        return drawn[int(np.argsort(sizes)[_FITS // 2])]

    def _average(self, bloch: FloatArray) -> FloatArray:
        """Return the weights (T,) of the claim's mean over the times: a window, or the peak."""
        if self.claim.kind == GAIN_PEAK:
            top = int(np.argmax(np.linalg.norm(bloch, axis=1) + bloch[:, 2]))
            return np.eye(len(bloch))[top]
        window = late_window if self.claim.kind == GAIN_LATE else mean_window
        start, end, _ = window(self.experiment, self.times)
        return averaging_weights(self.times, start, end)

    def _fitted_weights(self, arm: str, shots: IntArray, rng: np.random.Generator) -> FloatArray:
        """Return the weights (T, 3) of the data in envelopes fitted to drawn counts."""
        frequency = self.schedule.arm_part(self.frequency, arm)
        ones = rng.binomial(shots, frequency)
        counts = np.stack([shots - ones, ones], axis=-1)
        data = estimate_bloch(counts, self.assignment, self._offset(arm), 0.0, frequency)
        smooth = smooth_bloch(self.experiment, self.times, data)
        bloch = smooth.value(self.times)
        rows = self._average(bloch)[:, None] * debiased(bloch)[1]
        columns = [
            rows[:, axis] @ fit.response(self.times, np.eye(len(self.times)))
            for axis, fit in enumerate(smooth.fits)
        ]
        return np.stack(columns, axis=1)

    def _vacuum(self, shots: FloatArray) -> Linear:
        """F at the end of charging: optimal weights for these shots."""
        prediction = self.expected.prediction
        operators, states = self._operators, prediction.arms["catalysed"].joint_states
        levels, contrast = prediction.fock.levels, self.assignment.contrast
        own = self.frequency[self.schedule.vacuum]
        given = shots[self.schedule.vacuum]
        given = np.where(given > 0, given, _MOST_SHOTS)
        variance = own * (1 - own) / given / contrast**2
        weights, constant = optimal_weights(operators, states, levels, variance)
        vacuum = vacuum_projector(states.shape[1], levels)
        errors = states @ (weights @ operators - vacuum) + constant
        probability = (own - self.assignment.p1_given_0) / contrast
        shift = np.array([weights @ (probability - 1), -weights @ probability]) / contrast
        row = self.schedule.joined(shift, {}, weights.reshape(2, -1) / contrast)
        value = np.array([weights @ probability + constant])
        return Linear(value, row[None], {STATES: np.sqrt((errors**2).mean(keepdims=True))})

    @cached_property
    def _operators(self) -> FloatArray:
        prediction = self.expected.prediction
        operators = vacuum_effects(prediction.experiment, prediction.liouvillian)
        return operators.reshape(-1, operators.shape[-1])


def debiased(bloch: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the ergotropy of exact Bloch vectors (T, 3) and its gradient."""
    value, _, gradient = debiased_ergotropy(bloch, np.zeros((len(bloch), 3, 3)))
    return value, gradient
