"""The device: a transmon, a resonator, their coupler, the drive line and the readout.

All values are frozen and keyword-only; each carries its unit in its name.  Frequencies are
cyclic (GHz, MHz), as a laboratory quotes them.  The defaults are the operating point of
Zhao 2026, Sec. V, with what a laboratory has and the paper leaves out.
"""

from cqed_battery.device.coupler import Coupler
from cqed_battery.device.drive import DriveLine
from cqed_battery.device.readout import Readout
from cqed_battery.device.resonator import Resonator
from cqed_battery.device.section import Section
from cqed_battery.device.transmon import Transmon

__all__ = ["Coupler", "Device", "DriveLine", "Readout", "Resonator", "Transmon"]


class Device(Section):
    """Everything that stays the same whatever is done to it."""

    transmon: Transmon = Transmon()
    resonator: Resonator = Resonator()
    coupler: Coupler = Coupler()
    drive: DriveLine = DriveLine()
    readout: Readout = Readout()
