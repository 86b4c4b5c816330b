"""Whether the packages beside this one are ours: a folder of the same name can hide them."""

from importlib.util import find_spec
from pathlib import Path

NEIGHBOURS = ("protocols", "analysis")
"""The packages that are installed beside this one."""


def check_neighbours() -> None:
    """Make sure that `protocols` and `analysis` are those that were installed with this package.

    Raises:
        ImportError: one is hidden; the sentence names what hides it and the remedy.
    """
    home = Path(__file__).resolve().parents[1]
    for name in NEIGHBOURS:
        spec = find_spec(name)
        places = [] if spec is None else list(spec.submodule_search_locations or [])
        if any(Path(place).resolve() == home / name for place in places):
            continue
        origin = None if spec is None else spec.origin
        hidden_by = places[0] if places else origin
        raise ImportError(
            f"cqed-battery's package '{name}' in {home} is hidden by {hidden_by}: rename that, or"
            " start Python in another folder"
        )
