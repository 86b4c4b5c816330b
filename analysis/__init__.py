"""What is learnt from the counts: states, energies, flows, fidelity, verdict and report.

``analyse`` takes a dataset to its results; ``plan``, ``design`` and ``validate`` answer before it
is measured.  Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from cqed_battery.lazy import lazy_names

if TYPE_CHECKING:
    from analysis.data.laboratory import read_lab_data as read_lab_data
    from analysis.design_search.design import design as design
    from analysis.pipeline import analyse as analyse
    from analysis.planning.planner import plan as plan
    from analysis.report import write_report as write_report
    from analysis.results import load_results as load_results
    from analysis.results import save_results as save_results
    from analysis.shown import Results as Results
    from analysis.validation import validate as validate

__all__ = [
    "Results",
    "analyse",
    "design",
    "load_results",
    "plan",
    "read_lab_data",
    "save_results",
    "validate",
    "write_report",
]

_HOMES = {
    "Results": "analysis.shown",
    "analyse": "analysis.pipeline",
    "design": "analysis.design_search.design",
    "load_results": "analysis.results",
    "plan": "analysis.planning.planner",
    "read_lab_data": "analysis.data.laboratory",
    "save_results": "analysis.results",
    "validate": "analysis.validation",
    "write_report": "analysis.report",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
