"""The device: a transmon, a resonator, their coupler, the drive line and the readout.

All values are frozen and keyword-only; each carries its unit in its name.  Frequencies are
cyclic (GHz, MHz), as a laboratory quotes them.  The defaults are the operating point of
Zhao 2026, Sec. V, with what a laboratory has and the paper leaves out.
"""

from typing import Self

from pydantic import model_validator

from cqed_battery.device.coupler import Coupler
from cqed_battery.device.detuning import tune_parts
from cqed_battery.device.drive import DriveLine
from cqed_battery.device.readout import Readout
from cqed_battery.device.resonator import Resonator
from cqed_battery.device.section import Section
from cqed_battery.device.transmon import Transmon
from cqed_battery.units import ghz_from_mhz

__all__ = ["Coupler", "Device", "DriveLine", "Readout", "Resonator", "Transmon"]


class Device(Section):
    """Everything that stays the same whatever is done to it."""

    transmon: Transmon = Transmon()
    resonator: Resonator = Resonator()
    coupler: Coupler = Coupler()
    drive: DriveLine = DriveLine()
    readout: Readout = Readout()

    @model_validator(mode="after")
    def _tune(self) -> Self:
        """Give drive and resonator the frequencies that their detunings name."""
        tune_parts(self)
        return self

    def shifted(self, transmon_MHz: float, resonator_MHz: float) -> Self:
        """Return the device with other frequencies of transmon and resonator, its drive as it is.

        Args:
            transmon_MHz: how far the transmon's is moved.
            resonator_MHz: how far the resonator's is moved; it does not follow the transmon.
        """
        moved = {"transmon": transmon_MHz, "resonator": resonator_MHz}
        parts = {}
        for name, shift in moved.items():
            part = getattr(self, name)
            frequency = part.frequency_GHz + ghz_from_mhz(shift)
            parts[name] = part.model_copy(update={"frequency_GHz": frequency})
        return self.model_copy(update=parts)

    def coupled(self, coupling_MHz: float) -> Self:
        """Return the device with another coupling, its frequencies and drive as they are.

        Args:
            coupling_MHz: g / 2 pi while the coupler is open, or always where it is fixed.
        """
        coupler = self.coupler.model_copy(update={"g_on_MHz": coupling_MHz})
        return self.model_copy(update={"coupler": coupler})

    def turning(self, shift_MHz: float) -> Self:
        """Return the device with drive, transmon and resonator higher, as a frame has them.

        In a frame that turns faster by the shift it has the same detunings.

        Args:
            shift_MHz: of all three.
        """
        if not shift_MHz:
            return self
        frequency = self.drive.frequency_GHz + ghz_from_mhz(shift_MHz)
        drive = self.drive.model_copy(update={"frequency_GHz": frequency})
        return self.shifted(shift_MHz, shift_MHz).model_copy(update={"drive": drive})
