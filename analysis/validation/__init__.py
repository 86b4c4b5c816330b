"""Coverage studies of the analysis: known truths in, calibration of the estimates checked."""

from analysis.validation.coverage_study import run_study, validate
from analysis.validation.devices.scenarios import Scenario, null_run, this_device
from analysis.validation.outcomes.presentation import (
    CLAIM_HEADERS,
    ERROR_HEADERS,
    HEADERS,
    as_json,
    claim_table,
    coverage_figure,
    error_table,
    power_headers,
    power_table,
    table_rows,
)
from analysis.validation.outcomes.statistics import Row, Study, summarise
from analysis.validation.repeats.repeat import repeat

__all__ = [
    "CLAIM_HEADERS",
    "ERROR_HEADERS",
    "HEADERS",
    "Row",
    "Scenario",
    "Study",
    "as_json",
    "claim_table",
    "coverage_figure",
    "error_table",
    "null_run",
    "power_headers",
    "power_table",
    "repeat",
    "run_study",
    "summarise",
    "table_rows",
    "this_device",
    "validate",
]
