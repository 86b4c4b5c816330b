"""The [analysis] section: how the counts are analysed, and when a claim is said to hold."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Gt
from pydantic import Field

from cqed_battery.device.section import Section

_PositiveTime = Annotated[float, Gt(0)]


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
    heat_window_end_ns: Literal["auto"] | _PositiveTime = Field(
        default="auto", description="end of the early window of the heat current, in ns"
    )
    late_window_ns: Literal["auto"] | _PositiveTime = Field(
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
