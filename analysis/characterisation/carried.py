"""Values that a file or a fit gives to keys of an experiment, and where each comes from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cqed_battery.errors import CqedBatteryError, ExperimentError, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import mhz_from_angular, mhz_from_ghz, ns_from_us, rate_from_t1_us

_RESONANT_MHZ = 1.0  # a drive this near is called resonant


class CharacterisationError(CqedBatteryError):
    """A calibration file or a trace that tells nothing of a device."""


@dataclass(frozen=True)
class Carried:
    """A value of a key of the experiment file, its standard error if known, and its source."""

    key: str
    value: float
    std: float | None
    source: str


@dataclass(frozen=True)
class Characterised:
    """An experiment with what was carried into it; what was not is named with the reason."""

    experiment: Experiment
    carried: tuple[Carried, ...]
    not_carried: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what was carried and what not as plain values."""
        return {
            "carried": [asdict(value) for value in self.carried],
            "not_carried": list(self.not_carried),
        }

    def to_toml(self) -> str:
        """Return the experiment file, the source of every carried value above it."""
        lines = [f"# {value.key}: {value.source}" for value in self.carried]
        lines += [f"# not carried: {reason}" for reason in self.not_carried]
        return "\n".join([*lines, "", self.experiment.to_toml(comments=True)])


def carry(
    experiment: Experiment, found: Sequence[Carried], not_carried: Sequence[str] = ()
) -> Characterised:
    """Return the experiment with the values that were found.

    Args:
        experiment: which they change.
        found: values by key.
        not_carried: sentences on what has no key.

    Raises:
        CharacterisationError: a value is outside the range of its key.
    """
    try:
        changed = experiment.replace({value.key: value.value for value in found})
    except ExperimentError as error:
        raise CharacterisationError(f"{error}; the value comes from {_sources(found)}") from None
    left = [*not_carried, *_left_behind(changed, found)]
    return Characterised(changed, tuple(found), tuple(left))


def _left_behind(experiment: Experiment, found: Sequence[Carried]) -> list[str]:
    """Say which frequencies stay where they were when that of the transmon moves."""
    if all(value.key != "transmon.frequency_GHz" for value in found):
        return []
    transmon = experiment.transmon.frequency_GHz
    others = {
        "drive.frequency_GHz": experiment.drive.frequency_GHz,
        "resonator.frequency_GHz": experiment.resonator.frequency_GHz,
    }
    return [
        f"{key} stays {other:g} GHz, {abs(mhz_from_ghz(other - transmon)):.3g} MHz from the"
        " transmon; set it to what it was"
        for key, other in others.items()
        if abs(mhz_from_ghz(other - transmon)) > _RESONANT_MHZ
    ]


def _sources(found: Sequence[Carried]) -> str:
    return "; ".join(f"{value.key} = {show_value(value.value)}: {value.source}" for value in found)


def dephasing_mhz(t2_ns: float, t1_us: float, convention: str) -> float:
    """Return the pure dephasing rate / 2 pi in MHz behind a T2: 1/T2 = 1/(2 T1) + rate.

    Args:
        t2_ns: decay time of the 0-1 coherence, in ns.
        t1_us: lifetime of level 1, in us.
        convention: of the file, "coherence" (the coherence decays at the rate) or "sigma_z" (at
            twice the rate).

    Raises:
        CharacterisationError: T2 is above 2 T1.
    """
    rate = 1 / t2_ns - rate_from_t1_us(t1_us) / 2
    if rate < 0:
        raise CharacterisationError(
            f"T2 must be at most 2 T1, but is {t2_ns:g} ns beside T1 of {ns_from_us(t1_us):g} ns"
        )
    return mhz_from_angular(rate / 2 if convention == "sigma_z" else rate)


def finite(values: FloatArray) -> bool:
    """Say whether all numbers are finite and there is at least one.

    Args:
        values: of any shape.
    """
    return values.size > 0 and bool((abs(values) < float("inf")).all())
