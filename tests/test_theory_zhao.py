"""Zhao's model against closed forms, a laboratory-frame engine written here, and QuTiP."""

import numpy as np
import pytest
from scipy.integrate import cumulative_simpson
from scipy.special import factorial
from zhao_laboratory import Laboratory

from analysis.papers.zhao.figures import FIGURES_Z1, FIGURES_Z2
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.to_experiment import to_experiment
from cqed_battery.dynamics.convergence import ConvergenceError
from cqed_battery.errors import ExperimentError
from protocols.prediction.predict import predict

TIMES = np.linspace(0.0, 12.0, 61)
POINTS = (
    Zhao(),
    Zhao(omega_c=1.6, kappa=0.5, start="upper", dephasing="sigma_z"),
    Zhao(omega_a=2.3, omega_c=0.8, g=0.4, Omega=0.7, omega_d=1.9, gamma_D=0.15),
    Zhao(catalyst=False, Omega=0.9, omega_d=2.4),
)


@pytest.mark.parametrize("model", POINTS)
def test_every_quantity_is_that_of_the_laboratory_frame(model):
    """Energy, ergotropy, the four fluxes, power and catalyst, each from its own definition."""
    found = model.simulate(TIMES)
    for name, expected in Laboratory(model).values(TIMES).items():
        np.testing.assert_allclose(found[name], expected, atol=2e-6, err_msg=name)


@pytest.mark.parametrize("omega_c", [0.01, 2.0])
def test_whole_drive_is_followed_to_1e_8(omega_c):
    """At the end of Fig. 2's time, against an independent solution of far closer tolerance."""
    model, times = Zhao(omega_c=omega_c), np.array([20.0, 40.0, 60.0])
    engine = Laboratory(model, tolerance=1e-12)
    expected = [np.trace(rho @ engine.qb).real for rho in engine.states(times)]
    np.testing.assert_allclose(model.simulate(times).energy, expected, atol=1e-8)


def test_printed_dissipator_lets_the_trace_grow():
    """Eq. 9 of 2025 as printed: the trace is exp(gamma_D t/2), and everything follows it."""
    model = Zhao(dephasing="trace-growing", gamma_D=0.2)
    found = model.simulate(TIMES)
    np.testing.assert_allclose(found.trace, np.exp(0.1 * TIMES), rtol=1e-9)
    assert "grows as exp(0.1 t)" in found.attrs["trace_statement"]
    for name, expected in Laboratory(model).values(TIMES).items():
        np.testing.assert_allclose(found[name], expected, atol=5e-6, err_msg=name)


@pytest.mark.parametrize("model", POINTS[:3])
def test_states_are_those_of_qutip(model):
    """A second engine: QuTiP's mesolve in the laboratory frame."""
    qutip = pytest.importorskip("qutip")
    a = qutip.tensor(qutip.qeye(2), qutip.destroy(9))
    plus = qutip.tensor(qutip.sigmap(), qutip.qeye(9))
    sx, sz = plus + plus.dag(), plus * plus.dag() - plus.dag() * plus
    h0 = model.omega_a / 2 * sz + model.omega_c * a.dag() * a
    h0 = h0 + model.g * (plus * a + plus.dag() * a.dag())
    h1 = [model.Omega * sx, lambda t: np.sin(model.omega_d * t)]
    jumps = [np.sqrt(model.coherence_decay / 2) * sz, np.sqrt(model.kappa) * a]
    level = qutip.basis(2, 0 if model.start == "upper" else 1)
    start = qutip.tensor(level, qutip.basis(9, 0))
    options = {"atol": 1e-11, "rtol": 1e-9, "nsteps": 10**5}
    result = qutip.mesolve([h0, h1], start, TIMES, jumps, e_ops=[sz, a.dag() * a], options=options)
    found = model.simulate(TIMES)
    np.testing.assert_allclose(found.bloch.sel(component="z"), result.expect[0], atol=1e-6)
    np.testing.assert_allclose(found.photon_number, result.expect[1], atol=1e-6)


@pytest.mark.parametrize(("g", "rabi"), [(0.75, 0.5), (1.0, 1.7), (0.3, 0.4)])
def test_lossless_resonant_charging_is_a_sum_of_cosines(g, rabi):
    """z = -exp(-nbar) sum nbar^n/n! cos(2 g sqrt(n) t), nbar = (Omega/2g)^2; y vanishes."""
    model = Zhao(g=g, Omega=rabi, omega_c=2.0, kappa=0.0, gamma_D=0.0, drive="rotating-wave")
    bloch = model.simulate(TIMES).bloch
    nbar, n = (rabi / (2 * g)) ** 2, np.arange(60)
    weights = np.exp(-nbar) * nbar**n / factorial(n)
    expected = -np.cos(2 * g * np.outer(TIMES, np.sqrt(n))) @ weights
    np.testing.assert_allclose(bloch.sel(component="z"), expected, atol=1e-7)
    np.testing.assert_allclose(bloch.sel(component="y"), 0.0, atol=1e-7)


@pytest.mark.parametrize(("dephasing", "decay"), [("coherence", 0.3), ("sigma_z", 0.6)])
def test_without_catalyst_the_resonant_half_gives_damped_rabi_oscillations(dephasing, decay):
    """z and x in closed form; without damping of the energy J is exactly 0."""
    model = Zhao(catalyst=False, gamma_D=0.3, dephasing=dephasing, drive="rotating-wave")
    found = model.simulate(TIMES)
    rate = np.sqrt(0.25 - decay**2 / 4)
    shape = np.exp(-decay * TIMES / 2)
    z = -shape * (np.cos(rate * TIMES) + decay / (2 * rate) * np.sin(rate * TIMES))
    np.testing.assert_allclose(found.bloch.sel(component="z"), z, atol=1e-9)
    x = shape * 0.5 / rate * np.sin(rate * TIMES)
    np.testing.assert_allclose(found.bloch.sel(component="x"), x, atol=1e-9)
    np.testing.assert_allclose(found.J_laboratory, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.vacuum_fidelity, 1.0, atol=1e-12)


@pytest.mark.parametrize("start", ["lower", "upper"])
def test_energy_that_leaves_through_the_coupling_is_in_the_photons(start):
    """Sum rule: the flow's integral is -omega_a [n + kappa integral of n], never above 0."""
    times = np.linspace(0.0, 20.0, 2001)
    found = Zhao(start=start).simulate(times)
    photons = found.photon_number.to_numpy()
    out = photons + 0.2 * cumulative_simpson(photons, x=times, initial=0.0)
    passed = cumulative_simpson(found.coupling_flow.to_numpy(), x=times, initial=0.0)
    np.testing.assert_allclose(passed, -2.0 * out, atol=1e-7)


def test_opposite_passive_order_is_never_above_zero():
    """Filled the other way, the ergotropy is (omega_a/2)(z - r)."""
    found = Zhao(passive_order="opposite").simulate(TIMES)
    length = np.sqrt((found.bloch**2).sum("component"))
    z = found.bloch.sel(component="z")
    np.testing.assert_allclose(found.ergotropy, z - length, atol=1e-12)
    assert float(found.ergotropy.max()) <= 1e-12


def test_fock_levels_are_raised_until_the_highest_stays_empty():
    """A weak coupling fills many levels: auto agrees with 40, three levels do not."""
    model = Zhao(g=0.2, omega_c=2.0, kappa=0.05)
    times = np.array([30.0, 60.0])  # the look between them is the model's own
    found, many = model.simulate(times), model.replace({"fock_levels": 40}).simulate(times)
    assert 8 < found.attrs["fock_levels"] < 40
    np.testing.assert_allclose(found.photon_number, many.photon_number, atol=1e-6)
    np.testing.assert_allclose(found.J_composite, many.J_composite, atol=1e-6)
    few = model.replace({"fock_levels": 3}).simulate(times)
    assert float(abs(few.photon_number - many.photon_number).max()) > 0.5


def test_a_catalyst_that_fills_too_many_levels_is_refused():
    model = Zhao(g=0.4, Omega=6.0, omega_c=2.0, kappa=0.0, gamma_D=0.0, drive="rotating-wave")
    with pytest.raises(ConvergenceError, match="highest of 60 Fock levels still holds"):
        model.simulate(np.array([0.0, 40.0]))


@pytest.mark.parametrize("times", [[], [1.0, 0.5], [-1.0, 1.0], [0.0, 3000.0], [[0.0, 1.0]]])
def test_times_out_of_order_or_range_are_refused(times):
    with pytest.raises(ExperimentError, match="must increase from 0"):
        Zhao().simulate(np.array(times))


def test_single_instants_are_served():
    """One time, even 0 alone, under both drives."""
    for drive in ("full", "rotating-wave"):
        found = Zhao(drive=drive).simulate(np.array([0.0]))
        assert found.energy.item() == pytest.approx(-1.0, abs=1e-14)
        assert all(v.attrs["long_name"] and v.attrs["units"] for v in found.variables.values())


IDEAL = {
    "transmon.levels": 2,
    "transmon.t1_us": float("inf"),
    "resonator.temperature_mK": 0.0,
    "reset.resonator_photons": 0.0,
    "drive.rise_ns": 0.0,
    "tomography.pulse": "none",
    "vacuum.method": "none",
    "control.enabled": False,
}


@pytest.mark.parametrize(
    "changes", [{}, {"omega_c": 1.7, "omega_d": 1.9, "Omega": 0.8, "dephasing": "sigma_z"}]
)
def test_lifted_experiment_predicts_the_model(changes):
    """With an ideal device, the Bloch vector is the model's at the scaled times."""
    model = Zhao(drive="rotating-wave", **changes)
    experiment, _ = to_experiment(model, g_MHz=60.0, duration=30.0)
    found = predict(experiment.replace(IDEAL), residual_excitation=0.0)
    unit = 0.06 * np.pi / model.g + 0.06 * np.pi / model.g  # g in rad/ns over g in u
    expected = model.simulate(found.times * unit).bloch
    np.testing.assert_allclose(found.times[-1] * unit, 30.0, rtol=1e-12)
    np.testing.assert_allclose(found.arms["catalysed"].bloch, expected, atol=1e-6)


def test_lifting_says_what_it_leaves_behind():
    """Each reading that the device does not have gets its sentence, and the file is readable."""
    model = Zhao(start="upper", passive_order="opposite", dephasing="trace-growing", fock_levels=3)
    experiment, notes = to_experiment(model, g_MHz=50.0)
    text = " ".join(notes)
    for word in ("ratios of frequencies", "counter-rotating", "upper level", "passive order"):
        assert word in text
    assert "growth of the trace" in text
    assert "3 Fock levels" in text
    assert type(experiment).from_text(experiment.to_toml()) == experiment
    plain = " ".join(to_experiment(Zhao(drive="rotating-wave"), g_MHz=50.0)[1])
    assert "counter-rotating" not in plain
    assert "upper level" not in plain
    alone, notes = to_experiment(Zhao(catalyst=False), g_MHz=50.0)
    assert alone.coupler.g_on_MHz == 0.0
    assert "both arms are controls" in " ".join(notes)


def test_a_scale_that_the_device_cannot_take_is_refused():
    with pytest.raises(ExperimentError, match=r"cannot take this model at g_MHz = 3000: .*GHz"):
        to_experiment(Zhao(), g_MHz=3000.0)


def test_a_model_without_coupling_has_no_scale():
    with pytest.raises(ExperimentError, match="must be > 0 to fix the scale"):
        to_experiment(Zhao(g=0.0), g_MHz=50.0)


@pytest.mark.parametrize("figures", [FIGURES_Z1, FIGURES_Z2])
def test_every_figure_of_the_paper_is_there(figures):
    """Figures 2 and 3 with panels a to d, in the paper's order."""
    assert list(figures) == [f"{number}{panel}" for number in "23" for panel in "abcd"]


@pytest.mark.parametrize(
    ("key", "name"), [("a", "omega_c"), ("b", "g"), ("c", "kappa"), ("d", "gamma_D")]
)
def test_figures_are_finite_and_take_changes(key, name):
    """A value for the varied parameter narrows its family; the reading of J can be changed."""
    changes = {"drive": "rotating-wave", name: 0.3, "current": "laboratory"}
    for number in "23":
        found = FIGURES_Z2[f"{number}{key}"].compute(changes)
        first = next(iter(found.data_vars.values()))
        assert first.dims == (name, "time")
        assert found[name].values.tolist() == [0.3]
        assert all(np.isfinite(values).all() for values in found.data_vars.values())
        assert all(
            np.ptp(values.values) > 0 or values.name.startswith("J") for values in found.values()
        )
    assert "'laboratory'" in found.attrs["caption"]


def test_the_versions_differ_in_their_dephasing():
    """Z1 names L = sigma_z, Z2 gives the coherence the rate itself."""
    changes = {"drive": "rotating-wave", "g": 0.5, "gamma_D": 0.1}
    first = FIGURES_Z1["2b"].compute(changes).ergotropy
    second = FIGURES_Z2["2b"].compute({**changes, "gamma_D": 0.2}).ergotropy
    np.testing.assert_allclose(first, second, atol=1e-9)


@pytest.mark.parametrize("panel", "abcd")
def test_captions_say_what_one_sees(panel):
    """With the default parameters each catalysed curve has the lower peak and mean."""
    found = FIGURES_Z2[f"2{panel}"].compute({})
    assert "lower peak and the lower mean" in found.attrs["caption"]
    assert bool((found.ergotropy.max("time") < found.ergotropy_alone.max()).all())
    assert bool((found.ergotropy.mean("time") < found.ergotropy_alone.mean()).all())
