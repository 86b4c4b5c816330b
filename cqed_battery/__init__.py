"""A quantum battery of circuit QED: a transmon that charges through a microwave resonator.

This package is the device: its parameters, its equations of motion, its energies and its
records.  What is done to the device stands in ``protocols``, what is learnt from the counts in
``analysis``.  Names are imported when they are first used, so that importing is cheap.
"""

from typing import TYPE_CHECKING

from cqed_battery.installation import check_neighbours
from cqed_battery.lazy import lazy_names

if TYPE_CHECKING:
    from cqed_battery.device import Coupler as Coupler
    from cqed_battery.device import Device as Device
    from cqed_battery.device import DriveLine as DriveLine
    from cqed_battery.device import Readout as Readout
    from cqed_battery.device import Resonator as Resonator
    from cqed_battery.device import Transmon as Transmon
    from cqed_battery.errors import CqedBatteryError as CqedBatteryError
    from cqed_battery.experiment import Experiment as Experiment
    from cqed_battery.files.datasets import load_dataset as load_dataset
    from cqed_battery.files.datasets import save_dataset as save_dataset

__version__ = "0.1.0"

__all__ = [
    "Coupler",
    "CqedBatteryError",
    "Device",
    "DriveLine",
    "Experiment",
    "Readout",
    "Resonator",
    "Transmon",
    "load_dataset",
    "save_dataset",
]

_HOMES = {
    "Coupler": "cqed_battery.device",
    "CqedBatteryError": "cqed_battery.errors",
    "Device": "cqed_battery.device",
    "DriveLine": "cqed_battery.device",
    "Experiment": "cqed_battery.experiment",
    "Readout": "cqed_battery.device",
    "Resonator": "cqed_battery.device",
    "Transmon": "cqed_battery.device",
    "load_dataset": "cqed_battery.files.datasets",
    "save_dataset": "cqed_battery.files.datasets",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)

check_neighbours()
