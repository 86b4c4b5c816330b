"""The report of one run: a single HTML page that opens offline.

`write_report` is the only public name. It is imported on first use, because
drawing needs matplotlib and the rest of the analysis does not.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.report.page import write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> Any:
    """Import the page builder when `write_report` is first asked for."""
    if name == "write_report":
        from analysis.report.page import write_report

        return write_report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
