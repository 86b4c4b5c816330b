"""The blocks of results.json with types: arms, global fit, checks, verdict.

The dataclasses name the keys of the file; pydantic builds them from it (`read_typed`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator

from analysis.observations import ALL_THREE, GAIN, HEAT, VACUUM, Judgement
from analysis.results.estimates import Floats, Quantity, floats, read_typed
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.axis import AXES
from cqed_battery.operators import ComplexArray


def _complex(block: Mapping[str, Any]) -> ComplexArray:
    return floats(block["real"]) + 1j * floats(block["imag"])


@dataclass(frozen=True, eq=False, kw_only=True)
class SweptAxis:
    """What the charging settings sweep: name (`charging.axis`), title, units, values (T,)."""

    name: str
    title: str
    units: str
    values: Floats

    @property
    def dim(self) -> str:
        """Its dimension in datasets."""
        return AXES[self.name].dim

    @property
    def label(self) -> str:
        """What it is, with its unit, for a figure's axis."""
        return AXES[self.name].label

    @property
    def truncated(self) -> bool:
        """Whether the settings are moments of one pulse."""
        return AXES[self.name].truncated


def swept_axis(block: Mapping[str, Any]) -> SweptAxis:
    """Return what was swept; charging times where a block of an older version says nothing else.

    Args:
        block: results.json, or the shots of a plan: `times` in ns, and `axis` (`axis_dict`).
    """
    times = {"name": "time", "title": "charging time", "units": "ns", "values": block["times"]}
    return read_typed(SweptAxis, block.get("axis", times))


def axis_dict(experiment: Experiment) -> dict[str, Any]:
    """Return what an experiment sweeps as an entry of results.json.

    Args:
        experiment: the experiment file's content.
    """
    axis = experiment.axis
    values = experiment.axis_values.tolist()
    return {"name": axis.name, "title": axis.title, "units": axis.units, "values": values}


@dataclass(frozen=True, eq=False, kw_only=True)
class VacuumFidelity(Quantity):
    """F at the end of charging, each number (): when in ns, and what no number of shots lowers.

    `plain_average` is the textbook estimate; `photon_distribution`, (N,), where the method gives
    one; `sum_rule_bound` the lower bound of F from the battery's data.
    """

    time: float
    systematic: float
    plain_average: float | None = None
    photon_distribution: Floats | None = None
    sum_rule_bound: Quantity | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmExtraction:
    """What the extraction pulses took out of one arm, at K charging times in ns, (K,) each.

    Args:
        times: charging times before the pulses.
        angle_rad: by which each pulse turns.
        phase_rad: of its axis.
        energy_before: E of the state at the end of charging, after a wait as long as the pulse.
        energy_after: E after the pulse, both in hbar w_q.
        work: the first less the second.
        uncorrected_work: the same, corrected for the readout's errors alone.
        ergotropy: of tomography, at the same times.
        ergotropy_less_work: the difference, with the errors that both share cancelled.
    """

    times: Floats
    angle_rad: Floats
    phase_rad: Floats
    energy_before: Quantity
    energy_after: Quantity
    work: Quantity
    uncorrected_work: Floats
    ergotropy: Quantity
    ergotropy_less_work: Quantity


@dataclass(frozen=True, eq=False, kw_only=True)
class ExtractionResults:
    """The direct measurement of ergotropy: what named the pulses, the arms, the gain of work."""

    unitary: str
    arms: Mapping[str, ArmExtraction]
    gain: Quantity | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class QutritResults:
    """Three levels of one arm at K charging times in ns.

    Args:
        times: charging times, (K,).
        density_matrix: least squares, of trace 1; noise may drive it out of the states, (K, 3, 3).
        populations: of levels 0, 1 and 2, (K, 3).
        energy: of three levels, in hbar w_q, -1/2 where the battery is empty, (K,).
        ergotropy: of three levels, the bias of the eigenvalues removed, in hbar w_q, (K,).
    """

    times: Floats
    density_matrix: Annotated[ComplexArray, PlainValidator(_complex)]
    populations: Quantity
    energy: Quantity
    ergotropy: Quantity


@dataclass(frozen=True, eq=False, kw_only=True)
class Envelope:
    """The smooth curve through the energy on times of its own in ns, (F,), and its derivative.

    `modes` is None for a Gaussian process, which has neither frequencies nor decay rates.
    `residuals` are the measured x, y, z less their envelopes at the charging times, in standard
    errors, (T, 3); NaN where there is none, empty in files before version 0.2.
    """

    times: Floats
    energy: Quantity
    energy_derivative: Quantity
    modes: int | None = None
    frequencies_MHz: Floats = field(default_factory=lambda: floats([]))
    decay_rates_per_us: Floats = field(default_factory=lambda: floats([]))
    reduced_chi2: float
    residuals: Floats = field(default_factory=lambda: floats([]))
    method: str


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmResults:
    """One arm: estimates over the T charging times, (T,), `bloch` (T, 3).

    Where amplitude, detuning or a scaled pulse is swept in their place, `energy_rate`, `power`,
    `heat_current` and `heat_integral` are NaN, and `envelope` is None: they need moments of one
    pulse.

    Args:
        bloch: x, y, z; z = P(1) - P(0).
        energy: E = hbar w_q z/2, and so on in units of hbar w_q.
        ergotropy: what a unitary can take out.
        energy_rate: dE/dt, per ns.
        power: P of the drive, per ns.
        heat_current: J = dE/dt - P, per ns; below 0 energy leaves the battery.
        heat_integral: S, the integral of J from the start.
        bloch_covariance: (T, 3, 3).
        density_matrix: (T, 2, 2).
        envelope: the smooth energy.
        pipeline_bias: what was subtracted from each of the estimates.
        flux_work: what the flux pulse to idle does to the transmon; None where it stays.
        three_outcomes: `leakage` and `bloch` from counts of outcome 2, empty without.
        whole_ladder: energy, ergotropy and S of all levels, and the drive's energy; None where no
            model has them.
    """

    bloch: Quantity
    energy: Quantity
    ergotropy: Quantity
    energy_rate: Quantity
    power: Quantity
    heat_current: Quantity
    heat_integral: Quantity
    bloch_covariance: Floats
    density_matrix: Annotated[ComplexArray, PlainValidator(_complex)]
    pipeline_bias: Mapping[str, Floats]
    envelope: Envelope | None = None
    flux_work: Quantity | None = None
    three_outcomes: Mapping[str, Quantity] = field(default_factory=dict)
    whole_ladder: Mapping[str, Quantity] | None = None


CURVES = tuple(part.name for part in fields(ArmResults) if part.type is Quantity)
"""The estimates that every arm has."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedParameter(Quantity):
    """A device parameter fitted to all counts, numbers (): unit, value of the file, prior width."""

    unit: str
    file: float
    prior: Annotated[float | None, BeforeValidator(lambda prior: prior and prior[1])]


def _by_name(entries: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {entry["name"]: entry for entry in entries}


@dataclass(frozen=True, eq=False, kw_only=True)
class GlobalFitResults:
    """The device model fitted to all counts; only outcome and statement where it fails to converge.

    `parameters` by key of the experiment file, K of them; `correlation`, (K, K); `arms`: estimates
    of each arm by name; `residuals`: counts less the fit in standard errors, of each arm's x, y, z,
    (T, 3), NaN where nothing was measured.
    """

    outcome: str
    statement: str
    deviance: float | None = None
    expected_deviance: float | None = None
    settings: int | None = None
    p_value: float | None = None
    parameters: Annotated[Mapping[str, FittedParameter], BeforeValidator(_by_name)] = field(
        default_factory=dict
    )
    correlation: Floats | None = None
    arms: Mapping[str, Mapping[str, Quantity]] = field(default_factory=dict)
    residuals: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One check of the pipeline: "pass", "warn" or "fail", its sentence, its own numbers."""

    outcome: str
    statement: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, *, outcome: str, statement: str, **numbers: Any) -> "Check":
        """Return a check of results.json, of which the further keys are its numbers."""
        return cls(outcome, statement, numbers)


@dataclass(frozen=True, eq=False)
class GainPart(Judgement):
    """One measure of the ergotropy gain, and the window in ns that it was taken over, if any."""

    window: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class GainJudgement(Judgement):
    """Ergotropy above the control: each measure's judgement, the one that decides, every time.

    `pointwise` is (T,); empty or None without a control.
    """

    parts: Mapping[str, GainPart] = field(default_factory=dict)
    criterion: str | None = None
    pointwise: Quantity | None = None

    @property
    def windows(self) -> dict[str, tuple[float, float]]:
        """The windows in ns by measure, where it has one."""
        return {name: part.window for name, part in self.parts.items() if part.window}


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdict:
    """The three observations and their conjunction (`analysis.observations`)."""

    heat: Annotated[Judgement, Field(validation_alias=HEAT.key)]
    gain: Annotated[GainJudgement, Field(validation_alias=GAIN.key)]
    vacuum: Annotated[Judgement, Field(validation_alias=VACUUM.key)]
    together: Annotated[Judgement, Field(validation_alias=ALL_THREE.key)]
