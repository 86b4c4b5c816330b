"""A fixed coupling, switched by moving a frequency, and controls that are tuned away."""

from dataclasses import replace

import numpy as np
import pytest
from devices import dense_of, lossless
from oracles import propagate
from oracles.conversions import ghz, mhz
from oracles.dense_engine import hamiltonian, transmon_lowering

import cqed_battery as cb
from analysis.checks.control import control_statement, residual_exchange
from cqed_battery import Experiment
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.experiment import ExperimentError
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth
from protocols.reset import expected_excitation, expected_leakage, remaining_photons
from protocols.resonator import check_vacuum
from protocols.stages.bias import charging_bias, closing_waveform, idle_bias, idle_frequency
from protocols.stages.charging import initial_state
from protocols.stages.effects import readout_effect

FOCK = 5
FIXED = Experiment().replace(
    {
        "transmon.frequency_GHz": 6.2,
        "transmon.anharmonicity_GHz": -0.33,
        "transmon.t1_us": 0.9,
        "resonator.frequency_GHz": 6.21,
        "resonator.fock_levels": FOCK,
        "resonator.linewidth_MHz": 3.0,
        "drive.frequency_GHz": 6.195,
        "drive.rabi_rate_MHz": 14.0,
        "drive.phase_rad": 0.4,
        "coupler.kind": "fixed",
        "coupler.g_on_MHz": 21.0,
        "coupler.ramp_ns": 1.5,
        "coupler.idle_detuning_MHz": -240.0,
        "coupler.overshoot": 0.08,
        "coupler.settling_ns": 1.0,
        "control.kind": "detuned",
        "control.detuning_MHz": -310.0,
        "charging.times_ns": (3.1, 7.0),
        "vacuum.stop_ns": 11.0,
        "vacuum.points": 3,
    }
)
CONTROLS = [
    {},
    {"control.drive": "stays"},
    {"control.moved": "resonator", "control.detuning_MHz": 280.0},
    {"coupler.tuned": "resonator", "coupler.idle_detuning_MHz": 330.0},
]


@pytest.mark.parametrize("seed", range(4))
def test_exchange_at_a_detuning_is_the_generalised_rabi_oscillation(seed):
    """P(1) = 1 - 4 g^2/W^2 sin^2(W t/2), W^2 = D^2 + 4 g^2: catalysed and detuned control."""
    rng = np.random.default_rng(seed)
    g, apart, away = rng.uniform(5, 30), rng.uniform(-40, 40), rng.uniform(150, 300)
    moved = ("transmon", "resonator")[seed % 2]
    experiment = lossless(
        resonator__frequency_GHz=5.0 + apart / 1000,
        resonator__fock_levels=4,
        coupler__kind="fixed",
        coupler__g_on_MHz=g,
        coupler__idle_detuning_MHz=-400.0,
        control__kind="detuned",
        control__moved=moved,
        control__detuning_MHz=away,
        drive__rabi_rate_MHz=0.0,
        reset__initial_excitation=1.0,
    )
    prediction = predict(experiment)
    shift = {"transmon": 1, "resonator": -1}[moved] * away
    for arm, detuning in (("catalysed", -apart), ("control", shift - apart)):
        turning = np.hypot(detuning, 2 * g)
        seen = (2 * g / turning) ** 2 * np.sin(mhz(turning) * prediction.times / 2) ** 2
        np.testing.assert_allclose(prediction.arms[arm].bloch[:, 2], 1 - 2 * seen, atol=1e-7)
    assert residual_exchange(experiment) == pytest.approx((2 * g / turning) ** 2)


def moves_of(step, count):
    """The moves of both frequencies in a step, in rad/ns, (count, 2)."""
    held = np.zeros((count, 2))
    for place, channel in enumerate(("transmon flux", "resonator flux")):
        if channel in step["channels"]:
            held[:, place] = mhz(np.array(step["channels"][channel]["values"]))
    return held


def reads_1(experiment, exported, carrier_GHz):
    """The probability of reading 1 of exported steps, by the dense engine; carrier of charging.

    Each step with a drive is evolved in its carrier's frame, which meets that before it when the
    step begins: after it, nothing depends on a phase between numbers of excitations.
    """
    device, levels = dense_of(experiment, FOCK), experiment.transmon.kept_levels
    start = initial_state(
        levels,
        FOCK,
        expected_excitation(experiment),
        remaining_photons(experiment),
        expected_leakage(experiment),
    )
    order = np.arange(levels * FOCK).reshape(levels, FOCK).T.ravel()  # the resonator comes first
    rho, frame = start[np.ix_(order, order)], carrier_GHz
    for step in exported["steps"]:
        if step["start_ns"] < 0 or step["name"] in ("readout", "idle"):
            continue
        drive = step["channels"].get("drive")
        lengths = (
            next(
                np.array(channel["lengths_ns"])
                for name, channel in step["channels"].items()
                if drive is None or name == "drive"
            )
            if step["channels"]
            else np.array([step["duration_ns"]])
        )
        eps = np.zeros(len(lengths), dtype=complex)
        if drive:
            frame = drive["carrier_GHz"]
            eps = mhz(1.0) * (np.array(drive["values"]) + 1j * np.array(drive["quadratures"]))
            eps = eps * np.exp(1j * drive["phase_rad"])
        coupler = step["channels"].get("coupler", {"values": [0.0] * len(lengths)})["values"]
        coupler = np.array(coupler) + experiment.coupler.fixed_MHz
        moves = moves_of(step, len(lengths))
        for length, value, g, (b, a) in zip(lengths, eps, mhz(coupler), moves, strict=True):
            held = replace(
                device,
                transmon_frequency_GHz=experiment.transmon.frequency_GHz + b / ghz(1.0),
                resonator_frequency_GHz=experiment.resonator.frequency_GHz + a / ghz(1.0),
                drive_frequency_GHz=frame,
                resonator_temperature_mK=0.0,
            )
            rho = propagate(held, rho, [(float(length), float(g), complex(value))])[-1]
    effect = np.kron(np.eye(FOCK), readout_effect(levels, experiment.readout.leaked_reads_1))
    return float(np.trace(effect @ rho).real)


COLD = FIXED.replace({"resonator.temperature_mK": 0.0, "transmon.levels": 2})


TUNABLE = {
    "coupler.kind": "tunable",
    "coupler.idle_detuning_MHz": None,
    "coupler.g_off_MHz": 1.5,
}


@pytest.mark.parametrize(("changes", "axis"), list(zip([*CONTROLS, TUNABLE], "xyxyy", strict=True)))
def test_the_exported_flux_pulses_evolve_as_the_file_does(changes, axis):
    """Either arm, with a move of the transmon or the resonator: a second engine reads as often."""
    experiment = COLD.replace(changes)
    prediction, place = predict(experiment), "xyz".index(axis)
    for arm in ("catalysed", "control"):
        exported = cb.sequence(experiment, arm=arm, axis=axis, time_ns=7.0).to_dict()
        carrier = next(s for s in exported["steps"] if s["name"] == "charging")
        found = reads_1(experiment, exported, carrier["channels"]["drive"]["carrier_GHz"])
        assert found == pytest.approx(prediction.arms[arm].probability[1, place], abs=1e-7)


@pytest.mark.parametrize(("trace", "pulse"), [(0, "none"), (1, "pi")])
def test_the_exported_vacuum_measurement_of_a_fixed_coupling_evolves_as_the_file_does(trace, pulse):
    """There and back again by flux pulses, the pi pulse at the idle point included."""
    found = reads_1(COLD, cb.sequence(COLD, pulse=pulse, time_ns=5.5).to_dict(), 6.195)
    assert found == pytest.approx(predict(COLD).vacuum_probability[trace][1], abs=1e-7)


@pytest.mark.parametrize("changes", CONTROLS)
def test_the_phase_gathered_on_the_way_is_taken_off_the_pulses(changes):
    """Without a coupling, tomography at the idle point shows the state where the charging ended."""
    experiment = lossless(
        drive__frequency_GHz=5.02,
        resonator__fock_levels=2,
        coupler__kind="fixed",
        coupler__g_on_MHz=0.0,
        coupler__ramp_ns=1.7,
        coupler__overshoot=0.1,
        coupler__settling_ns=2.2,
        coupler__idle_detuning_MHz=-217.0,
        control__kind="detuned",
        control__detuning_MHz=-143.0,
        tomography__pulse="drag",
        charging__points=5,
    ).replace(changes)
    for arm in predict(experiment).arms.values():
        # The pulse is tuned to 1e-8 on the bare transmon.
        np.testing.assert_allclose(arm.measured_bloch, arm.bloch, atol=1e-7)


def test_pulses_stand_at_the_dressed_frequency_of_the_idle_point():
    """The carrier is the difference of the lowest two levels that the dense engine has."""
    idle = replace(
        dense_of(FIXED, 2),
        levels=2,
        transmon_frequency_GHz=6.2 - 0.24,
        drive_frequency_GHz=0.0,
    )
    values, vectors = np.linalg.eigh(hamiltonian(idle, mhz(21.0), 0.0))
    mostly = np.abs(transmon_lowering(idle) @ vectors)[0].argmax()
    assert idle_frequency(FIXED) == pytest.approx(values[mostly] - values[0], abs=1e-9)
    assert idle_frequency(FIXED) < ghz(5.96) - mhz(1.0)  # pushed away from the resonator above


def test_the_flux_pulse_works_on_the_transmon():
    """Uncoupled it does (w_idle - w_q) z/2; coupled, what the dense engine sums to."""
    alone = lossless(
        coupler__kind="fixed",
        coupler__g_on_MHz=0.0,
        coupler__ramp_ns=1.5,
        coupler__idle_detuning_MHz=-300.0,
        resonator__fock_levels=2,
        control__kind="none",
    )
    prediction = predict(alone)
    truth = arm_truth(alone, prediction, "catalysed")
    np.testing.assert_allclose(
        truth["flux_work"], -0.3 / 5.0 * truth["bloch"][:, 2] / 2, atol=1e-12
    )
    prediction = predict(COLD.replace({"charging.times_ns": (7.0,)}))
    device, order = dense_of(COLD, FOCK), np.arange(2 * FOCK).reshape(2, FOCK).T.ravel()
    rho = from_real(prediction.arms["catalysed"].joint_states[-1])[np.ix_(order, order)]
    b, work, before = transmon_lowering(device), 0.0, 0.0
    number = b.conj().T @ b - 0.5 * np.eye(2 * FOCK)
    for part in closing_waveform(COLD, "catalysed").segments:
        work += (part.controls.transmon - before) * np.trace(number @ rho).real
        before = part.controls.transmon
        held = replace(device, transmon_frequency_GHz=6.2 + before / ghz(1.0))
        rho = propagate(held, rho, [(part.duration, mhz(21.0), 0.0)])[-1]
    work += (mhz(-240.0) - before) * np.trace(number @ rho).real
    found = prediction.arms["catalysed"].flux_work[-1]
    assert found == pytest.approx(work / ghz(6.2), abs=1e-9)
    assert abs(found) > 1e-3


def test_a_control_that_follows_charges_like_a_closed_one():
    """Without a coupling the moved transmon under its own drive is the unmoved one."""
    quiet = {"coupler.g_on_MHz": 0.0, "coupler.g_off_MHz": 0.0}
    moved = {"control.kind": "detuned", "control.detuning_MHz": -300.0}
    closed = FIXED.replace(
        {**quiet, "coupler.kind": "tunable", "control.kind": "closed"}
        | {"coupler.idle_detuning_MHz": None, "vacuum.method": "none"}
    )
    away = closed.replace(moved)
    one, other = (predict(each).arms["control"] for each in (closed, away))
    np.testing.assert_allclose(other.bloch, one.bloch, atol=1e-9)
    np.testing.assert_allclose(other.probability, one.probability, atol=2e-4)  # clocked carriers
    assert "moved by -300 MHz, the drive following it" in control_statement(away)


def test_bias_is_that_of_the_file():
    """Where the device is held while it charges and idles, in the frame of each arm."""
    assert charging_bias(FIXED, "catalysed") == Controls()
    assert idle_bias(FIXED) == Controls(transmon=pytest.approx(mhz(-240.0)))
    held = charging_bias(FIXED, "control")
    assert (held.transmon, held.resonator) == (0.0, pytest.approx(mhz(310.0)))
    fixed = Liouvillian(rotating_frame(FIXED.device, 2)).generator
    assert fixed.strengths[-1] == pytest.approx(mhz(21.0))


REFUSED = [
    ({"coupler.idle_detuning_MHz": None}, "coupler.idle_detuning_MHz must say how far"),
    ({"coupler.kind": "tunable"}, "belongs to a fixed coupling"),
    ({"coupler.settling_ns": 0.0}, "coupler.settling_ns must be above 0 with an overshoot"),
    ({"control.kind": "closed"}, 'control.kind must be "detuned" or "none"'),
    ({"control.detuning_MHz": None}, "control.detuning_MHz must say how far"),
    ({"control.detuning_MHz": -40.0}, "at least 4 g = 84 MHz apart"),
    ({"coupler.idle_detuning_MHz": 30.0}, "at least 4 g = 84 MHz apart"),
    ({"simulation.counter_rotating": True}, "simulation.counter_rotating must be false"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_what_does_not_go_together_is_refused_in_a_sentence(changes, said):
    """The sentence names the key and what it must be."""
    with pytest.raises(ExperimentError, match=said):
        FIXED.replace(changes)


def test_the_advice_for_a_closed_control_works():
    """Followed, it gives an experiment; so does a control of kind none, which is not measured."""
    fixed = {"coupler.kind": "fixed", "coupler.idle_detuning_MHz": -300.0}
    advised = {"control.kind": "detuned", "control.detuning_MHz": -300.0}
    assert Experiment().replace({**fixed, **advised}).control.enabled
    none = Experiment().replace({**fixed, "control.kind": "none"})
    assert not none.control.enabled
    assert Experiment.from_text(none.to_toml()) == none


def test_the_shift_of_a_photon_is_the_fixed_couplings():
    """Another is refused with the number that serves; the dense engine's dressed levels have it."""
    far = FIXED.replace(
        {
            "coupler.g_on_MHz": 12.0,
            "resonator.temperature_mK": 0.0,
            "resonator.linewidth_MHz": 0.02,
            "vacuum.method": "displaced-parity",
            "transmon.t1_us": 50.0,
        }
    )
    with pytest.raises(ExperimentError, match="must be what the fixed coupling gives") as refused:
        check_vacuum(far)
    advised = float(str(refused.value).split("gives at idle, ")[1].split(",")[0])
    device = replace(dense_of(far, 4), transmon_frequency_GHz=5.96, drive_frequency_GHz=0.0)
    values, vectors = np.linalg.eigh(hamiltonian(device, mhz(12.0), 0.0))
    levels = device.levels

    def energy(photons, level):
        return values[np.abs(vectors[photons * levels + level]).argmax()]

    shift = (energy(1, 1) - energy(1, 0)) - (energy(0, 1) - energy(0, 0))
    assert advised == pytest.approx(abs(shift) / mhz(1.0), rel=0.03)  # (g/D)^2 is 0.002
    check_vacuum(far.replace({"vacuum.shift_per_photon_MHz": advised}))


def test_a_control_that_is_not_enabled_is_of_kind_none():
    """The older key means what it meant, and gives back a kind."""
    off = Experiment().replace({"control.enabled": False})
    assert off.control.kind == "none"
    assert off.replace({"control.enabled": True}) == Experiment()
    assert FIXED.replace({"control.enabled": True}) == FIXED
    assert Experiment.from_text("[control]\nenabled = false\n") == off
    with pytest.raises(ExperimentError, match=r"control\.enabled must be true or false"):
        Experiment.from_text("[control]\nenabled = 1\n")
