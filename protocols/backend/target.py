"""What Qiskit is told of the device: its instructions with their durations, and its qubit."""

from qiskit.circuit import Delay, IfElseOp, Measure, Parameter, Reset
from qiskit.circuit.library import IGate, RZGate, SXGate, XGate
from qiskit.providers import QubitProperties
from qiskit.transpiler import InstructionProperties, Target

from cqed_battery.experiment import Experiment
from cqed_battery.units import seconds_from_ns
from protocols.backend.charge import Charge
from protocols.backend.engine import PulseEngine, pulse_ns, reset_ns
from protocols.backend.idle import idle_times_ns
from protocols.backend.records import assignment, measurement_ns
from protocols.reset import reset_of


def target_of(experiment: Experiment, engine: PulseEngine) -> Target:
    """Return the device's instructions with their durations, in s, and its qubit.

    Args:
        experiment: the file's content: its pulses, its readout, its reset.
        engine: of the idle qubit, the coupler closed.
    """
    t1, t2 = (seconds_from_ns(time) for time in idle_times_ns(engine))
    frequency = experiment.transmon.frequency_GHz / seconds_from_ns(1.0)
    target = Target(
        description="a transmon beside a resonator; T1 and T2 are those of the idle qubit with its"
        " residual coupling (coupler.g_off_MHz), T1 therefore not transmon.t1_us",
        num_qubits=1,
        dt=seconds_from_ns(1 / experiment.drive.clock_GHz),
        qubit_properties=[QubitProperties(t1=t1, t2=t2, frequency=frequency)],
    )
    pulse, errors = pulse_ns(experiment), assignment(experiment)
    mean_error = float(errors[1, 0] + errors[0, 1]) / 2
    for instruction, duration, error in (
        (XGate(), pulse, None),
        (SXGate(), pulse, None),
        (IGate(), pulse, None),
        (RZGate(Parameter("angle")), 0.0, 0.0),
        (Measure(), measurement_ns(experiment), mean_error),
    ):
        properties = InstructionProperties(duration=seconds_from_ns(duration), error=error)
        target.add_instruction(instruction, {(0,): properties})
    if reset_of(experiment).resets:
        duration = seconds_from_ns(reset_ns(experiment))
        target.add_instruction(Reset(), {(0,): InstructionProperties(duration=duration)})
    target.add_instruction(Delay(Parameter("duration")), {(0,): None})
    target.add_instruction(Charge(Parameter("time_ns")), {(0,): None})
    target.add_instruction(IfElseOp, name="if_else")
    return target
