"""What is done to the device and how it is analysed: the other sections of an experiment."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Gt
from pydantic import BeforeValidator, Field, model_validator

from cqed_battery.device.limits import (
    MAX_DRIVE_DETUNING_MHZ,
    MAX_RATE_MHZ,
    MAX_SHOTS,
    MAX_TIME_NS,
)
from cqed_battery.device.section import Section, as_tuple, plain
from cqed_battery.errors import show_value

_MAX_PULSE_NS = 1000.0  # of a rotation: 1 us, some fifty times the usual
_MAX_POINTS = 100_000  # times of a grid: some 10 MB of counts
_MAX_SHIFT_MHZ = 500.0  # shift per photon: beyond, the exchange is resonant, not dispersive
_MAX_SELECTIVE_NS = 1e5  # 0.1 ms, as long as a usual lifetime
_MAX_RESET_US = 1000.0  # as long as a passive reset takes on the best transmons
_MAX_DDROP_PHOTONS = 30.0  # some 60 Fock levels
_MAX_DISPLACEMENT_MHZ = 500.0  # rate over 2 pi: a photon within a nanosecond

PositiveTime = Annotated[float, Gt(0)]


class Reset(Section):
    """How the transmon and the resonator are emptied before each repetition."""

    # Defaults: usual values. After 2 us a resonator with kappa/2pi = 1 MHz holds exp(-4 pi) of its
    # photons; after 250 us, five lifetimes of 50 us, a transmon exp(-5) of its excitation.
    section_name: ClassVar[str] = "reset"

    kind: Literal["active", "passive", "none", "f0-g1", "ddrop", "post-selected"] = Field(
        default="active",
        description="measure and flip, wait, nothing, by pulses, by driving, or by selection",
    )
    rounds: int = Field(default=2, ge=1, le=20, description="rounds of the active reset")
    latency_ns: float = Field(
        default=500.0,
        ge=0,
        description="measurement and feedback of one round, in ns; T1 acts meanwhile",
    )
    leakage_per_flip: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="probability that a flip takes level 0 or 1 to level 2, no unit",
    )
    shots: int = Field(
        default=5000,
        ge=1,
        le=MAX_SHOTS,
        description="repetitions that establish the residual excitation",
    )
    rethermalises: bool = Field(
        default=False,
        description="whether T1 acts after an active reset while the resonator empties",
    )
    f0g1_MHz: float = Field(
        default=5.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="coupling of |2, 0> and |0, 1> under the f0-g1 tone / 2 pi, in MHz",
    )
    upper_rabi_MHz: float = Field(
        default=7.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="Rabi rate / 2 pi on the 1-2 transition beside the f0-g1 tone, in MHz",
    )
    ddrop_rabi_MHz: float = Field(
        default=1.0,
        gt=0,
        le=MAX_RATE_MHZ,
        description="Rabi rate / 2 pi of ddrop, on the transmon without photons, in MHz",
    )
    ddrop_photons: float = Field(
        default=6.0,
        gt=0,
        le=_MAX_DDROP_PHOTONS,
        description="mean photons that ddrop's second drive holds with level 0",
    )
    drive_us: float = Field(
        default=2.0,
        gt=0,
        le=_MAX_RESET_US,
        description="length of the drives of f0-g1 and ddrop, in us",
    )
    wait_us: float = Field(default=250.0, ge=0, description="wait of the passive reset, in us")
    resonator_wait_ns: float = Field(
        default=2000.0, ge=0, description="time in which the resonator empties, in ns"
    )
    initial_excitation: float | None = Field(
        default=None,
        ge=0,
        le=1,
        examples=[1.0],
        description="population of level 1 that is prepared after the reset, no unit",
    )
    resonator_photons: float = Field(
        default=1.0, ge=0, description="mean photons in the resonator when that wait begins"
    )


class Tomography(Section):
    """The measurement of the transmon's Bloch vector after each charging time."""

    # Default: 16 ns, in which a DRAG pulse leaves little in level 2 at alpha/2pi = -0.25 GHz.
    section_name: ClassVar[str] = "tomography"

    shots: int = Field(default=1000, ge=1, le=MAX_SHOTS, description="shots of each setting")
    pulse: Literal["drag", "none"] = Field(
        default="drag", description="real rotations, or ideal ones that take no time"
    )
    pulse_ns: float = Field(
        default=16.0, gt=0, le=_MAX_PULSE_NS, description="length of a rotation, in ns"
    )
    bases: Annotated[tuple[Literal["x", "y", "z"], ...], BeforeValidator(as_tuple)] = Field(
        default=("x", "y", "z"), description="the bases in measuring order, each once"
    )

    @model_validator(mode="after")
    def _check_bases(self) -> Self:
        if sorted(self.bases) != ["x", "y", "z"]:
            raise ValueError(
                "tomography.bases must name x, y and z once each, in any order, "
                f"but is {show_value(self.bases)}"
            )
        return self


class VacuumMeasurement(Section):
    """The measurement of the resonator's vacuum fidelity after the last charging time."""

    section_name: ClassVar[str] = "vacuum"
    renamed: ClassVar[Mapping[str, str]] = {"chi_MHz": "shift_per_photon_MHz"}

    method: Literal["vacuum-rabi", "swap", "number-selective", "displaced-parity", "none"] = Field(
        default="vacuum-rabi",
        description="pulse sequence that measures the resonator, or not measured",
    )
    shots: int = Field(default=1000, ge=1, le=MAX_SHOTS, description="shots of each setting")
    stop_ns: float = Field(
        default=100.0,
        gt=0,
        le=MAX_TIME_NS,
        description="longest exchange (or swap, wait, displacement) time, in ns, from 0",
    )
    points: int = Field(default=41, ge=2, le=_MAX_POINTS, description="how many exchange times")
    reset_ns: float = Field(
        default=10.0,
        ge=0,
        le=_MAX_PULSE_NS,
        description="time in which the transmon is emptied first (not vacuum-rabi), in ns",
    )
    kappa_off_MHz: float | None = Field(
        default=None,
        ge=0,
        le=MAX_RATE_MHZ,
        examples=[0.01],
        description="linewidth / 2 pi during the two dispersive methods, if it switches, in MHz",
    )
    shift_per_photon_MHz: float = Field(
        default=3.0,
        gt=0,
        le=_MAX_SHIFT_MHZ,
        description="shift of the transmon by one photon, 2 chi / 2 pi, in MHz",
    )
    selective_pulse_ns: float = Field(
        default=500.0, gt=0, le=_MAX_SELECTIVE_NS, description="number-selective pi pulse, in ns"
    )
    displacement_MHz: float = Field(
        default=2.0,
        gt=0,
        le=_MAX_DISPLACEMENT_MHZ,
        description="rate / 2 pi at which displaced-parity moves the resonator, in MHz",
    )

    @property
    def measured(self) -> bool:
        """Whether there is a measurement."""
        return self.method != "none"


class ControlArm(Section):
    """The control: the same run without the catalyst."""

    section_name: ClassVar[str] = "control"

    kind: Literal["closed", "detuned", "none"] = Field(
        default="closed",
        description="the coupler stays closed, one of the two is moved away, or there is none",
    )
    moved: Literal["transmon", "resonator"] = Field(
        default="transmon", description="which of the two a detuned control moves away"
    )
    detuning_MHz: float | None = Field(
        default=None,
        ge=-MAX_DRIVE_DETUNING_MHZ,
        le=MAX_DRIVE_DETUNING_MHZ,
        examples=[-300.0],
        description="its frequency in a detuned control less that in the catalysed arm, in MHz",
    )
    drive: Literal["follows", "stays"] = Field(
        default="follows",
        description="whether the drive's carrier follows a moved transmon, or stays",
    )

    @model_validator(mode="before")
    @classmethod
    def _read_enabled(cls, given: Any) -> Any:
        """An older key: false is kind "none", true any other kind."""
        if not isinstance(given, dict) or "enabled" not in given:
            return given
        kept, enabled = {k: v for k, v in given.items() if k != "enabled"}, plain(given["enabled"])
        if not isinstance(enabled, bool):
            raise ValueError(f"control.enabled must be true or false, but is {show_value(enabled)}")
        if not enabled:
            return {**kept, "kind": "none"}
        if kept.get("kind") == "none":
            del kept["kind"]
        return kept

    @model_validator(mode="after")
    def _check_detuning(self) -> Self:
        if self.kind == "detuned" and not self.detuning_MHz:
            stated = self.detuning_MHz is not None
            raise ValueError(
                f"control.detuning_MHz must say how far the {self.moved} is moved away with"
                f' control.kind = "detuned", but is {"0" if stated else "not given"}: set it, -300'
                " for instance"
            )
        return self

    @property
    def enabled(self) -> bool:
        """Whether a control is measured."""
        return self.kind != "none"

    @property
    def detuned(self) -> bool:
        """Whether the control moves the transmon or the resonator away."""
        return self.kind == "detuned"


class Simulation(Section):
    """How the emulation solves the equation of motion."""

    # A tolerance below 1e-14 is lost in rounding; one above 1e-8 nears the 1e-7 of the checks.
    section_name: ClassVar[str] = "simulation"

    frame: Literal["rotating", "lab"] = Field(
        default="rotating", description="frame of the drive, or the slow laboratory frame"
    )
    counter_rotating: bool = Field(
        default=False,
        description="whether the laboratory frame keeps the coupling's ab + a'b', too",
    )
    method: Literal["exponential", "DOP853", "RK45"] = Field(
        default="exponential",
        description="exact exponential action, or an ODE solver of qiskit-dynamics",
    )
    tolerance: float = Field(
        default=1e-10, ge=1e-14, le=1e-8, description="tolerance of the solver, no unit"
    )


class Analysis(Section):
    """How the counts are analysed and when a claim is said to hold."""

    section_name: ClassVar[str] = "analysis"

    correction: Literal["model", "none"] = Field(
        default="model", description="whether a model of the closing and the pulses corrects"
    )
    global_fit: bool = Field(
        default=True, description="whether the device model is fitted to all counts at once"
    )
    envelope: Literal["damped-sinusoids", "gaussian-process"] = Field(
        default="damped-sinusoids", description="what smooths the Bloch components over time"
    )
    max_modes: int = Field(
        default=6, ge=1, le=8, description="most damped oscillations of an envelope"
    )
    heat_window_end_ns: Literal["auto"] | PositiveTime = Field(
        default="auto", description="end of the early window of the heat current, in ns"
    )
    late_window_ns: Literal["auto"] | PositiveTime = Field(
        default="auto", description="length of the late window of the ergotropy, in ns"
    )
    sigma_threshold: float = Field(
        default=3.0, gt=0, description="standard errors from which a claim is decided"
    )
    smallest_effect: float = Field(
        default=0.02, gt=0, description="smallest energy that counts as a gain, in hbar w_q"
    )
    vacuum_fidelity_threshold: float = Field(
        default=0.95, gt=0, lt=1, description="fidelity from which the vacuum is recovered"
    )
