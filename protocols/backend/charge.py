"""The instruction that charges the battery, for Qiskit circuits."""

from qiskit.circuit import Instruction
from qiskit.circuit.parameterexpression import ParameterExpression

from cqed_battery.errors import CqedBatteryError, show_value


class CircuitError(CqedBatteryError):
    """A circuit, or an option of its run, that the emulated device cannot serve."""


class Charge(Instruction):  # type: ignore[misc]
    """Charge the battery for a time t in ns, then close the coupler with its ramp.

    The coupler opens at once and the drive rises, as in an experiment's charging; at t the drive
    is gated off. The drive starts in phase with the carrier of the rotations, and afterwards
    their axes are those of the drive's frame at t.

    Args:
        time_ns: charging time t in ns, >= 0, or a circuit parameter.

    Raises:
        CircuitError: the time is not a number of at least 0.

    Example:
        >>> from qiskit import QuantumCircuit
        >>> circuit = QuantumCircuit(1, 1)
        >>> _ = circuit.append(Charge(20.0), [0])
        >>> circuit.data[0].operation.params
        [20.0]
    """

    def __init__(self, time_ns: float | ParameterExpression) -> None:
        super().__init__("charge", 1, 0, [time_ns])

    def validate_parameter(self, parameter: object) -> object:
        """Return the charging time if it is a number of at least 0 or a circuit parameter.

        Args:
            parameter: time t in ns, a number >= 0, or a circuit parameter without a value.

        Raises:
            CircuitError: it is neither.
        """
        if isinstance(parameter, ParameterExpression) and parameter.parameters:
            return parameter
        try:
            time_ns = float(parameter)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            time_ns = -1.0
        if isinstance(parameter, bool) or not time_ns >= 0.0:
            raise CircuitError(
                "charge takes a time in ns, a number >= 0 or a circuit parameter, but was given "
                f"{show_value(parameter)}"
            )
        return time_ns
