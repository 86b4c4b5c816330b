"""Qiskit circuits read as programs of the one-qubit device, or refused in a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import TypeAlias

from qiskit.circuit import CircuitInstruction, ClassicalRegister, Clbit, QuantumCircuit
from qiskit.circuit.parameterexpression import ParameterExpression
from qiskit.utils import apply_prefix

from cqed_battery.errors import join_words, show_value
from cqed_battery.units import ns_from_seconds
from protocols.backend.charge import CircuitError
from protocols.reset import RESETS

LONGEST_DELAY_NS = 1e6
"""Longest delay of a circuit, 1 ms: twenty times the T1 of the proposed device."""
_PULSES = ("x", "sx", "charge")
_ACTS = (*_PULSES, "rz", "id", "delay", "reset")


@dataclass(frozen=True)
class Act:
    """Something done to the transmon; the value is an angle in rad or a duration in ns."""

    name: str
    value: float = 0.0


@dataclass(frozen=True)
class Read:
    """A measurement into the classical bit of that index."""

    bit: int


@dataclass(frozen=True)
class Choose:
    """Steps that follow when the bits spell the value (first bit lowest), and others if not."""

    bits: tuple[int, ...]
    value: int
    yes: "Steps"
    no: "Steps"


Step: TypeAlias = Act | Read | Choose
Steps: TypeAlias = tuple[Step, ...]
_Places: TypeAlias = Mapping[Clbit, int]


@dataclass(frozen=True)
class Program:
    """Steps up to the last measurement, on so many classical bits."""

    steps: Steps
    bits: int

    @property
    def charges(self) -> bool:
        """Whether the coupler ever opens."""
        return any(isinstance(step, Act) and step.name == "charge" for step in walk(self.steps))

    @property
    def chooses(self) -> bool:
        """Whether a step depends on a measured bit."""
        return any(isinstance(step, Choose) for step in walk(self.steps))

    @property
    def measured(self) -> tuple[int, ...]:
        """The classical bits that are measured into, in increasing order."""
        return tuple(sorted({step.bit for step in walk(self.steps) if isinstance(step, Read)}))


@dataclass(frozen=True)
class Limits:
    """What the device can serve: its clock's period, the longest charging, and its reset."""

    period_ns: float
    longest_charge_ns: float
    resets: bool = True


def walk(steps: Steps) -> Iterator[Step]:
    """Yield every step, those inside of choices included.

    Args:
        steps: of a program, or of one side of a choice.
    """
    for step in steps:
        yield step
        if isinstance(step, Choose):
            yield from walk(step.yes + step.no)


def read_program(circuit: QuantumCircuit, limits: Limits) -> Program:
    """Return the program of a circuit.

    Args:
        circuit: of one qubit, its parameters assigned.
        limits: what the device can serve.

    Raises:
        CircuitError: the circuit has other than one qubit, no measurement, a pulse that no
            measurement follows, an unknown instruction, or a parameter unbound or out of range.
    """
    if circuit.num_qubits != 1:
        raise CircuitError(
            f"the device has one qubit, but the circuit {circuit.name} has {circuit.num_qubits}: "
            "transpile it for this backend first"
        )
    if circuit.parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise CircuitError(
            f"the circuit {circuit.name} has parameters without a value, {names}: assign them"
        )
    places = {bit: index for index, bit in enumerate(circuit.clbits)}
    steps = _Reader(limits).steps(circuit, places)
    return Program(_upto_last_measurement(steps, circuit.name), circuit.num_clbits)


class _Reader:
    """Turns instructions into steps."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def steps(self, circuit: QuantumCircuit, places: _Places) -> Steps:
        """Return the steps of a circuit whose bits lie at these places.

        Args:
            circuit: a circuit, or the body of an `if_test`.
            places: index in the record of each classical bit of the circuit.

        Raises:
            CircuitError: an instruction is unknown, or its parameter out of range.
        """
        found: list[Step] = []
        for instruction in circuit.data:
            if instruction.operation.name == "barrier":
                continue
            step = self._step(instruction, places)
            condition = getattr(instruction.operation, "_condition", None)
            if condition is not None and not isinstance(step, Choose):
                step = Choose(*_condition(condition, places), (step,), ())
            found.append(step)
        return tuple(found)

    def _step(self, instruction: CircuitInstruction, places: _Places) -> Step:
        operation = instruction.operation
        name = operation.name
        if name == "measure":
            return Read(places[instruction.clbits[0]])
        if name == "if_else":
            bodies = [self._body(block, instruction, places) for block in operation.blocks]
            return Choose(*_condition(operation.condition, places), bodies[0], sum(bodies[1:], ()))
        if name not in _ACTS:
            raise CircuitError(
                f"{name} is not an instruction of the device, which has "
                f"{', '.join(_ACTS)}, measure and if_else: transpile the circuit for this backend"
            )
        if name == "reset" and not self._limits.resets:
            kinds: dict[bool, list[str]] = {True: [], False: []}
            for kind, method in RESETS.items():
                kinds[method.resets].append(show_value(kind))
            raise CircuitError(
                f"reset needs an experiment with reset.kind {join_words(kinds[True], 'or')}, but it"
                f" is {join_words(kinds[False], 'or')}"
            )
        return Act(name, self._value(name, operation))

    def _body(
        self, block: QuantumCircuit, instruction: CircuitInstruction, places: _Places
    ) -> Steps:
        inner = dict(places)
        for bit, outer in zip(block.clbits, instruction.clbits, strict=True):
            inner[bit] = places[outer]
        return self.steps(block, inner)

    def _value(self, name: str, operation: object) -> float:
        parameters: Sequence[float | ParameterExpression] = getattr(operation, "params", ())
        if not parameters:
            return 0.0
        value = float(parameters[0])
        if name == "rz":
            return _within(value, "the angle of rz", -inf, inf, "rad")
        if name == "charge":
            longest = self._limits.longest_charge_ns
            return _within(value, "the time of charge", 0.0, longest, "ns")
        unit = getattr(operation, "unit", "dt")
        in_dt = unit == "dt"
        duration = value * self._limits.period_ns if in_dt else _ns_from(value, unit)
        return _within(duration, "the duration of delay", 0.0, LONGEST_DELAY_NS, "ns")


def _ns_from(value: float, unit: str) -> float:
    seconds = value if unit == "s" else apply_prefix(value, unit)
    return ns_from_seconds(float(seconds))


def _within(value: float, what: str, lowest: float, highest: float, unit: str) -> float:
    if not (isfinite(value) and lowest <= value <= highest):
        bounds = f" from {lowest:g} to {highest:g}" if isfinite(highest) else ""
        raise CircuitError(f"{what} must be a number{bounds} in {unit}, but is {value:g}")
    return value


def _condition(condition: object, places: _Places) -> tuple[tuple[int, ...], int]:
    """Return the bits of a condition and the value they must spell."""
    if isinstance(condition, tuple):
        target, value = condition
        if isinstance(target, Clbit):
            return (places[target],), int(value)
        if isinstance(target, ClassicalRegister):
            return tuple(places[bit] for bit in target), int(value)
    raise CircuitError(
        "a condition must compare a classical bit or register with a number, but is "
        f"{show_value(condition)}"
    )


def _upto_last_measurement(steps: Steps, circuit: str) -> Steps:
    """Return the steps up to the last that measures; refuse pulses that come after it."""
    measuring = [k for k, step in enumerate(steps) if _reads(step)]
    if not measuring:
        raise CircuitError(f"the circuit {circuit} has no measurement: measure at its end")
    rest = walk(steps[measuring[-1] + 1 :])
    unseen = [step.name for step in rest if isinstance(step, Act) and step.name in _PULSES]
    if unseen:
        raise CircuitError(
            f"the circuit {circuit} measures before it acts: no measurement follows its last "
            f"{unseen[-1]}; move the measurement behind it, or leave it out"
        )
    return steps[: measuring[-1] + 1]


def _reads(step: Step) -> bool:
    return any(isinstance(part, Read) for part in walk((step,)))
