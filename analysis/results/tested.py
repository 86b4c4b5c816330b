"""What a test by chi-square puts into results: its outcome, a sentence, and the numbers."""

from typing import Any


def tested(
    outcome: str, statement: str, square: float, degrees: int, p_value: float
) -> dict[str, Any]:
    """Return a check by chi-square as plain values.

    Args:
        outcome: "pass", "warn" or "fail".
        statement: what it says, without a capital or a stop.
        square: chi-square.
        degrees: of freedom.
        p_value: probability of a larger one, from 0 to 1.
    """
    return {
        "outcome": outcome,
        "statement": statement,
        "chi2": square,
        "degrees_of_freedom": degrees,
        "p_value": p_value,
    }
