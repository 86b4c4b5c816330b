"""Bad input in large numbers: drawn cases, what is done with each, and the verdict.

A case is drawn from its number alone, so that a failure is repeated by that number:
``PYTHONPATH=tests python -m fuzz 4711``.
"""

from .campaign import Summary, campaign
from .cases import KINDS, Case, draw_case

__all__ = ["KINDS", "Case", "Summary", "campaign", "draw_case"]
