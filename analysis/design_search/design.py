"""The search for an operating point in one call: a box in, the best points out."""

from os import PathLike
from pathlib import Path

from analysis.design_search.box.box import Box, read_box
from analysis.design_search.run import Search, run_design
from analysis.report.design.page import write_design_report
from analysis.results import DesignResults
from cqed_battery.arguments import seed_or
from cqed_battery.compute.points import Progress, Workers
from cqed_battery.device.section import plain
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.files.run_folder import claimed
from protocols.settings.axis import check_one_pulse

_SIDE = 17


def design(
    experiment: ExperimentLike,
    box: Box | str | PathLike[str],
    folder: str | PathLike[str],
    *,
    evaluations: int = 2000,
    objective: str | None = None,
    hours: float | None = None,
    side: int = _SIDE,
    seed: int | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> DesignResults:
    """Search a box for the operating point where all three observations hold together.

    Each evaluated point is saved at once in the folder; the same call goes on from there.

    Args:
        experiment: the values that the box does not name.
        box: bounds, fixed keys, tolerances and the objective, or the path of a box file.
        folder: receives design.json, points.nc, the best points as experiment files, and a page.
        evaluations: points of the search.
        objective: one of `analysis.design_search.box.objective.OBJECTIVES`, not the box's.
        hours: in the laboratory, not those of the box.
        side: places along each side of the map; 0 draws none.
        seed: by default the experiment's.
        workers: where to compute, by default on all cores.
        progress: called with what is done, what there is, and a word.

    Returns:
        The content of design.json: statement, best points, robustness, controls; it plots itself.

    Raises:
        DesignError: the box is refused, or the folder holds another search.
        CqedBatteryError: another run is at work in the folder.
        WorkError: the workers cannot compute.
    """
    experiment = as_experiment(experiment)
    check_one_pulse(experiment, "a search for an operating point")
    search = search_in(
        experiment,
        box,
        evaluations=evaluations,
        objective=objective,
        hours=hours,
        side=side,
        seed=seed,
    )
    with claimed(Path(folder)) as target:
        results = run_design(search, target, workers=workers, progress=progress)
        write_design_report(target)
    return DesignResults(results)


def search_in(
    experiment: Experiment,
    box: Box | str | PathLike[str],
    *,
    evaluations: int = 2000,
    objective: str | None = None,
    hours: float | None = None,
    side: int = _SIDE,
    seed: int | None = None,
) -> Search:
    """Return the search that `design` makes of these arguments, nothing computed.

    Raises:
        DesignError: the box, the objective or a number is refused.
    """
    given = box if isinstance(box, Box) else read_box(box, experiment)
    found = given.with_objective(kind=objective, hours=plain(hours))
    fixed = given.fix(experiment)
    return Search(
        fixed,
        found,
        evaluations=plain(evaluations),
        seed=seed_or(seed, fixed.seed),
        side=plain(side),
    )
