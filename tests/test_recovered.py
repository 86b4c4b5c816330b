"""The fit finds edges, widths, compression and flux pulses of a laboratory that is off its file."""

import pytest

from analysis.data.inputs import read_inputs
from analysis.estimators.global_fit import (
    Counts,
    ForwardModel,
    choose,
    default_parameters,
    fit_counts,
)
from analysis.estimators.global_fit.model.parameters import (
    COMPRESSION,
    DELAY,
    DRAG,
    EDGES,
    FLUX,
    WIDTH,
)
from analysis.validation.devices.off_file import with_errors
from cqed_battery import Experiment
from protocols.emulation.emulate import emulate

pytestmark = pytest.mark.study

PLAIN = ("drive.rabi_rate_MHz", "drive.phase_rad", "readout.p1_given_0", "readout.p0_given_1")
SMALL = Experiment().replace(
    {
        "transmon.levels": 2,
        "resonator.fock_levels": 4,
        "coupler.g_on_MHz": 10.0,
        "charging.points": 9,
        "charging.stop_ns": 30.0,
        "charging.length_ns": 30.0,
        "vacuum.method": "none",
        "tomography.pulse": "none",
        "tomography.shots": 20000,
        "readout.calibration_shots": 20000,
        "seed": 4,
    }
)
GAUSSIAN = {"charging.shape": "gaussian"}
SWEPT = GAUSSIAN | {"charging.axis": "amplitude", "charging.points": 5, "tomography.shots": 200_000}
FLAT_TOP = {"charging.shape": "flat-top", "drive.rise_ns": 8.0}
FLUXED = {
    "control.kind": "detuned",
    "control.detuning_MHz": -60.0,
    "charging.stop_ns": 150.0,
    "drive.rabi_rate_MHz": 12.0,
    "control.drive": "stays",
}
CASES = {
    "late drive": ({}, "drive delay", 2.0, DELAY, 0.6),
    "early drive": ({}, "drive delay", -1.0, DELAY, -0.3),
    "amplitudes": (SWEPT, "compression", 1.0, COMPRESSION, 1 / 49),
    "width": (GAUSSIAN, "charging width", -2.0, WIDTH, -0.01),
    "edges": (FLAT_TOP, "charging edges", 1.5, EDGES, 0.3),
    "DRAG": ({"charging.shape": "gaussian-drag"}, "DRAG coefficient", 3.0, DRAG, 1.3),
    "flux pulse": (FLUXED, "control.detuning_MHz", 3.0, FLUX[1], -60.9),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fit_recovers_what_is_off(case):
    """Within its error, which counts have narrowed; the file's own value is not."""
    changes, error, by, name, true = CASES[case]
    file = SMALL.replace(changes)
    dataset = emulate(with_errors(file, {error: by}))
    dataset.attrs["experiment"] = file.to_toml()
    model = ForwardModel(file, choose(default_parameters(file), (*PLAIN, name)))
    fit = fit_counts(model, Counts.of(read_inputs(dataset)))
    parameter = next(p for p in fit.parameters if p.name == name)
    value, std = fit.value(name)
    assert abs(value - true) < 3.3 * std
    assert std < 0.7 * parameter.prior
    assert abs(parameter.start - true) > 3 * std


def test_a_square_pulse_leaves_compression_to_the_rabi_rate():
    """What a file's counts cannot feel is no parameter; one that is known is none, either."""

    def names(**changes):
        found = default_parameters(
            SMALL.replace({k.replace("__", "."): v for k, v in changes.items()})
        )
        return {parameter.name for parameter in found}

    shaped = {COMPRESSION, WIDTH, EDGES, DRAG, *FLUX}
    assert names() & shaped == set()
    assert names(charging__shape="gaussian") & shaped == {COMPRESSION, WIDTH}
    assert names(charging__axis="amplitude") & shaped == {COMPRESSION}
    assert names(charging__shape="gaussian", priors__charging_width=0.0) & shaped == {COMPRESSION}
    assert DELAY in names()
    assert DELAY not in names(drive__rabi_rate_MHz=0.0)
