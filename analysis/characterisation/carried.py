"""Values that a file or a fit gives to keys of an experiment, and where each comes from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from analysis.estimators.global_fit.model.parameters import LEAST_COUPLING_MHZ, LEAST_RATE_MHZ
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
    """Return the experiment with the values that were found, and with their errors as priors.

    Args:
        experiment: which they change.
        found: values by key.
        not_carried: sentences on what has no key.

    Raises:
        CharacterisationError: a value is outside the range of its key.
    """
    found = [*found, *priors_of(found)]
    try:
        changed = experiment.replace({value.key: value.value for value in found})
    except ExperimentError as error:
        raise CharacterisationError(f"{error}; the value comes from {_sources(found)}") from None
    left = [*not_carried, *_left_behind(changed, found)]
    return Characterised(changed, tuple(found), tuple(left))


def _relative(beside: float = 0.0) -> Callable[[Carried], float]:
    return lambda found: (found.std or 0.0) / (found.value + beside)


def _in_mhz(found: Carried) -> float:
    return mhz_from_ghz(found.std or 0.0)


_PRIORS: dict[str, tuple[str, Callable[[Carried], float]]] = {
    "drive.rabi_rate_MHz": ("priors.rabi_rate", _relative()),
    "transmon.t1_us": ("priors.t1", _relative()),
    "transmon.frequency_GHz": ("priors.transmon_frequency_MHz", _in_mhz),
    "resonator.frequency_GHz": ("priors.resonator_frequency_MHz", _in_mhz),
    "coupler.g_on_MHz": ("priors.coupling", _relative(LEAST_COUPLING_MHZ)),
    "resonator.linewidth_MHz": ("priors.linewidth", _relative(LEAST_RATE_MHZ)),
    "transmon.dephasing_rate_MHz": ("priors.dephasing", _relative(LEAST_RATE_MHZ)),
}
"""Keys whose standard error is a prior: its key, and how wide it is."""


def priors_of(found: Sequence[Carried]) -> list[Carried]:
    """Return the entries of [priors] that the standard errors of values are.

    Args:
        found: values by key, with their errors where they are known.
    """
    known = [each for each in found if each.key in _PRIORS and each.std]
    return [
        Carried(_PRIORS[each.key][0], _PRIORS[each.key][1](each), None, f"error of {each.key}")
        for each in known
    ]


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
