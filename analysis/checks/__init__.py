"""Whether to believe the analysis: checks with an outcome, numbers and a sentence each."""

from analysis.checks.checks import checks, state_checks, sum_rule
from analysis.checks.grids import exchange_grid

__all__ = ["checks", "exchange_grid", "state_checks", "sum_rule"]
