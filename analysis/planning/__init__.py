"""What an experiment would cost before it is done: shots, hours, and what they can show."""

from analysis.planning.claims import Claim, PlanError, parse_claim
from analysis.planning.outcome import Budget, Plan
from analysis.planning.planner import plan

__all__ = ["Budget", "Claim", "Plan", "PlanError", "parse_claim", "plan"]
