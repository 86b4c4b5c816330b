"""The three claims over all runs of a campaign: combined numbers, judged as those of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.campaign.combined import Combined, combined
from analysis.campaign.runs import Run
from analysis.estimators.ergotropy.envelope_gain import EnvelopeGain
from analysis.estimators.ergotropy.ergotropy import SIGNS
from analysis.estimators.ergotropy.gain import GAIN_LATE, GAIN_MEAN, GAIN_PEAK
from analysis.estimators.heat.exchange import Exchange
from analysis.estimators.heat.integral import heat_integrals
from analysis.estimators.heat.smooth_bloch import smooth_bloch
from analysis.estimators.linear import Linear
from analysis.estimators.vacuum.fidelity import Vacuum
from analysis.estimators.windows import late_window, mean_window
from analysis.observations import ALL_THREE, GAIN, HEAT, VACUUM, Judgement
from analysis.verdict import (
    GainParts,
    judge_all,
    judge_gain,
    judge_heat,
    judge_vacuum,
    not_measured,
)

_SAME_NS = 1e-3  # times closer than this are one
_MEASURES = (GAIN_PEAK, GAIN_MEAN, GAIN_LATE)


@dataclass(frozen=True)
class Claim:
    """A claim over the runs that have what it needs: their names, and its numbers combined.

    numbers: by name, the one that is judged first.
    """

    judgement: Judgement
    runs: tuple[str, ...] = ()
    numbers: Mapping[str, Combined] = field(default_factory=dict)


def claims_of(runs: Sequence[Run]) -> dict[str, Claim]:
    """Return the claims over all runs, by the key of their observation.

    Only runs with the same times are combined: S up to one time, F and the gain after one.

    Args:
        runs: of the campaign.
    """
    found = {HEAT.key: _heat(runs), GAIN.key: _gain(runs), VACUUM.key: _vacuum(runs)}
    every = judge_all({key: claim.judgement for key, claim in found.items()})
    return {**found, ALL_THREE.key: Claim(every)}


def _alike(runs: Sequence[Run], times: Sequence[float]) -> list[Run]:
    """Return the runs whose times are those of the first one."""
    return [run for run, t in zip(runs, times, strict=True) if abs(t - times[0]) < _SAME_NS]


def _last(run: Run) -> float:
    return float(run.inputs.times[-1])


def _heat(runs: Sequence[Run]) -> Claim:
    """Judge the energy that left, of the runs that measured all that S needs."""
    estimators = {run.name: Exchange(run.data.expected) for run in runs}
    ends = [float(run.inputs.times[estimators[run.name].window_end]) for run in runs]
    found: dict[str, Linear] = {}
    for run in _alike(runs, ends):
        estimator = estimators[run.name]
        estimate = estimator.estimate(run.data)
        if not estimator.std(run.data, estimate)[1]:
            found[run.name] = estimate
    if not found:
        return Claim(not_measured(HEAT, f"no run has what S up to t = {ends[0]:g} ns needs."))
    whole = [run for run in runs if run.name in found]
    own = np.array([found[r.name].shot_variance(r.data.likely, r.data.shots) for r in whole])
    every = list(found.values())
    parts = [combined(every, own[:, n].tolist(), n) for n in range(own.shape[1])]
    judged = judge_heat(
        ends[0],
        np.array([part.value for part in parts]),
        np.array([part.std for part in parts]),
        runs[0].inputs.experiment.analysis,
        _control(whole, estimators),
    )
    names = ("energy that left", "the same, not corrected")[-len(parts) :]
    return Claim(judged, tuple(found), dict(zip(names, parts, strict=True)))


def _control(runs: Sequence[Run], estimators: Mapping[str, Exchange]) -> tuple[float, float] | None:
    """Return the mean of the controls' S and the error of one of them; None without controls."""
    found = []
    for run in runs:
        if "control" in run.data.settings.arms:
            series, end = heat_integrals(run.data, "control")[0], estimators[run.name].window_end
            found.append((series.value[end], series.std[end]))
    if not found:
        return None
    values, stds = np.array(found).T
    return float(values.mean()), float(np.sqrt((stds**2).mean()))


def _gain(runs: Sequence[Run]) -> Claim:
    """Judge the ergotropy above the control's, of the runs that measured all of both arms."""
    both = [run for run in runs if set(SIGNS) <= set(run.data.settings.arms)]
    if not both:
        reason = "no run has a control arm to compare the ergotropy with."
        return Claim(not_measured(GAIN, reason))
    whole, numbers = [], dict[str, list[tuple[Linear, float]]]()
    for run in _alike(both, [_last(run) for run in both]):
        gains = _gains(run)
        if gains is not None:
            whole.append(run)
            for measure, gain in gains.items():
                numbers.setdefault(measure, []).append(gain)
    if not whole:
        return Claim(not_measured(GAIN, "no run has all of x, y and z in both arms."))
    found = {
        measure: combined([gain for gain, _ in gains], [own for _, own in gains])
        for measure, gains in numbers.items()
    }
    experiment, times = whole[0].inputs.experiment, whole[0].inputs.times
    late, mean = late_window(experiment, times), mean_window(experiment, times)
    values = {measure: (part.value, part.std) for measure, part in found.items()}
    parts = GainParts(
        peak=values[GAIN_PEAK],
        mean=values[GAIN_MEAN],
        late=values[GAIN_LATE],
        mean_window=mean[:2],
        late_window=late[:2],
        covers_a_period=late[2] and mean[2],
    )
    judged, details = judge_gain(parts, experiment.analysis)
    first = {details["criterion"]: found[details["criterion"]]}
    named = {f"ergotropy gain, {measure}": part for measure, part in (first | found).items()}
    return Claim(judged, tuple(run.name for run in whole), named)


def _gains(run: Run) -> dict[str, tuple[Linear, float]] | None:
    """Return each measure of the gain with its variance by shots; None where an axis is missing."""
    data = run.data
    smooth = {
        arm: smooth_bloch(data.experiment, data.settings.times, data.bloch(arm)) for arm in SIGNS
    }
    if not all(arm.whole and (arm.describes or arm.data.measured.all()) for arm in smooth.values()):
        return None
    return {
        measure: EnvelopeGain(data.expected, measure).with_variance(data, smooth)
        for measure in _MEASURES
    }


def _vacuum(runs: Sequence[Run]) -> Claim:
    """Judge F, of the runs that measured the resonator."""
    options = runs[0].inputs.experiment.analysis
    measured = [run for run in runs if run.inputs.vacuum_counts is not None]
    if not measured:
        return Claim(judge_vacuum(None, 0.0, _last(runs[0]), options))
    measured = _alike(measured, [_last(run) for run in measured])
    found = [Vacuum(run.data.expected).estimate(run.data) for run in measured]
    own = [
        float(part.shot_variance(run.data.likely, run.data.shots)[0])
        for part, run in zip(found, measured, strict=True)
    ]
    part = combined(found, own)
    judged = judge_vacuum(part.value, part.std, _last(measured[0]), options)
    return Claim(judged, tuple(run.name for run in measured), {"vacuum fidelity": part})
