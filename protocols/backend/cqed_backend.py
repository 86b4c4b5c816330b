"""The emulated device as a Qiskit backend: one transmon beside its resonator.

Circuits of x, sx, rz, id, delay, reset, measure, if_else and charge(t) are executed by the
pulse-level dynamics of the same device as everywhere else. Qiskit's |1> is the excited level;
its Pauli operators are x = X, y = -Y, z = -Z of the battery's, whose empty state has z = -1.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import numpy as np
from qiskit.circuit import QuantumCircuit
from qiskit.providers import BackendV2, JobStatus, JobV1, Options
from qiskit.result import Result
from qiskit.transpiler import Target

from cqed_battery import __version__
from cqed_battery.compute.threads import one_thread
from cqed_battery.dynamics.convergence import initial_fock_levels, raise_levels
from cqed_battery.errors import show_value
from cqed_battery.experiment import Experiment
from protocols.backend.charge import CircuitError
from protocols.backend.clouds import Clouds, clouds_of
from protocols.backend.engine import PulseEngine, closed_fock_levels
from protocols.backend.noise import averaged, check_still, slow_shifts
from protocols.backend.program import Limits, Program, read_program
from protocols.backend.records import Record, record_probabilities
from protocols.backend.results import RunOptions, experiment_result, iq_data, sampled_data
from protocols.backend.target import target_of
from protocols.emulation.sampling import MOST_OUTCOMES
from protocols.prediction.predict import with_enough_levels
from protocols.reset import reset_of
from protocols.settings.axis import check_one_pulse

_MOST_SHOTS = 10**8  # of a circuit; an IQ point takes 16 bytes, so many 1.6 GB
_MOST_ENGINES = 400  # kept: as many as the slow noise has shifts at most


class CqedJob(JobV1):  # type: ignore[misc]
    """A job that was done when it was made."""

    def __init__(self, backend: "CqedBackend", job_id: str, result: Result) -> None:
        super().__init__(backend, job_id)
        self._result = result

    def submit(self) -> None:
        """Do nothing: the circuits have run."""

    def result(self) -> Result:
        """Return the result."""
        return self._result

    def status(self) -> JobStatus:
        """Return that the job is done."""
        return JobStatus.DONE

    def cancel(self) -> bool:
        """Return False: a job that is done cannot be cancelled, and keeps its result."""
        return False


class CqedBackend(BackendV2):  # type: ignore[misc]
    """A Qiskit backend over the device, the pulses and the reset of an experiment.

    Every repetition starts after the experiment's reset. A measurement projects at its
    beginning, and T1 acts during it; steps of an `if_test` that are not taken take no time.
    A delay lasts from 0 to 1 ms (in dt, ns, us, ms or s), and need not be a multiple of dt.
    The target's T1 and T2 are what an experiment on the idle qubit finds, which is not
    `transmon.t1_us`: the closed coupler leaves `coupler.g_off_MHz`, through which the qubit
    decays into the resonator (Purcell), and a warm bath also excites.

    Args:
        experiment: device, pulse length, reset; the charging time of `charge` may be as long as
            its last charging time.
        clouds: the readout that gives IQ points; by default those of the
            experiment's readout model.

    Raises:
        CircuitError: the experiment asks for the laboratory frame, for drifts or for the tomography
            of three levels, which a backend does not have.

    Example:
        >>> from qiskit import QuantumCircuit
        >>> circuit = QuantumCircuit(1, 1)
        >>> circuit.x(0); circuit.measure(0, 0)  # doctest: +SKIP
        >>> CqedBackend().run(circuit, shots=100).result().get_counts()  # doctest: +SKIP
        {'1': 95, '0': 5}
    """

    def __init__(
        self, experiment: Experiment | None = None, *, clouds: Clouds | None = None
    ) -> None:
        experiment = experiment or Experiment()
        if experiment.simulation.frame == "lab":
            raise CircuitError(
                'the backend solves the device in the rotating frame, but simulation.frame is "lab"'
            )
        if experiment.qutrit.measured:
            raise CircuitError(
                "the backend has no rotations on 1-2, but the experiment measures three levels: set"
                " qutrit.measured = false; with meas_level=1 IQ points tell level 2 from 1"
            )
        check_still(experiment)
        super().__init__(name="cqed_battery", backend_version=__version__)
        self.experiment = with_enough_levels(experiment)
        self._clouds = clouds or clouds_of(self.experiment)
        self._engines: dict[tuple[int, float], PulseEngine] = {}
        still = self._engine(closed_fock_levels(self.experiment))
        self._target = target_of(self.experiment, still)

    @property
    def target(self) -> Target:
        """Instructions, durations, dt, and the idle qubit's T1 and T2, the resonator included."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit."""
        return

    @classmethod
    def _default_options(cls) -> Options:
        options = Options(**asdict(RunOptions()))
        options.set_validator("shots", (1, _MOST_SHOTS))
        return options

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> CqedJob:
        """Run circuits one after the other and return a finished job.

        Args:
            run_input: a circuit or several, transpiled for this backend.
            options: shots, seed_simulator, meas_level (2 counts, 1 IQ points), meas_return
                ("single" or "avg" IQ points), memory (each shot's bits).

        Raises:
            CircuitError: a circuit or an option is refused.
        """
        circuits = [run_input] if isinstance(run_input, QuantumCircuit) else list(run_input)
        chosen = _run_options(dict(self.options) | options)
        programs = [self._program(circuit) for circuit in circuits]
        seeds = np.random.SeedSequence(chosen.seed_simulator).spawn(len(circuits))
        results = [
            experiment_result(circuit, chosen, self._data(program, chosen, seed))
            for circuit, program, seed in zip(circuits, programs, seeds, strict=True)
        ]
        return self._job(results)

    def record_probabilities(self, circuit: QuantumCircuit) -> dict[Record, float]:
        """Return the exact probability of every record of classical bits, assignment errors in.

        Args:
            circuit: of one qubit, transpiled for this backend, with a measurement at its end.

        Returns:
            Probabilities, which add up to 1, by record: a tuple with one outcome per classical bit.

        Raises:
            CircuitError: the circuit is refused.
            ConvergenceError: the charging needs more Fock levels than can be afforded.
        """
        return self._probabilities(self._program(circuit))

    def _program(self, circuit: QuantumCircuit) -> Program:
        program = read_program(circuit, _limits(self.experiment))
        if program.charges:
            check_one_pulse(self.experiment, "charge in a circuit")
        return program

    def _data(
        self, program: Program, options: RunOptions, seed: np.random.SeedSequence
    ) -> dict[str, Any]:
        if options.meas_level == 2:
            _check_outcomes(2, program)
            return sampled_data(self._probabilities(program), options, seed)
        _check_outcomes(self.experiment.transmon.kept_levels, program)
        if program.chooses:
            raise CircuitError("conditionals need bits: run the circuit with meas_level=2")
        levels = self._probabilities(program, levels=True)
        return iq_data(levels, program.measured, self._clouds, options, seed)

    @one_thread()
    def _probabilities(self, program: Program, *, levels: bool = False) -> dict[Record, float]:
        """Return the records' probabilities, averaged over the transmon's slow noise."""
        shifts, weights = slow_shifts(self.experiment, program)
        return averaged(lambda shift: self._records(program, levels, shift), shifts, weights)

    def _records(self, program: Program, levels: bool, shift: float) -> dict[Record, float]:
        """Return the probabilities at a shift in MHz, with the Fock levels the charging needs."""
        if not program.charges:
            engine = self._engine(closed_fock_levels(self.experiment), shift)
            return record_probabilities(engine, program, levels=levels)
        fock = initial_fock_levels(self.experiment)
        while True:
            engine = self._engine(fock.levels, shift)
            found = record_probabilities(engine, program, levels=levels)
            if engine.top < fock.limit:
                return found
            fock = raise_levels(fock, engine.top)

    def _engine(self, fock_levels: int, shift: float = 0.0) -> PulseEngine:
        key = (fock_levels, shift)
        if key not in self._engines:
            if len(self._engines) >= _MOST_ENGINES:
                self._engines.clear()
            self._engines[key] = PulseEngine(self.experiment, fock_levels, shift)
        return self._engines[key]

    def _job(self, results: list[dict[str, Any]]) -> CqedJob:
        job_id = str(uuid4())
        result = Result.from_dict(
            {
                "backend_name": self.name,
                "backend_version": self.backend_version,
                "qobj_id": job_id,
                "job_id": job_id,
                "success": True,
                "status": "COMPLETED",
                "results": results,
            }
        )
        return CqedJob(self, job_id, result)


def _limits(experiment: Experiment) -> Limits:
    return Limits(
        1 / experiment.drive.clock_GHz,
        float(experiment.charging_times_ns[-1]),
        reset_of(experiment).resets,
    )


def _check_outcomes(outcomes: int, program: Program) -> None:
    count = outcomes ** len(program.measured)
    if count > MOST_OUTCOMES:
        raise CircuitError(
            f"a circuit may have at most {MOST_OUTCOMES} records, but its {len(program.measured)} "
            f"measured bits have {count}: measure into fewer bits"
        )


def _run_options(given: dict[str, Any]) -> RunOptions:
    """Return checked options of a run.

    Raises:
        CircuitError: an option is unknown or out of range.
    """
    known = asdict(RunOptions())
    for name in given:
        if name not in known:
            raise CircuitError(f"{name} is not an option of a run, which has {', '.join(known)}")
    options = RunOptions(**given)
    level, kind = options.meas_level, getattr(options.meas_return, "value", options.meas_return)
    seed, shots = options.seed_simulator, options.shots
    for name, must, right in (
        ("shots", f"a whole number from 1 to {_MOST_SHOTS}", _is_whole(shots, _MOST_SHOTS, 1)),
        ("seed_simulator", "None or a whole number >= 0", seed is None or _is_whole(seed)),
        ("meas_level", "1 (IQ points) or 2 (bits)", level in (1, 2)),
        ("meas_return", '"single" or "avg"', kind in ("single", "avg")),
    ):
        if not right:
            raise CircuitError(f"{name} must be {must}, but is {show_value(given[name])}")
    return RunOptions(int(shots), seed, int(level), str(kind), bool(options.memory))


def _is_whole(value: object, highest: float = float("inf"), lowest: int = 0) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and lowest <= value <= highest  # type: ignore[operator]
