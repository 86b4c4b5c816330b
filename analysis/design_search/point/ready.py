"""A point of a search as an experiment file to run, and what the run is expected to say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, floor

from analysis.design_search.box.box import Box
from analysis.design_search.point.charging_times import even_grid
from analysis.design_search.point.measurement import Way
from analysis.design_search.point.merit import merit
from analysis.design_search.point.point import FOCK_LEVELS, point_experiment
from analysis.design_search.point.point_result import PointResult
from analysis.design_search.point.significance import Sigmas
from analysis.estimators.expectation import Expectation
from analysis.estimators.global_fit.device import planned_expectation
from analysis.observations import Judgement
from analysis.planning.foreseen import verdict_of
from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import with_enough_levels
from protocols.settings.settings import Settings

_SPARE = 1.5  # standard errors that a written file aims at, over those asked for
_RESET_SHOTS = 4  # over those of a setting: settings share the excitation's uncertainty


@dataclass(frozen=True)
class Ready:
    """A point's file with its shots, and what is known of its measurement as `plan` knows it."""

    experiment: Experiment
    sigmas: Sigmas

    @property
    def hours(self) -> float:
        """In the laboratory, all settings together, as the file stands."""
        settings = Settings(self.experiment)
        return settings.hours(settings.shots)

    def judged(self, point: PointResult) -> PointResult:
        """Return the point with the sigmas within its hours that its file has.

        Args:
            point: of the search, whose sigmas take the device as exactly known.
        """
        objective = self.sigmas.objective
        heat, gain, vacuum = self.sigmas.within(objective.hours).tolist()
        found = replace(
            point,
            heat_sigmas=heat,
            gain_sigmas=gain,
            vacuum_sigmas=vacuum,
            hours=self.sigmas.hours(),
        )
        return replace(found, merit=merit(found, objective))

    @one_thread()
    def verdict(self) -> dict[str, Judgement]:
        """Return the verdict that a run of the file would most likely have (`expected_verdict`)."""
        return verdict_of(_of_file(self.sigmas.expected, self.experiment))


def _of_file(expected: Expectation, file: Experiment) -> Expectation:
    """Return what is expected of a file that differs in shots alone from what was computed."""
    planned = None if expected.planned is None else expected.planned.known(file)
    prediction = replace(expected.prediction, experiment=file)
    return replace(expected, prediction=prediction, planned=planned)


@one_thread()
def ready_file(
    fixed: Experiment, box: Box, values: Mapping[str, float], way: Way | None = None
) -> Ready:
    """Return a point as an experiment to run: even times, and shots for half as many sigmas again.

    The envelopes of the analysis need evenly spaced times. The reset is established as well as
    the states are. Where the hours do not suffice, the shots fill them, alike everywhere: those
    that the search's sigmas belong to.

    Args:
        fixed: the experiment whose other values stay.
        box: of the search.
        values: of the point, by key.
        way: to measure the resonator, by default the experiment's own.
    """
    objective = box.objective
    searched = point_experiment(fixed, box, values).replace(dict(way or {}))
    stop, count = even_grid(searched)
    even = {"charging.start_ns": 0.0, "charging.stop_ns": stop, "charging.points": count}
    few = {"resonator.fock_levels": FOCK_LEVELS}  # raised as needed; a guess is often double that
    expected = planned_expectation(with_enough_levels(searched.replace(even | few)))
    levels = {"resonator.fock_levels": expected.prediction.fock.levels}
    experiment = searched.replace(even | levels)
    sigmas = Sigmas(expected.prediction.experiment, expected, objective)
    needed = sigmas.needed(_SPARE * objective.sigmas) or sigmas.needed(objective.sigmas)
    if needed is None:
        filling = floor(sigmas.filling(objective.hours))
        if filling < 1:
            return Ready(experiment, sigmas)
        needed = filling, filling
    tomography, vacuum = map(ceil, needed)
    shots = {
        "tomography.shots": tomography,
        "vacuum.shots": vacuum,
        "readout.calibration_shots": max(tomography, vacuum),
        "reset.shots": max(fixed.reset.shots, _RESET_SHOTS * tomography),
    }
    for section in ("extraction", "qutrit"):
        if getattr(experiment, section).measured:
            shots[f"{section}.shots"] = tomography
    return Ready(experiment.replace(shots), sigmas)
