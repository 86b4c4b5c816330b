"""Results: what results.json holds, typed, shown, drawn, written and read."""

from analysis.results.blocks import (
    ArmExtraction,
    ArmResults,
    Check,
    Envelope,
    ExtractionResults,
    FittedParameter,
    GainJudgement,
    GlobalFitResults,
    QutritResults,
    VacuumFidelity,
    Verdict,
)
from analysis.results.estimates import SCHEMA, SIGN_CONVENTION, UNITS, Quantity, quantity
from analysis.results.files import load_results, save_results
from analysis.results.results import DesignResults, Results, ResultsError

__all__ = [
    "SCHEMA",
    "SIGN_CONVENTION",
    "UNITS",
    "ArmExtraction",
    "ArmResults",
    "Check",
    "DesignResults",
    "Envelope",
    "ExtractionResults",
    "FittedParameter",
    "GainJudgement",
    "GlobalFitResults",
    "Quantity",
    "QutritResults",
    "Results",
    "ResultsError",
    "VacuumFidelity",
    "Verdict",
    "load_results",
    "quantity",
    "save_results",
]
