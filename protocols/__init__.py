"""What is done to the device: reset, charging, tomography, readout, and the counts that result.

The whole run is ``protocols.emulate.emulate``; it keeps the name of its module, so it is
imported from there.  The other public names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from cqed_battery.lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
