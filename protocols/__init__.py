"""What is done to the device: reset, charging, tomography, readout, and the counts that result.

The whole run is ``protocols.emulate.emulate``; it keeps the name of its module, so it is
imported from there.  The other public names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protocols.prediction import Prediction as Prediction
    from protocols.prediction import predict as predict
    from protocols.reset import active_reset_circuit as active_reset_circuit

__all__ = ["Prediction", "active_reset_circuit", "predict"]

_HOMES = {
    "Prediction": "protocols.prediction",
    "active_reset_circuit": "protocols.reset",
    "predict": "protocols.prediction",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
