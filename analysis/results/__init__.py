"""Results: what results.json holds, typed, shown, drawn, written and read."""

from analysis.results.estimates import (
    SCHEMA,
    SIGN_CONVENTION,
    UNITS,
    ArmResults,
    Check,
    Envelope,
    FittedParameter,
    GainJudgement,
    GlobalFitResults,
    Quantity,
    VacuumFidelity,
    Verdict,
    quantity,
)
from analysis.results.files import load_results, save_results
from analysis.results.results import DesignResults, Results, ResultsError

__all__ = [
    "SCHEMA",
    "SIGN_CONVENTION",
    "UNITS",
    "ArmResults",
    "Check",
    "DesignResults",
    "Envelope",
    "FittedParameter",
    "GainJudgement",
    "GlobalFitResults",
    "Quantity",
    "Results",
    "ResultsError",
    "VacuumFidelity",
    "Verdict",
    "load_results",
    "quantity",
    "save_results",
]
