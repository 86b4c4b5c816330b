"""Coverage studies of the analysis: known truths in, calibration of the estimates checked."""

from analysis.validation.coverage_study import run_study, validate
from analysis.validation.presentation import HEADERS, as_json, coverage_figure, table_rows
from analysis.validation.repeats import repeat
from analysis.validation.scenarios import Scenario, null_run, this_device
from analysis.validation.statistics import Row, Study, summarise

__all__ = [
    "HEADERS",
    "Row",
    "Scenario",
    "Study",
    "as_json",
    "coverage_figure",
    "null_run",
    "repeat",
    "run_study",
    "summarise",
    "table_rows",
    "this_device",
    "validate",
]
