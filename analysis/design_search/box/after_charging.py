"""What a file reads after the charging beside tomography: at the end of every searched point.

A search chooses the charging times, so extraction and the tomography of three levels are made after
the last one, and each point's own model names its extraction pulses.
"""

from analysis.design_search.box.entries import DesignError
from analysis.design_search.box.objective import Objective
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import ARMS


def check_after_charging(experiment: Experiment, objective: Objective) -> None:
    """Refuse times and pulses that are of the file's own charging alone.

    Args:
        experiment: the file, with what the box fixes.
        objective: of the search.

    Raises:
        DesignError: a key lists such times or pulses, or three levels are asked for and not
            measured.
    """
    extraction, qutrit = experiment.extraction, experiment.qutrit
    for key, measured, times in (
        ("extraction.times_ns", extraction.measured, extraction.times_ns),
        ("qutrit.times_ns", qutrit.measured, qutrit.times_ns),
    ):
        if measured and times is not None:
            raise DesignError(
                f"a search chooses the charging times, but {key} lists some: leave it out, which"
                " means after the last one"
            )
    if extraction.measured and any(extraction.pulses(arm)[0] is not None for arm in ARMS):
        raise DesignError(
            "a search names the extraction pulses of each point, but the experiment file states"
            " some, of its own device: leave out extraction.catalysed_angle_rad and its like"
        )
    if objective.kind == "ladder-gain" and not qutrit.measured:
        raise DesignError(
            'objective.kind = "ladder-gain" is of three levels and more, which only'
            " qutrit.measured = true measures: set it, or choose peak-gain"
        )
