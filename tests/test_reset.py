"""Reset: the active one run by Aer, the chain expected of it, waiting, and leftover photons."""

import numpy as np
import pytest
from oracles import ActiveReset, FreeResonator, ThermalRelaxation, agrees, significance
from oracles.conversions import boltzmann_ratio, bose_number

from cqed_battery import Experiment
from protocols.emulation.sampling import sampled_levels
from protocols.reset import expected_excitation, remaining_photons
from protocols.reset.active import active_reset_circuit, expected_reset_levels
from protocols.stages.charging import initial_state

HOT = {
    "transmon.residual_excitation": 0.2,
    "transmon.t1_us": 3.0,
    "readout.p1_given_0": 0.03,
    "readout.p0_given_1": 0.12,
    "reset.latency_ns": 700.0,
}
CASES = (
    {"reset.rounds": 1},
    {"reset.rounds": 3} | HOT,
    {"reset.rounds": 2, "transmon.t1_us": float("inf"), "transmon.residual_excitation": 0.3},
    {"reset.rounds": 2, "reset.latency_ns": 0.0, "transmon.residual_excitation": 0.25},
)


def chain_of(experiment: Experiment, **changes: float) -> ActiveReset:
    readout, transmon = experiment.readout, experiment.transmon
    constants = {
        "p1_given_0": readout.p1_given_0,
        "p0_given_1": readout.p0_given_1,
        "latency_ns": experiment.reset.latency_ns,
        "t1_us": transmon.t1_us,
        "residual_excitation": transmon.residual_excitation,
    }
    return ActiveReset(**(constants | changes))


@pytest.mark.parametrize("changes", CASES)
def test_expected_active_reset_is_the_oracles_chain(changes):
    """The excitation after every round is that of the oracle's Markov chain, to 1e-12."""
    experiment = Experiment().replace(changes)
    rounds = experiment.reset.rounds
    found = expected_reset_levels(experiment)[:, 1]
    np.testing.assert_allclose(found, chain_of(experiment).excited(rounds), rtol=0, atol=1e-12)
    assert expected_excitation(experiment) == found[-1]
    assert len(found) == rounds + 1


@pytest.mark.parametrize("changes", CASES)
def test_aers_active_reset_leaves_what_the_chain_says(changes):
    """Aer's repetitions of the circuit lie within 5 sigma of the oracle's chain."""
    experiment = Experiment().replace(changes | {"reset.shots": 40_000})
    left = sampled_levels(experiment)[0]
    expected = chain_of(experiment).excited(experiment.reset.rounds)[-1]
    assert agrees(left * 40_000, 40_000, expected)


def test_aers_active_reset_tells_a_wrong_chain():
    """The same repetitions refuse chains with swapped errors, no latency or a round less."""
    experiment = Experiment().replace(HOT | {"reset.rounds": 1, "reset.shots": 40_000})
    ones = round(sampled_levels(experiment)[0] * 40_000)
    chain = chain_of(experiment)
    wrong = (
        chain_of(experiment, p1_given_0=0.12, p0_given_1=0.03).excited(1)[-1],
        chain_of(experiment, latency_ns=0.0).excited(1)[-1],
        chain.excited(0)[-1],
    )
    assert significance(ones, 40_000, chain.excited(1)[-1]) < 5
    assert significance(ones, 40_000, np.array(wrong)).min() > 5


def test_aers_active_reset_follows_its_seed():
    """The same seed leaves the same excitation, another seed another one."""
    experiment = Experiment().replace(HOT)
    first = sampled_levels(experiment)[0]
    assert sampled_levels(experiment)[0] == first
    assert sampled_levels(experiment.replace({"seed": 1}))[0] != first


def test_active_reset_circuit_measures_and_flips_in_every_round():
    """Each round measures into its own bit and flips on it; a witness sees the end."""
    circuit = active_reset_circuit(3)
    names = [instruction.operation.name for instruction in circuit.data]
    assert names.count("if_else") == 3
    assert names.count("measure") == 4
    assert [register.name for register in circuit.cregs] == ["record", "final"]
    assert circuit.cregs[0].size == 3


def test_passive_reset_relaxes_a_mixed_transmon():
    """Waiting lets levels 0 and 1, equally likely at first, relax towards equilibrium."""
    experiment = Experiment().replace(HOT | {"reset.kind": "passive", "reset.wait_us": 2.0})
    oracle = ThermalRelaxation(t1_us=3.0, residual_excitation=0.2)
    assert expected_excitation(experiment) == pytest.approx(
        float(oracle.excited(2000.0, 0.5)), abs=1e-12
    )
    forever = experiment.replace({"transmon.t1_us": float("inf")})
    assert expected_excitation(forever) == 0.5


def test_no_reset_leaves_equilibrium():
    """Without a reset the transmon is at its residual excitation or at its temperature's."""
    experiment = Experiment().replace({"reset.kind": "none", "transmon.residual_excitation": 0.07})
    assert expected_excitation(experiment) == 0.07
    warm = experiment.replace({"transmon.temperature_mK": 60.0})
    ratio = boltzmann_ratio(5.0, 60.0)
    assert expected_excitation(warm) == pytest.approx(ratio / (1 + ratio), rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "wait_us", "waited"),
    [("active", 9.0, 400.0), ("passive", 0.9, 900.0), ("passive", 0.1, 400.0)],
)
def test_resonator_empties_while_it_waits(kind, wait_us, waited):
    """What the previous run left decays at kappa to the bath's number; the longer wait counts."""
    experiment = Experiment().replace(
        {
            "reset.kind": kind,
            "reset.wait_us": wait_us,
            "reset.resonator_wait_ns": 400.0,
            "reset.resonator_photons": 3.0,
            "resonator.temperature_mK": 120.0,
        }
    )
    bath = bose_number(boltzmann_ratio(5.0, 120.0))
    oracle = FreeResonator(linewidth_MHz=1.0, bath_number=bath, thermal_number=3.0)
    expected = float(oracle.photon_number(waited))
    assert remaining_photons(experiment) == pytest.approx(expected, rel=1e-12)
    untouched = experiment.replace({"reset.kind": "none"})
    assert remaining_photons(untouched) == pytest.approx(bath, rel=1e-12)


def test_initial_state_is_a_product_of_both():
    """Level 1 holds the residual excitation, the resonator a thermal state, nothing is coherent."""
    state = initial_state(3, 40, residual_excitation=0.1, photons=0.5)
    assert np.count_nonzero(state - np.diag(np.diagonal(state))) == 0
    populations = np.diagonal(state).real.reshape(3, 40)
    np.testing.assert_allclose(populations.sum(axis=1), [0.9, 0.1, 0.0], atol=1e-15)
    np.testing.assert_allclose(populations[:2].sum(axis=0) @ np.arange(40), 0.5, rtol=1e-12)
    np.testing.assert_allclose(populations[0, 1:] / populations[0, :-1], 1 / 3, rtol=1e-12)
