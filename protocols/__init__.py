"""What is done to the device: reset, charging, tomography, readout, and the counts that result.

``emulate`` takes an experiment to its dataset, ``predict`` to the exact probabilities, and
``run_sweep`` many experiments to one dataset.  Names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from cqed_battery.lazy import lazy_names

if TYPE_CHECKING:
    from protocols.emulation import emulate as emulate
    from protocols.prediction.predict import Prediction as Prediction
    from protocols.prediction.predict import predict as predict
    from protocols.reset.active import active_reset_circuit as active_reset_circuit
    from protocols.sweep import run_sweep as run_sweep

__all__ = [
    "Prediction",
    "active_reset_circuit",
    "emulate",
    "predict",
    "run_sweep",
]

_HOMES = {
    "Prediction": "protocols.prediction.predict",
    "active_reset_circuit": "protocols.reset.active",
    "emulate": "protocols.emulation",
    "predict": "protocols.prediction.predict",
    "run_sweep": "protocols.sweep",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
