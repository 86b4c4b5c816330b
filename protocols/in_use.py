"""Which keys of an experiment file play a part: what a page shows of it, and what it folds away.

The list is closed: a key that neither a rule nor a method names plays a part.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from cqed_battery.experiment import Experiment
from protocols.readout import READOUTS
from protocols.reset import RESETS
from protocols.resonator import MEASUREMENTS
from protocols.shape import SHAPES

Rule = tuple[Callable[[Experiment], bool], tuple[str, ...]]


def _keys(section: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{section}.{name}" for name in names)


RULES: tuple[Rule, ...] = (
    (lambda e: e.coupler.kind == "tunable", _keys("coupler", "g_off_MHz")),
    (lambda e: e.coupler.kind == "fixed", _keys("coupler", "tuned")),
    (lambda e: e.drive.target == "both", _keys("drive", "resonator_ratio", "resonator_phase_rad")),
    (
        lambda e: e.drive.second_ratio != 0,
        _keys("drive", "second_offset_MHz", "second_phase_rad", "second_delay_ns"),
    ),
    (lambda e: e.axis.name == "amplitude", _keys("charging", "amplitude_from", "amplitude_to")),
    (
        lambda e: e.axis.name == "detuning",
        _keys("charging", "detuning_from_MHz", "detuning_to_MHz"),
    ),
    (
        lambda e: e.axis.dim == "time" and e.charging.times_ns is None,
        _keys("charging", "start_ns"),
    ),
    (lambda e: e.charging.times_ns is None, _keys("charging", "stop_ns", "points")),
    (lambda e: e.tomography.pulse != "none", _keys("tomography", "pulse_ns")),
    (lambda e: e.control.detuned, _keys("control", "moved", "drive")),
    (lambda e: e.extraction.unitary != "none", _keys("extraction", "shots")),
    (lambda e: e.qutrit.measured, _keys("qutrit", "shots")),
    (lambda e: e.simulation.frame == "lab", _keys("simulation", "counter_rotating")),
    (lambda e: e.analysis.envelope == "damped-sinusoids", _keys("analysis", "max_modes")),
    (lambda e: e.coupler.kind == "fixed" or e.control.detuned, _keys("priors", "flux_pulse")),
)
"""A condition, and the keys at their defaults that play a part only where it holds."""

Chosen = tuple[Mapping[str, Any], Callable[[Experiment], str]]
METHODS: tuple[Chosen, ...] = (
    (RESETS, lambda e: e.reset.kind),
    (READOUTS, lambda e: e.readout.model),
    (SHAPES, lambda e: e.charging.shape),
    (MEASUREMENTS, lambda e: e.vacuum.method),
)
"""Methods, whose `own_keys` play a part only with them, and which one a file chooses, if any."""
_FAULTS, _ORDER = "faults.", "faults.order"


def idle_keys(experiment: Experiment) -> frozenset[str]:
    """Return the keys, "section.key", that are at their defaults and play no part.

    A fault at its default is none; the order of the settings always is one.

    Args:
        experiment: the experiment file's content.
    """
    defaults = _defaults()
    values = dict(flat_keys(experiment.model_dump()))
    untouched = {key for key, value in values.items() if value == defaults[key]}
    idle = {key for plays, keys in RULES if not plays(experiment) for key in keys}
    for methods, choice in METHODS:
        chosen = choice(experiment)
        played = methods[chosen].own_keys if chosen in methods else ()
        idle |= {key for method in methods.values() for key in method.own_keys} - {*played}
    idle |= {key for key in untouched if key.startswith(_FAULTS) and key != _ORDER}
    return frozenset(idle & untouched)


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    return dict(flat_keys(Experiment().model_dump()))


def flat_keys(file: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a file as "section.key", those outside the sections by name, with values.

    Args:
        file: sections as mappings.
    """
    for name, block in file.items():
        if isinstance(block, Mapping):
            yield from ((f"{name}.{key}", value) for key, value in block.items())
        else:
            yield name, block
