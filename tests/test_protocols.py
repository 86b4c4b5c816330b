"""Tomography, coupler ramp and vacuum measurement against the dense engine and closed forms."""

import numpy as np
import pytest
from devices import dense_final, dense_of, lossless
from oracles import (
    bloch,
    from_transmon_first,
    ground_state,
    level_populations,
    propagate,
)
from oracles.conversions import ghz, mhz
from oracles.dense_engine import Segment

from cqed_battery import Experiment
from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.dynamics.waveforms import Controls, flat
from protocols.faults.drive_line import IDEAL, Line
from protocols.prediction.predict import predict
from protocols.resonator import exchange_times, vacuum_effects
from protocols.stages.calibration import tuned_rotation
from protocols.stages.charging import arms
from protocols.stages.effects import Effects, axis_effects, readout_effect
from protocols.stages.tomography import closing_ramp, readout_sequence

LOSSY = {
    "transmon.levels": 3,
    "transmon.t1_us": 0.5,
    "transmon.dephasing_rate_MHz": 1.0,
    "resonator.linewidth_MHz": 3.0,
    "resonator.fock_levels": 4,
    "drive.rabi_rate_MHz": 4.0,
    "drive.frequency_GHz": 4.98,
    "drive.phase_rad": 0.5,
    "coupler.g_off_MHz": 2.0,
    "coupler.ramp_ns": 1.0,
    "tomography.pulse": "drag",
    "tomography.pulse_ns": 8.0,
    "charging.times_ns": [0.0, 5.0, 9.0],
}


def ramp_segments(first_MHz: float, last_MHz: float, duration: float) -> list[Segment]:
    """A cosine ramp of the coupling on a clock of 4 GHz, sampled at the middles."""
    middles = (np.arange(duration * 4) + 0.5) / (duration * 4)
    rise = np.sin(np.pi * middles / 2) ** 2
    return [(0.25, mhz(first_MHz + (last_MHz - first_MHz) * part), 0j) for part in rise]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_ideal_tomography_measures_the_bloch_vector(share):
    """Ideal rotations with an instant coupler read the exact Bloch vector, leakage as stated."""
    experiment = lossless(
        transmon__levels=3, transmon__t1_us=1.0, readout__leaked_reads_1=share, charging__points=13
    )
    for arm in predict(experiment, 0.02).arms.values():
        # what leaked reads 1 with the stated share and 0 with the rest: P(1) - P(0) = 2 share - 1
        expected = arm.bloch + (2 * share - 1) * arm.leakage[:, None]
        np.testing.assert_allclose(arm.measured_bloch, expected, rtol=0, atol=1e-10)
        assert arm.leakage.max() > 1e-3


@pytest.mark.parametrize("ringing", [0.0, 0.02 + 0.05j])
@pytest.mark.parametrize(
    "line",
    [IDEAL, Line(pulse_scale=1.1, pulse_phase=0.2, drag_scale=0.5), Line(bandwidth=1.0)],
    ids=["ideal line", "faulty line", "filter"],
)
@pytest.mark.parametrize(
    "changes",
    [{}, {"tomography.pulse": "none"}, {"coupler.ramp_ns": 0.0}, {"transmon.temperature_mK": 90.0}],
    ids=["lossy", "ideal pulses", "no ramp", "warm"],
)
def test_shared_parts_of_the_tails_change_no_operator(changes, line, ringing):
    """Operators whose pulses are shared and turned are those of every tail carried back whole."""
    experiment = Experiment().replace({**LOSSY, **changes})
    engine = Liouvillian(rotating_frame(experiment.device, 4))
    shared = Effects(experiment, engine, line)
    for arm in ("catalysed", "control"):
        whole = [
            backward(engine, effect, readout_sequence(experiment, arm, axis, line, ringing))
            for axis, effect in axis_effects(experiment, 3, 4)
        ]
        np.testing.assert_allclose(shared.of(arm, ringing), whole, rtol=0, atol=1e-12)


def test_readout_takes_leakage_for_what_it_says():
    """Level 1 reads 1, level 0 never, and the stated share of all that is above."""
    weights = np.diagonal(readout_effect(4, 0.3))
    np.testing.assert_array_equal(weights, [0.0, 1.0, 0.3, 0.3])


def test_leakage_is_read_by_real_pulses_too():
    """After the waiting of the z setting the leaked share moves z by twice its population."""
    experiment = Experiment().replace({"charging.points": 7, "vacuum.method": "none"})
    dark, bright = (
        predict(experiment.replace({"readout.leaked_reads_1": share}), 0.01).arms["control"]
        for share in (0.0, 1.0)
    )
    moved = bright.measured_bloch[:, 2] - dark.measured_bloch[:, 2]
    # in 17 of 50 000 ns level 2 loses at twice 1/T1 and gains 2 n_q = 2/98 of it from level 1;
    # the closed coupler turns it by at most 2 pi 50 kHz sqrt(2) 17 ns = 8 mrad
    lost, gained = 2 * 17 / 50_000 + 0.008**2, 2 / 98 * 17 / 50_000
    np.testing.assert_allclose(moved, 2 * dark.leakage, rtol=lost, atol=2 * gained)
    assert moved.max() > 1e-3


@pytest.mark.parametrize("levels", [2, 3])
@pytest.mark.parametrize("off_GHz", [0.0, 0.01, -0.03])
def test_axes_are_the_drives_at_the_end_of_charging(levels, off_GHz):
    """Real pulses after a ramp read the Bloch vector in the drive's frame, detuned or not."""
    experiment = lossless(
        transmon__levels=levels,
        drive__frequency_GHz=5.0 + off_GHz,
        coupler__g_on_MHz=0.0,
        coupler__ramp_ns=1.0,
        tomography__pulse="drag",
        readout__leaked_reads_1=0.5,
        charging__points=13,
    )
    arm = predict(experiment, 0.0).arms["control"]
    # the clock holds the carrier's phase for T = 0.25 ns: the pulse loses (w T)^2/24 of its
    # angle and turns the phase by w T^2/12 times the integral of its amplitude squared, 0.19
    slip = abs(ghz(off_GHz)) * 0.25**2 / 12
    size = np.pi / 4 * abs(ghz(off_GHz)) * slip + 0.19 * slip + 1e-5
    np.testing.assert_allclose(arm.measured_bloch, arm.bloch, rtol=0, atol=size)
    assert abs(arm.bloch).max() > 0.9


@pytest.mark.parametrize("ramp", [0.5, 1.0, 2.0])
def test_coupler_ramp_freezes_what_the_dense_engine_says(ramp):
    """The shift that a cosine ramp of the coupler causes is that of an independent integration."""
    experiment = lossless(
        transmon__levels=3,
        coupler__ramp_ns=ramp,
        coupler__g_off_MHz=3.0,
        drive__rabi_rate_MHz=20.0,
        resonator__fock_levels=7,
        readout__leaked_reads_1=0.5,
        charging__times_ns=[2.0, 4.0, 6.0],
        control__enabled=False,
    )
    prediction = predict(experiment, 0.0)
    assert prediction.fock.levels == 7
    device = dense_of(experiment, 7)
    closing = ramp_segments(50.0, 3.0, ramp)
    charged = propagate(device, ground_state(device), [(2.0, mhz(50.0), 1j * mhz(20.0))] * 3)[1:]
    closed = np.array([propagate(device, state, closing)[-1] for state in charged])
    arm = prediction.arms["catalysed"]
    np.testing.assert_allclose(arm.bloch, bloch(device, charged), rtol=0, atol=1e-9)
    np.testing.assert_allclose(arm.measured_bloch, bloch(device, closed), rtol=0, atol=1e-9)
    assert abs(arm.measured_bloch - arm.bloch)[:, 2].max() > 0.01


def test_a_ramp_of_one_nanosecond_matters_at_the_laboratorys_point():
    """At g = Omega = 50 MHz a 1 ns ramp moves z by more than 0.1 and the coherence by 0.2."""
    arm = predict(lossless(coupler__ramp_ns=1.0), 0.0).arms["catalysed"]
    shift = abs(arm.measured_bloch - arm.bloch).max(axis=0)
    assert shift[2] > 0.1
    assert np.hypot(*shift[:2]) > 0.2


def test_settings_read_what_the_dense_engine_carries_to_the_readout():
    """Every probability of both arms is that of the state after its whole tail of controls."""
    experiment = lossless().replace(LOSSY | {"readout.leaked_reads_1": 0.7})
    prediction = predict(experiment, 0.05)
    assert prediction.fock.levels == 4
    device = dense_of(experiment, 4)
    for name, arm in prediction.arms.items():
        final = from_transmon_first(device, from_real(arm.joint_states[-1]))
        assert bloch(device, final) == pytest.approx(arm.bloch[-1])
        for axis, basis in enumerate("xyz"):
            after = dense_final(device, final, readout_sequence(experiment, name, basis))
            populations = level_populations(device, after)
            expected = populations[1] + 0.7 * populations[2]
            assert arm.probability[-1, axis] == pytest.approx(expected, abs=1e-9)


def test_tail_is_ramp_then_pulse_or_wait():
    """All three settings last equally long; the control arm waits where the other one ramps."""
    experiment = lossless().replace(LOSSY)
    for arm in arms(experiment):
        lengths = [readout_sequence(experiment, arm, basis).duration for basis in "xyz"]
        assert lengths == pytest.approx([9.0] * 3)
    waiting, ramp = closing_ramp(experiment, "control"), closing_ramp(experiment, "catalysed")
    assert waiting == flat(1.0, Controls(mhz(2.0)))
    assert len(ramp.segments) == 4
    assert arms(experiment.replace({"control.enabled": False})) == ("catalysed",)
    points = experiment.replace({"vacuum.stop_ns": 12.0, "vacuum.points": 4})
    np.testing.assert_allclose(exchange_times(points), [0.0, 4.0, 8.0, 12.0])


@pytest.mark.parametrize("pulse", ["drag", "none"])
def test_vacuum_measurement_is_the_forward_sequence(pulse):
    """Exchange, closing and readout, without and with close, flip and open before them."""
    changes = {"vacuum.method": "vacuum-rabi", "vacuum.stop_ns": 12.0, "vacuum.points": 4}
    experiment = lossless().replace(LOSSY | changes | {"tomography.pulse": pulse})
    prediction = predict(experiment, 0.05)
    assert prediction.fock.levels == 4
    device = dense_of(experiment, 4)
    charged = from_real(prediction.arms["catalysed"].joint_states[-1])
    state = from_transmon_first(device, charged)
    closed = propagate(device, state, ramp_segments(50.0, 2.0, 1.0))[-1]
    if pulse == "drag":
        tuned = tuned_rotation(experiment.device, np.pi, 8.0)
        times = (np.arange(32) + 0.5) * 0.25
        # the carrier at w_q, 20 MHz above the frame, counts from the end of charging
        eps = [tuned.envelope(t) * np.exp(-1j * ghz(0.02) * (1.0 + t)) for t in times]
        turned = propagate(device, closed, [(0.25, mhz(2.0), complex(e)) for e in eps])[-1]
    else:
        swap = np.kron(np.eye(4), np.eye(3)[[1, 0, 2]])
        turned = swap @ closed @ swap
    flipped = propagate(device, turned, ramp_segments(2.0, 50.0, 1.0))[-1]
    for row, start in enumerate((state, flipped)):
        for column, tau in enumerate((0.0, 4.0, 8.0, 12.0)):
            sequence = [(tau, mhz(50.0), 0j), *ramp_segments(50.0, 2.0, 1.0)]
            populations = level_populations(device, propagate(device, start, sequence)[-1])
            found = prediction.vacuum_probability[row, column]
            assert found == pytest.approx(populations[1:].sum(), abs=1e-9)
    assert level_populations(device, state)[1] < 0.1
    assert level_populations(device, flipped)[1] > 0.8


@pytest.mark.parametrize("pulse", ["drag", "none"])
def test_vacuum_probabilities_forward_are_those_of_the_operators(pulse):
    """Evolving the state forward and the readout backward give the same vacuum-Rabi traces."""
    experiment = Experiment().replace({"tomography.pulse": pulse, "charging.points": 5})
    prediction = predict(experiment)
    operators = vacuum_effects(experiment, prediction.liouvillian)
    found = operators @ prediction.arms["catalysed"].joint_states[-1]
    np.testing.assert_allclose(prediction.vacuum_probability, found, atol=1e-10)


@pytest.mark.parametrize("pulse", ["drag", "none"])
def test_vacuum_rabi_baseline_is_the_vacuum_fidelity(pulse):
    """Averaged over a long exchange, -(z + z_pi) is P(no photon), which needs the pi pulse."""
    experiment = lossless(
        tomography__pulse=pulse,
        vacuum__method="vacuum-rabi",
        vacuum__stop_ns=400.0,
        vacuum__points=401,
        charging__times_ns=[7.0],
    )
    prediction = predict(experiment, 0.0)
    z, z_pi = 2 * prediction.vacuum_probability.mean(axis=1) - 1
    fidelity = prediction.arms["catalysed"].photons[0, 0]
    # each trace holds sines of 2 g sqrt(n): their mean over T is at most 2/(2 g T)
    assert -(z + z_pi) == pytest.approx(fidelity, abs=4 / (2 * mhz(50.0) * 400.0))
    assert abs(-2 * z - fidelity) > 0.1
    assert 0.1 < fidelity < 0.95
