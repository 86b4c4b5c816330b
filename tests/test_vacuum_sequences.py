"""The pulse sequences that measure the resonator, against dense integrations and closed forms."""

import numpy as np
import pytest
from devices import LOSSLESS, dense_of, lossless, segments_of
from oracles import (
    coherent_state,
    from_transmon_first,
    hamiltonian,
    jump_operators,
    level_populations,
    number_state,
    product_state,
    propagate,
    resonator_state,
)
from oracles.conversions import mhz
from oracles.dense_engine import resonator_lowering, transmon_lowering
from scipy.linalg import expm
from scipy.stats import poisson

from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.experiment import Experiment
from protocols.faults.drive_line import IDEAL
from protocols.prediction.predict import predict
from protocols.resonator import (
    exchange_times,
    measurement_of,
    photon_response,
    vacuum_durations,
    vacuum_effects,
)
from protocols.resonator.displaced_parity import (
    displaced_populations,
    displacements,
    half_pulse,
    parity_curves,
    parity_response,
    parity_wait,
)
from protocols.resonator.number_selective import (
    flip_probability,
    selective_pulse,
    selective_response,
)
from protocols.resonator.swap import flip_pulse, swap_curves, swap_response
from protocols.resonator.vacuum_rabi import rabi_probabilities
from protocols.stages.tomography import closing_ramp

LOSSY = {
    "transmon.levels": 3,
    "transmon.t1_us": 2.0,
    "transmon.residual_excitation": 0.03,
    "transmon.dephasing_rate_MHz": 0.3,
    "resonator.linewidth_MHz": 3.0,
    "resonator.temperature_mK": 150.0,
    "resonator.fock_levels": 4,
    "coupler.g_off_MHz": 2.0,
    "coupler.ramp_ns": 1.0,
    "tomography.pulse_ns": 8.0,
    "readout.leaked_reads_1": 0.7,
    "vacuum.points": 3,
    "vacuum.stop_ns": 12.0,
    "vacuum.reset_ns": 6.0,
    "vacuum.shift_per_photon_MHz": 5.0,
    "vacuum.kappa_off_MHz": 0.4,
    "vacuum.selective_pulse_ns": 200.0,
}
METHODS = ("swap", "number-selective", "displaced-parity")


def lossy(**changes):
    """A device on which every decay, heating and imperfect pulse can be seen."""
    return Experiment().replace(LOSSY | {k.replace("__", "."): v for k, v in changes.items()})


def reads_1(device, rho, leaked=0.7):
    populations = level_populations(device, rho)
    return populations[1] + leaked * populations[2:].sum()


def liouvillian(experiment, fock_levels=4):
    return Liouvillian(rotating_frame(experiment.device, fock_levels))


def emptied(device, resonator):
    return product_state(number_state(device.levels, 0), resonator)


@pytest.mark.parametrize("pulse", ["drag", "none"])
def test_swap_is_the_forward_sequence(pulse):
    """Close, wait, empty, open, swap, close and read: as a dense integration of the joint state."""
    experiment = lossy(vacuum__method="swap", tomography__pulse=pulse)
    rng = np.random.default_rng(1)
    draw = rng.normal(size=(12, 12)) + 1j * rng.normal(size=(12, 12))
    charged = draw @ draw.conj().T / np.trace(draw @ draw.conj().T).real
    device, engine = dense_of(experiment, 4), liouvillian(experiment)
    closing = segments_of(closing_ramp(experiment, "catalysed"))
    opening = [(duration, g, eps) for duration, g, eps in closing[::-1]]
    start = from_transmon_first(device, charged)
    waited = propagate(device, start, [*closing, (6.0, mhz(2.0), 0j)])[-1]
    begin = emptied(device, resonator_state(device, waited))
    flip = np.kron(np.eye(4), np.eye(3)[[1, 0, 2]])
    operators = vacuum_effects(experiment, engine)
    for column, tau in enumerate((0.0, 6.0, 12.0)):
        sequence = [*opening, (tau, mhz(50.0), 0j), *closing]
        final = propagate(device, begin, sequence)[-1]
        turned = flip @ final @ flip
        if pulse == "drag":  # the mean over the pulse's phase
            pulses = [segments_of(flip_pulse(experiment, k * np.pi / 2)) for k in range(4)]
            turned = np.mean([propagate(device, final, p)[-1] for p in pulses], axis=0)
        for row, state in enumerate((final, turned)):
            found = np.trace(from_real(operators[row, column]) @ charged).real
            assert found == pytest.approx(reads_1(device, state), abs=1e-9)


def dispersive_steps(device, pieces, chi, displace=0.0):
    """Dense propagators of H + chi n b'b and a resonant drive i displace (a' - a)."""
    b, a = transmon_lowering(device), resonator_lowering(device)
    number = a.conj().T @ a @ b.conj().T @ b
    one, cache = np.eye(device.dimension), {}
    for duration, _, eps in pieces:
        if (duration, eps) not in cache:
            h = hamiltonian(device, 0.0, eps) + chi * number + 1j * displace * (a.conj().T - a)
            matrix = -1j * (np.kron(h, one) - np.kron(one, h.T))
            for jump in jump_operators(device):
                loss = jump.conj().T @ jump / 2
                matrix += np.kron(jump, jump.conj()) - np.kron(loss, one) - np.kron(one, loss.T)
            cache[duration, eps] = expm(duration * matrix)
        yield cache[duration, eps]


def dispersed(device, rho, pieces, chi, displace=0.0):
    for step in dispersive_steps(device, pieces, chi, displace):
        rho = (step @ rho.reshape(-1)).reshape(rho.shape)
    return rho


def switched(experiment, fock_levels):
    """The dense device with the linewidth kappa_off, not the resonator's own."""
    off = {"resonator.linewidth_MHz": experiment.vacuum.kappa_off_MHz}
    return dense_of(experiment.replace(off), fock_levels)


def test_selective_pulse_is_a_dense_integration():
    """P(1) of each photon number after wait and pulse, with chi n b'b, decay and heating."""
    experiment = lossy(vacuum__method="number-selective", drive__clock_GHz=4.0)
    device, found = switched(experiment, 4), selective_response(experiment, 4)
    pulse = segments_of(selective_pulse(experiment))
    for photons in (0, 1, 3):
        rho = emptied(device, number_state(4, photons))
        rho = dispersed(device, rho, [(6.0, 0.0, 0j)], mhz(5.0))
        plain = dispersed(device, rho, [(200.0, 0.0, 0j)], mhz(5.0))
        assert found[0, 1, photons] == pytest.approx(reads_1(device, plain), abs=1e-9)
        pulsed = dispersed(device, rho, pulse, mhz(5.0))
        assert found[1, 1, photons] == pytest.approx(reads_1(device, pulsed), abs=1e-9)


def test_parity_pulses_are_a_dense_integration():
    """Two tuned pi/2 pulses around the wait, both signs, next to each photon number."""
    cold = {"resonator.temperature_mK": 0.0, "vacuum.displacement_MHz": 1e-6}
    experiment = lossy(vacuum__method="displaced-parity").replace(cold)
    device, found = switched(experiment, 4), parity_response(experiment, 4)
    for row, sign in enumerate((0.0, np.pi)):
        pieces = segments_of(half_pulse(experiment, 0.0))
        pieces += [(parity_wait(experiment), 0.0, 0j)]
        pieces += segments_of(half_pulse(experiment, sign))
        for photons in (0, 2):
            rho = emptied(device, number_state(4, photons))
            final = dispersed(device, rho, pieces, mhz(5.0))
            assert found[row, 0, photons] == pytest.approx(reads_1(device, final), abs=1e-9)


def test_displacement_is_a_dense_integration():
    """A driven, decaying resonator, its phase averaged, then Ramsey: as the response says."""
    changes = {
        "transmon.levels": 2,
        "transmon.residual_excitation": 0.0,
        "tomography.pulse": "none",
        "vacuum.method": "displaced-parity",
        "vacuum.displacement_MHz": 6.0,
        "vacuum.kappa_off_MHz": 2.0,
    }
    experiment = lossy().replace(changes)
    device, found = switched(experiment, 10), parity_response(experiment, 2)
    turn = expm(-1j * np.pi / 4 * np.array([[0, 1], [1, 0]]))
    turn = np.kron(np.eye(10), turn)
    for photons in (0, 1):
        rho = emptied(device, number_state(10, photons))
        rho = dispersed(device, rho, [(12.0, 0.0, 0j)], mhz(5.0), displace=mhz(6.0))
        rho = turn @ rho @ turn.conj().T
        rho = dispersed(device, rho, [(100.0, 0.0, 0j)], mhz(5.0))
        for row, back in enumerate((turn, turn.conj().T)):
            read = reads_1(device, back @ rho @ back.conj().T)
            assert found[row, 2, photons] == pytest.approx(read, abs=2e-5)


def test_swap_of_photons_has_the_closed_form():
    """Lossless with instant ramps, n photons give sin^2(sqrt(n) g tau), and 1 minus it flipped."""
    experiment = lossless(vacuum__method="swap", vacuum__points=13, vacuum__reset_ns=0.0)
    found = swap_response(experiment, liouvillian(experiment, 8))
    for photons in range(7):
        expected = np.sin(np.sqrt(photons) * mhz(50.0) * exchange_times(experiment)) ** 2
        np.testing.assert_allclose(found[0, :, photons], expected, atol=1e-9)
        np.testing.assert_allclose(found[1, :, photons], 1 - expected, atol=1e-9)
        np.testing.assert_allclose(swap_curves(experiment, 8)[:, photons], expected, atol=1e-12)


def test_selective_pulse_flips_beside_the_vacuum_alone():
    """It flips the transmon without photons, and hardly with any; a short pulse flips always."""
    experiment = Experiment()
    flips = [flip_probability(experiment, photons) for photons in range(4)]
    assert flips[0] > 0.99
    assert max(flips[1:]) < 0.02
    short = experiment.replace({"vacuum.selective_pulse_ns": 30.0})
    assert flip_probability(short, 1) > 0.9


def test_selective_pulse_has_the_area_of_pi():
    """The samples of its envelope add up to pi, however long the pulse is."""
    for length in (100.0, 500.0):
        pulse = selective_pulse(lossy(vacuum__selective_pulse_ns=length))
        area = sum(part.duration * part.controls.eps.real for part in pulse.segments)
        assert area == pytest.approx(np.pi, rel=1e-3)


def ideal_parity(fock_levels, **changes):
    """Parity contrast (K, n) with ideal pulses and no decay."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    experiment = Experiment().replace(LOSSLESS | {"vacuum.method": "displaced-parity"} | named)
    response = parity_response(experiment, fock_levels)
    return experiment, response[0] - response[1]


def test_parity_of_a_coherent_state():
    """Its parity is exp(-2 n), n its mean photon number, and photons alternate in sign."""
    _, parity = ideal_parity(30, vacuum__points=2)
    np.testing.assert_allclose(parity[0], (-1.0) ** np.arange(30), atol=1e-8)
    for mean in (0.0, 0.3, 2.0):
        rho = coherent_state(30, np.sqrt(mean))
        assert parity[0] @ np.diag(rho).real == pytest.approx(np.exp(-2 * mean), abs=1e-8)


def test_displaced_parity_is_the_wigner_function():
    """Without decay the points are (-1)^n exp(-2 a^2) L_n(4 a^2), a = rate x time."""
    experiment, parity = ideal_parity(5, vacuum__points=4)
    amplitudes = displacements(experiment)
    np.testing.assert_allclose(amplitudes, mhz(2.0) * np.array([0.0, 100 / 3, 200 / 3, 100.0]))
    np.testing.assert_allclose(parity, parity_curves(amplitudes, 5), atol=1e-6)
    np.testing.assert_allclose(parity[:, 0], np.exp(-2 * amplitudes**2), atol=1e-6)


def test_parity_wait_allows_for_the_pulses():
    """With real pulses the shortened wait keeps a photon's contrast; pi/(2 chi) loses it."""
    real = {"tomography.pulse": "drag", "vacuum.points": 2, "vacuum.shift_per_photon_MHz": 10.0}
    experiment = Experiment().replace(LOSSLESS | real | {"vacuum.method": "displaced-parity"})
    response = parity_response(experiment, 3)
    assert response[1, 0, 1] - response[0, 0, 1] > 0.97
    assert parity_wait(experiment) < 50.0 - 16.0 * 0.8


def test_displaced_vacuum_is_poissonian():
    """|<m|D(a)|0>|^2 is the Poisson distribution, and every column adds up to 1."""
    found = displaced_populations(np.array([0.5, 1.2]), 40)
    for moved, amplitude in zip(found, (0.5, 1.2), strict=True):
        expected = poisson.pmf(np.arange(40), amplitude**2)
        np.testing.assert_allclose(moved[:, 0], expected, atol=1e-10)
        np.testing.assert_allclose(moved.sum(axis=0), 1.0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_are_those_of_the_operators(method):
    """Charging forward and the readout backward agree, for every method."""
    changes = {"charging.points": 5, "vacuum.method": method, "vacuum.kappa_off_MHz": 0.1}
    experiment = Experiment().replace(changes | {"vacuum.points": 4})
    prediction = predict(experiment)
    assert prediction.vacuum_probability.shape == (2, 4)
    end = prediction.arms["catalysed"].joint_states[-1]
    found = vacuum_effects(experiment, prediction.liouvillian) @ end
    np.testing.assert_allclose(prediction.vacuum_probability, found, atol=1e-10)
    response = photon_response(experiment, prediction.liouvillian)
    assert ((response > -1e-9) & (response < 1 + 1e-9)).all()


def test_default_method_is_still_the_vacuum_rabi_baseline():
    """An experiment that says nothing exchanges with and without the pi pulse, to the bit."""
    experiment = Experiment().replace({"charging.points": 5})
    assert experiment.vacuum.method == "vacuum-rabi"
    prediction = predict(experiment)
    end = prediction.arms["catalysed"].joint_states[-1]
    found = measurement_of(experiment).probabilities(experiment, prediction.liouvillian, end)
    np.testing.assert_array_equal(
        found, rabi_probabilities(experiment, prediction.liouvillian, end)
    )


def test_sequences_last_as_long_as_their_parts():
    """From the end of charging to the readout: ramps, reset, times and pulses added up."""
    experiment = lossy()
    expected = {"vacuum-rabi": (1, 11), "swap": (9, 17), "number-selective": (207, 207)}
    for method, around in expected.items():
        found = vacuum_durations(experiment.replace({"vacuum.method": method}))
        np.testing.assert_allclose(found, np.add.outer(around, [0.0, 6.0, 12.0]))


@pytest.mark.parametrize("method", ["number-selective", "displaced-parity"])
def test_kept_responses_belong_to_what_they_depend_on(method):
    """A response kept for one device serves another only where computing it anew gives the same.

    Every number of the file is moved by a per cent, and the actual transmon by 0.3 MHz.
    """
    base = Experiment().replace(
        {
            "vacuum.method": method,
            "vacuum.points": 2,
            "vacuum.kappa_off_MHz": 0.02,
            "transmon.levels": 2,
            "resonator.fock_levels": 3,
            "readout.leaked_reads_1": 0.5,
            "reset.resonator_photons": 0.0,
        }
    )
    sections = base.model_dump()
    moved = [
        base.replace({f"{name}.{key}": value * 1.01})
        for name in ("transmon", "resonator", "coupler", "drive", "readout", "tomography", "vacuum")
        for key, value in sections[name].items()
        if type(value) is float and value and np.isfinite(value)
    ]
    moved.append(base.replace({"vacuum.kappa_off_MHz": None}))
    moved.append(moved[-1].replace({"resonator.linewidth_MHz": 2.0}))
    moved.append(moved[-1].replace({"resonator.temperature_mK": 60.0}))
    assert len(moved) > 20
    lower = base.transmon.model_copy(update={"frequency_GHz": base.transmon.frequency_GHz - 3e-4})
    cases = [(each, each.device) for each in (base, *moved)]
    cases.append((base, base.device.model_copy(update={"transmon": lower})))
    measurement = measurement_of(base)
    for experiment, actual in cases:
        liouvillian = Liouvillian(rotating_frame(actual, 3))
        kept = measurement.response(experiment, liouvillian, actual=actual)
        anew = measurement.photon_response(experiment, 3, IDEAL, actual)
        np.testing.assert_array_equal(kept, anew)
