"""What is learnt from the counts: states, energies, flows, fidelity, verdict and report.

The whole analysis is ``analysis.analyse.analyse``; it keeps the name of its module, so it is
imported from there.  The other public names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

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


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
