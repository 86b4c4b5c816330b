"""Which keys of an experiment file play a part: what a page shows of it, and what it folds away.

The list is closed: a key that neither a rule nor a method names plays a part.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cqed_battery.errors import join_words, show_value
from cqed_battery.experiment import Experiment
from protocols.readout import READOUTS
from protocols.reset import RESETS
from protocols.resonator import MEASUREMENTS
from protocols.shape import SHAPES


@dataclass(frozen=True)
class Rule:
    """Keys that play a part only where a condition holds.

    Args:
        plays: whether the condition holds of an experiment.
        where: the condition as a user reads it.
        keys: "section.key" each.
    """

    plays: Callable[[Experiment], bool]
    where: str
    keys: tuple[str, ...]


def _keys(section: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{section}.{name}" for name in names)


RULES: tuple[Rule, ...] = (
    Rule(
        lambda e: e.transmon.levels != 2,
        "transmon.levels of 3 or more",
        _keys("transmon", "t1_level2_us"),
    ),
    Rule(
        lambda e: e.coupler.kind == "tunable" or e.coupler.g_off_MHz == 0,
        'coupler.kind = "tunable"',
        _keys("coupler", "g_off_MHz"),
    ),
    Rule(lambda e: e.coupler.kind == "fixed", 'coupler.kind = "fixed"', _keys("coupler", "tuned")),
    Rule(
        lambda e: e.drive.target == "both",
        'drive.target = "both"',
        _keys("drive", "resonator_ratio", "resonator_phase_rad"),
    ),
    Rule(
        lambda e: e.drive.second_ratio != 0,
        "drive.second_ratio other than 0",
        _keys("drive", "second_offset_MHz", "second_phase_rad", "second_delay_ns"),
    ),
    Rule(
        lambda e: e.axis.name == "amplitude",
        'charging.axis = "amplitude"',
        _keys("charging", "amplitude_from", "amplitude_to", "amplitudes"),
    ),
    Rule(
        lambda e: e.axis.name == "detuning",
        'charging.axis = "detuning"',
        _keys("charging", "detuning_from_MHz", "detuning_to_MHz", "detunings_MHz"),
    ),
    Rule(
        lambda e: e.axis.dim == "time" and e.charging.times_ns is None,
        "charging times that are not listed",
        _keys("charging", "start_ns"),
    ),
    Rule(
        lambda e: e.charging.times_ns is None,
        "charging times that are not listed",
        _keys("charging", "stop_ns", "points"),
    ),
    Rule(
        lambda e: e.tomography.pulse != "none",
        "a tomography.pulse",
        _keys("tomography", "pulse_ns"),
    ),
    Rule(
        lambda e: e.control.detuned,
        'control.kind = "detuned"',
        _keys("control", "moved", "drive"),
    ),
    Rule(
        lambda e: e.extraction.unitary != "none",
        "an extraction.unitary",
        _keys("extraction", "shots", "times_ns"),
    ),
    Rule(
        lambda e: e.qutrit.measured,
        "qutrit.measured = true",
        _keys("qutrit", "shots", "times_ns"),
    ),
    Rule(
        lambda e: e.simulation.frame == "lab",
        'simulation.frame = "lab"',
        _keys("simulation", "counter_rotating"),
    ),
    Rule(
        lambda e: e.analysis.envelope == "damped-sinusoids",
        'analysis.envelope = "damped-sinusoids"',
        _keys("analysis", "max_modes"),
    ),
    Rule(
        lambda e: e.coupler.kind == "fixed" or e.control.detuned,
        'coupler.kind = "fixed" or control.kind = "detuned"',
        _keys("priors", "flux_pulse"),
    ),
)
"""What plays a part only with something else, as far as no method of `METHODS` owns it."""


@dataclass(frozen=True)
class Choice:
    """A key that chooses one of several methods, whose `own_keys` play a part only with them.

    Args:
        key: "section.key" that chooses.
        methods: by the words that the key may have; others choose none.
    """

    key: str
    methods: Mapping[str, Any]

    def chosen(self, experiment: Experiment) -> Any:
        """Return the method that a file chooses, None if it is none of them."""
        section, _, name = self.key.partition(".")
        return self.methods.get(getattr(getattr(experiment, section), name))

    def owners(self, key: str) -> list[str]:
        """Return the words of the methods with which a key plays a part."""
        return [word for word, method in self.methods.items() if key in method.own_keys]


METHODS: tuple[Choice, ...] = (
    Choice("reset.kind", RESETS),
    Choice("readout.model", READOUTS),
    Choice("charging.shape", SHAPES),
    Choice("vacuum.method", MEASUREMENTS),
)
_FAULTS, _ORDER = "faults.", "faults.order"


def idle_keys(experiment: Experiment) -> frozenset[str]:
    """Return the keys, "section.key", that are at their defaults and play no part.

    A fault at its default is none; the order of the settings always is one.

    Args:
        experiment: the experiment file's content.
    """
    untouched = _untouched(experiment)
    faults = {key for key in untouched if key.startswith(_FAULTS) and key != _ORDER}
    return frozenset({*_without_part(experiment), *faults} & untouched)


def needless_keys(experiment: Experiment) -> dict[str, str]:
    """Return where the keys would play a part that were changed though they play none here.

    Args:
        experiment: the experiment file's content.
    """
    untouched = _untouched(experiment)
    found = _without_part(experiment)
    return {key: where for key, where in found.items() if key not in untouched}


def _without_part(experiment: Experiment) -> dict[str, str]:
    """Return where the keys that play no part here would play one."""
    idle = {key: rule.where for rule in RULES if not rule.plays(experiment) for key in rule.keys}
    for choice in METHODS:
        played = getattr(choice.chosen(experiment), "own_keys", ())
        owned = {key for method in choice.methods.values() for key in method.own_keys}
        for key in owned - {*played}:
            words = join_words([show_value(word) for word in choice.owners(key)], "or")
            idle[key] = f"{choice.key} = {words}"
    return idle


def _untouched(experiment: Experiment) -> set[str]:
    defaults = _defaults()
    values = flat_keys(experiment.model_dump())
    return {key for key, value in values if value == defaults[key]}


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
