"""Self-test of the analysis: known truths in, promises of the estimates checked."""

from analysis.validation.coverage_study import run_mill
from analysis.validation.estimators import ESTIMATORS, Estimates, Interval, load_estimator
from analysis.validation.scenarios import Scenario, default_scenarios
from analysis.validation.statistics import Row, Study, summarise
from analysis.validation.tables import as_json, headline, table_rows

__all__ = [
    "ESTIMATORS",
    "Estimates",
    "Interval",
    "Row",
    "Scenario",
    "Study",
    "as_json",
    "default_scenarios",
    "headline",
    "load_estimator",
    "run_mill",
    "summarise",
    "table_rows",
]
