"""What is learnt from the counts: states, energies, flows, fidelity, verdict and report.

The whole analysis is ``analysis.analyse.analyse``; it keeps the name of its module, so it is
imported from there.  The other public names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from cqed_battery.lazy import lazy_names

if TYPE_CHECKING:
    from analysis.report import write_report as write_report
    from analysis.results import load_results as load_results
    from analysis.results import save_results as save_results

__all__ = ["load_results", "save_results", "write_report"]

_HOMES = {
    "load_results": "analysis.results",
    "save_results": "analysis.results",
    "write_report": "analysis.report",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
