"""What is done to the device: reset, charging, tomography, readout, and the counts that result.

``emulate`` takes an experiment to its dataset, ``predict`` to the exact probabilities, and
``run_sweep`` many experiments to one dataset.  Names are imported when they are first used; the
stub beside this file lists them.
"""

from cqed_battery.public_names import public_names

__getattr__, __dir__, __all__ = public_names(__name__, __file__)
