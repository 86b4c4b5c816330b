"""What is known of an operating point: its status, its numbers and what they are worth."""

from dataclasses import dataclass
from math import nan

from analysis.design_search.box.objective import Objective

EXACT, SCREENED, REFUSED, UNMEASURED = 0, 1, 2, 3
STATUS = ("exact", "screened", "refused", "unmeasured")
_NOTHING = -1e9  # merit of a point that was refused


@dataclass(frozen=True)
class PointResult:
    """What a point gives; energies in hbar w_q, times in ns, sigmas above each bar.

    Gains are the catalysed arm's ergotropy less the control's; `*_control` is the control's own.
    `ladder_end` is what all kept levels of the transmon have over the control's at the end.
    `power` is the catalysed arm's largest ergotropy over the time it took, in hbar w_q per ns,
    `efficiency` its ergotropy at the end over the work that the drive did until then.
    `way` is the number of the measurement of the resonator that was chosen (`measurement.ways`),
    -1 without one; `reason` says why a point was refused, or cannot be measured although its
    dynamics are exact. The sigmas are those within the objective's hours; `hours` is what its
    sigmas need. A screened point lies far below a bar by its exact dynamics, and how it would be
    measured was not asked; where its dynamics have too many photons, late values are those of the
    steady state, and the rest is nan.
    """

    status: int = REFUSED
    heat: float = nan
    heat_end: float = nan
    peak_gain: float = nan
    mean_gain: float = nan
    late_gain: float = nan
    peak_control: float = nan
    mean_control: float = nan
    late_control: float = nan
    ladder_end: float = nan
    power: float = nan
    efficiency: float = nan
    fidelity: float = nan
    heat_sigmas: float = nan
    gain_sigmas: float = nan
    vacuum_sigmas: float = nan
    hours: float = nan
    merit: float = _NOTHING
    way: int = -1
    reason: str = ""

    @property
    def sigmas(self) -> float:
        """The smallest of the three observations' sigmas, nan where they were not computed."""
        return float(min(self.heat_sigmas, self.gain_sigmas, self.vacuum_sigmas))

    @property
    def sustained_gain(self) -> float:
        """The smaller of the window mean and the late gain, hbar w_q."""
        return min(self.mean_gain, self.late_gain)

    def meets(self, objective: Objective) -> bool:
        """Whether all three stand by as many sigmas as asked for, and the gain is that wanted."""
        enough = self.sustained_gain >= objective.least_gain
        return self.status == EXACT and enough and self.sigmas >= objective.sigmas


FIELDS = tuple(name for name in PointResult.__dataclass_fields__ if name != "reason")
GAINS, CONTROLS = ([n for n in FIELDS if n.endswith(end)] for end in ("_gain", "_control"))
UNITS = dict.fromkeys(["heat", *GAINS, *CONTROLS, "ladder_end"], "hbar w_q") | {
    "heat_end": "ns",
    "hours": "h",
    "power": "hbar w_q/ns",
}
