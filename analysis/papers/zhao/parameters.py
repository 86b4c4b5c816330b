"""The parameters of Zhao's model (Z1: 2025, Z2: 2026), and what follows from them alone.

Where the two texts leave room, each reading is a named option.
"""

from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Ge, Le
from pydantic import Field

from cqed_battery.theory.paper_model import PaperModel

Drive: TypeAlias = Literal["full", "rotating-wave"]
Dephasing: TypeAlias = Literal["coherence", "sigma_z", "trace-growing"]
Start: TypeAlias = Literal["lower", "upper"]
PassiveOrder: TypeAlias = Literal["ground first", "opposite"]
Current: TypeAlias = Literal["energy rate", "reduced", "composite", "laboratory"]

MOST_LEVELS = 60
"""Fock levels that can be afforded."""


class Parameters(PaperModel):
    """The parameters of Table I of Zhao 2026, panels (b) to (d), and the readings of the text.

    Frequencies and rates are in one arbitrary unit, times in its inverse (hbar = 1).
    """

    section_name: ClassVar[str] = "zhao"

    omega_a: float = Field(default=2.0, gt=0, le=100, description="frequency of the qubit")
    omega_c: float = Field(default=0.01, ge=0, le=100, description="frequency of the catalyst")
    Omega: float = Field(default=0.5, ge=0, le=100, description="amplitude of the drive")
    omega_d: float = Field(default=2.0, gt=0, le=100, description="frequency of the drive")
    g: float = Field(default=0.75, ge=0, le=100, description="coupling of qubit and catalyst")
    kappa: float = Field(default=0.2, ge=0, le=100, description="damping rate of the catalyst")
    gamma_D: float = Field(default=0.05, ge=0, le=100, description="dephasing rate of the qubit")
    catalyst: bool = Field(default=True, description="whether the catalyst is there")
    fock_levels: Literal["auto"] | Annotated[int, Ge(2), Le(MOST_LEVELS)] = Field(
        default="auto", description="photon-number states that are kept; the papers take 3"
    )
    drive: Drive = Field(
        default="full", description="Omega sin(w_d t) sigma_x as it stands, or its resonant half"
    )
    dephasing: Dephasing = Field(
        default="coherence",
        description="the coherence decays at gamma_D (Z2, Eq. 9) or twice that (Z2, Eq. 16), or "
        "the dissipator is Z1's Eq. 9 as printed, under which the trace grows",
    )
    start: Start = Field(default="lower", description="the qubit's level at the start")
    passive_order: PassiveOrder = Field(
        default="ground first",
        description="the passive state has the larger population below, or above",
    )
    current: Current = Field(
        default="reduced", description="which of the four readings of J the figures draw"
    )

    @property
    def coherence_decay(self) -> float:
        """The rate at which the qubit's coherence decays, relative to the trace."""
        return self.gamma_D if self.dephasing == "coherence" else 2 * self.gamma_D

    @property
    def trace_growth(self) -> float:
        """The rate at which the trace grows: gamma_D/2 under Eq. 9 of Z1 as printed, or 0."""
        return self.gamma_D / 2 if self.dephasing == "trace-growing" else 0.0

    def envelope(self, time: float) -> complex:
        """Return the drive's envelope e(t) in the frame that turns at omega_d."""
        if self.drive == "rotating-wave":
            return 1j * self.Omega
        return complex(1j * self.Omega * (1 - np.exp(2j * self.omega_d * time)))
