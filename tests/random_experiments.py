"""Random valid experiments."""

from typing import Literal, get_args, get_origin

import annotated_types as bounds
from hypothesis import strategies as st

from cqed_battery.experiment import Experiment

# Keys whose bounds depend on other keys; the others are drawn from their own bounds.
TIED = {
    "title": st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=0, max_size=200
    ),
    "transmon.frequency_GHz": st.floats(4, 6),
    "transmon.t1_us": st.floats(1e-6),
    "transmon.anharmonicity_GHz": st.floats(-2, -0.01),
    "drive.frequency_GHz": st.floats(4, 6),
    "drive.clock_GHz": st.floats(1, 100),
    "resonator.detuning_MHz": st.floats(-3900, 10_000),
    "drive.saturation_MHz": st.floats(10_000) | st.just(float("inf")),
    "faults.drive_saturation_MHz": st.floats(10_000) | st.just(float("inf")),
    "drive.timing": st.just("exact"),
    "drive.rise_ns": st.just(0.0) | st.floats(1, 1000),
    "coupler.ramp_ns": st.just(0.0) | st.floats(1, 1000),
    "coupler.kind": st.just("tunable"),
    "coupler.overshoot": st.just(0.0),
    "coupler.settling_ns": st.just(0.0) | st.floats(1, 1000),
    "control.kind": st.sampled_from(["closed", "none"]),
    "simulation.counter_rotating": st.just(False),
    "tomography.pulse_ns": st.floats(8, 1000),
    "tomography.bases": st.permutations(["x", "y", "z"]),
    "readout.p1_given_0": st.floats(0, 0.49),
    "readout.p0_given_1": st.floats(0, 0.49),
    "charging.start_ns": st.floats(0, 10),
    "charging.stop_ns": st.floats(11, 1e6),
    "charging.amplitude_from": st.floats(-1, 0.4),
    "charging.amplitude_to": st.floats(0.5, 1),
    "charging.amplitudes": st.lists(st.floats(-1, 1), min_size=1, max_size=9, unique=True).map(
        sorted
    ),
    "charging.detuning_from_MHz": st.floats(-2000, 10),
    "charging.detuning_to_MHz": st.floats(11, 2000),
    "charging.detunings_MHz": st.lists(
        st.floats(-2000, 2000), min_size=1, max_size=9, unique=True
    ).map(sorted),
    "charging.times_ns": st.lists(st.floats(0, 1e6), min_size=1, max_size=20, unique=True).map(
        sorted
    ),
}

TIED |= {
    "extraction.unitary": st.just("none"),
    "extraction.times_ns": TIED["charging.times_ns"],
    "qutrit.measured": st.just(False),
    "qutrit.times_ns": TIED["charging.times_ns"],
}

APART = (
    "idle_detuning_MHz",
    "t2_us",
    "t2_echo_us",
    "catalysed_angle_rad",
    "catalysed_phase_rad",
    "control_angle_rad",
    "control_phase_rad",
    "second_length_ns",
)
"""Keys that only some values of others admit."""

PAIRED = {("dispersive", "g_MHz"), ("dispersive", "detuning_MHz")}
"""The same, by section and key."""

FIXED = {
    "coupler": {
        "kind": "fixed",
        "tuned": "transmon",
        "g_on_MHz": 0.0,
        "idle_detuning_MHz": -300.0,
    },
    "control": {"kind": "detuned", "moved": "transmon", "detuning_MHz": 250.0},
}
"""What turns any experiment into one of a fixed coupling."""


def draw_value(annotation, metadata) -> st.SearchStrategy:
    """Return a strategy for the values that a field's own type and bounds allow."""
    options = get_args(annotation)
    if get_origin(annotation) is Literal:
        return st.sampled_from(options)
    if hasattr(annotation, "__metadata__"):
        return draw_value(options[0], annotation.__metadata__)
    if options:
        parts = [part for part in options if part is not type(None)]
        return st.one_of([draw_value(part, metadata) for part in parts])
    if annotation is bool:
        return st.booleans()
    low, high, above, below = 0, 2**62, False, False
    for bound in metadata:
        if isinstance(bound, bounds.Ge | bounds.Gt):
            low, above = getattr(bound, "ge", getattr(bound, "gt", 0)), isinstance(bound, bounds.Gt)
        if isinstance(bound, bounds.Le | bounds.Lt):
            high, below = (
                getattr(bound, "le", getattr(bound, "lt", 0)),
                isinstance(bound, bounds.Lt),
            )
    if annotation is int:
        return st.integers(low + above, high - below)
    return st.floats(low, high, exclude_min=above, exclude_max=below)


@st.composite
def experiments(draw) -> Experiment:
    """Draw a valid experiment with some keys given, from every section."""
    values = {"title": draw(TIED["title"]), "seed": draw(st.integers(0, 2**63 - 1))}
    for name, section in Experiment.sections().items():
        if name == "allocation":
            continue
        chosen = {}
        for key, field in section.model_fields.items():
            if key.startswith("samples_") or key in APART or (name, key) in PAIRED:
                continue  # lists that must be of one length, and what depends on other keys
            own = draw_value(field.annotation, field.metadata)
            strategy = TIED.get(f"{name}.{key}", own)
            if not section.excluded_by(key) & chosen.keys() and draw(st.booleans()):
                chosen[key] = draw(strategy)
        values[name] = chosen
    if "times_ns" in values["charging"]:
        values["charging"].pop("axis", None)  # of which some have one charging time
    if draw(st.booleans()):
        for name, chosen in FIXED.items():
            values[name] |= chosen
    values["allocation"] = draw(allocations(values)) if draw(st.booleans()) else {}
    return Experiment(**values)


@st.composite
def allocations(draw, values) -> dict[str, list[int]]:
    """Draw lists of shots that have as many entries as the few charging and exchange times."""
    listed = ("amplitudes", "detunings_MHz")
    charging = {key: value for key, value in values["charging"].items() if key not in listed}
    values["charging"] = charging if "times_ns" in charging else charging | {"points": 3}
    values["vacuum"] = values["vacuum"] | {"points": 2}
    times = len(charging.get("times_ns", range(3)))
    keys = st.sampled_from(["catalysed_x", "control_z", "vacuum_pi"])
    return {
        key: draw(st.lists(st.integers(1, 10**9), min_size=count, max_size=count))
        for key in draw(st.lists(keys, unique=True))
        for count in [2 if key == "vacuum_pi" else times]
    }
