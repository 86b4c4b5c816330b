"""What an optimisation refuses."""

from cqed_battery.errors import CqedBatteryError


class OptimisationError(CqedBatteryError):
    """The experiment, a goal or a limit that no optimal pulse can be found for."""
