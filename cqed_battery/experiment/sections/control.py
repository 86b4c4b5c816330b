"""The [control] section: the same run without the catalyst."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from cqed_battery.device.limits import MAX_DRIVE_DETUNING_MHZ
from cqed_battery.device.section import Section, plain
from cqed_battery.errors import show_value


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
