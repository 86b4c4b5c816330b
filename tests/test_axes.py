"""Charging settings that sweep amplitude, detuning or a scaled pulse in the place of time."""

from dataclasses import replace

import numpy as np
import pytest
from commands import call, refused
from devices import lossless
from test_sequence import LOSSY, reads_1

import cqed_battery as cb
from analysis import analyse
from analysis.data.laboratory import read_lab_data
from analysis.data.tables.table import table_text
from analysis.estimators.arms.arms import arm_state
from analysis.estimators.arms.ends import ends_gain
from analysis.estimators.expectation import expectation
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import READOUT, SHAPE, STEP, default_parameters
from analysis.estimators.global_fit.model.surfaces import beyond
from analysis.estimators.observed import Observed
from analysis.report.page import write_report
from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError
from cqed_battery.files.datasets import DatasetError
from protocols.emulation.emulate import emulate
from protocols.faults.simulated import simulate
from protocols.prediction.predict import predict
from protocols.settings.axis import settings_of
from protocols.settings.settings import Settings

AXES = {
    "scaled-time": {
        "charging.shape": "gaussian",
        "charging.times_ns": (0.0, 5.0, 8.25, 12.0),
    },
    "amplitude": {
        "charging.shape": "gaussian",
        "charging.length_ns": 9.0,
        "charging.stop_ns": 9.0,
        "charging.amplitudes": (-0.6, 0.0, 0.35, 1.0),
    },
    "detuning": {
        "charging.stop_ns": 7.0,
        "charging.detunings_MHz": (-31.0, -4.0, 12.0, 40.0),
    },
}
PLAIN = {"analysis.global_fit": False, "analysis.correction": "none"}


def sweeping(axis, experiment=LOSSY, **changes):
    """The experiment that sweeps an axis, four values of it."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return experiment.replace({**AXES[axis], "charging.axis": axis, **named})


def alone(**changes):
    """Two lossless levels without a resonator, driven at 37 MHz, the clock's samples fine."""
    return lossless(coupler__g_on_MHz=0.0, drive__rabi_rate_MHz=37.0, **changes)


@pytest.fixture(scope="module", params=AXES)
def swept(request):
    """An axis, its experiment with a small vacuum measurement, and what is expected of it."""
    experiment = sweeping(request.param)
    return request.param, experiment, predict(experiment)


def test_the_angle_is_linear_in_the_amplitude():
    """z = -cos of amplitude x Rabi rate x time, for negative amplitudes too; y has their sign."""
    experiment = alone(
        charging__axis="amplitude",
        charging__stop_ns=17.0,
        charging__points=9,
        charging__amplitude_from=-1.0,
    )
    angle = 2 * np.pi * 0.037 * 17.0 * np.linspace(-1, 1, 9)
    bloch = predict(experiment).arms["catalysed"].bloch
    np.testing.assert_allclose(bloch[:, 2], -np.cos(angle), atol=1e-9)
    np.testing.assert_allclose(np.abs(bloch[:, 0]), np.abs(np.sin(angle)), atol=1e-9)
    np.testing.assert_allclose(bloch[:, 0], -bloch[::-1, 0], atol=1e-9)


def test_a_detuned_drive_excites_as_the_generalised_rabi_formula_says():
    """P = (Omega/W)^2 sin^2(W t/2), W^2 = Omega^2 + Delta^2, at each detuning."""
    experiment = alone(charging__axis="detuning", charging__stop_ns=17.0, charging__points=8)
    detuning = np.linspace(-20.0, 20.0, 8) / 1e3
    whole = np.hypot(0.037, detuning)
    excited = (0.037 / whole) ** 2 * np.sin(np.pi * whole * 17.0) ** 2
    found = predict(experiment).arms["catalysed"].bloch[:, 2]
    np.testing.assert_allclose(found, 2 * excited - 1, atol=1e-9)


def test_a_scaled_gaussian_turns_by_its_area():
    """Its area grows with its length: the sum of its samples, each at a period's middle."""
    lengths = np.array([0.0, 8.0, 16.0, 40.0])
    experiment = alone(
        charging__axis="scaled-time",
        charging__shape="gaussian",
        charging__times_ns=tuple(lengths),
    )
    period, areas = 1 / experiment.drive.clock_GHz, []
    for length in lengths:
        middles = np.arange(0.5 * period, length, period)
        bell = np.exp(-((middles - length / 2) ** 2) / (2 * (length / 4) ** 2)) if length else 0.0
        areas.append(period * np.sum((bell - np.exp(-2)) / (1 - np.exp(-2))))
    expected = -np.cos(2 * np.pi * 0.037 * np.array(areas) * (lengths > 0))
    found = predict(experiment).arms["catalysed"].bloch[:, 2]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_exported_samples_of_every_setting_evolve_as_the_file_does(swept):
    """A second engine with the samples of each setting reads 1 as often."""
    axis, experiment, prediction = swept
    table = Settings(experiment)
    rows = [row for row in table.rows() if row.stage == "tomography" and row.name in "yz"]
    expected = table.probabilities(prediction)
    for row in rows[3::3]:
        values = {"time_ns": row.time_ns} if axis == "scaled-time" else {"value": row.value}
        played = cb.sequence(experiment, arm=row.arm, axis=row.name, **values)
        one = settings_of(experiment)[row.place[1]]
        place = table.arm(row.arm).start + 3 * row.place[1] + row.place[2]
        assert reads_1(one, played.to_dict()) == pytest.approx(expected[place], abs=1e-7)


def test_the_resonator_is_measured_after_the_last_setting(swept):
    """The exported vacuum measurement, by the second engine."""
    _, experiment, prediction = swept
    last = settings_of(experiment)[-1]
    played = cb.sequence(experiment, pulse="pi", time_ns=11.0).to_dict()
    found = prediction.vacuum_probability[1, -1]
    assert reads_1(last, played) == pytest.approx(found, abs=1e-7)


@pytest.mark.parametrize("axis", AXES)
def test_faults_act_on_every_setting_as_on_a_run_of_its_own(axis):
    """Detuned, noisy, behind a filter and off in amplitude: as a file of that setting alone."""
    faults = {
        "faults.transmon_detuning_MHz": 2.0,
        "faults.frequency_noise_MHz": 1.5,
        "faults.drive_bandwidth_MHz": 150.0,
        "faults.rabi_rate_error": 0.03,
        "vacuum.method": "none",
        "control.enabled": False,
    }
    experiment = sweeping(axis).replace(faults)
    found = simulate(experiment)
    for number, one in enumerate(settings_of(experiment)[2:], start=2):
        own = simulate(one)
        seen = found.prediction.arms["catalysed"].probability[number]
        np.testing.assert_allclose(
            seen, own.prediction.arms["catalysed"].probability[-1], atol=2e-5
        )
        truth = found.truth["heat_integral"].values[0, number]
        assert truth == pytest.approx(own.truth["heat_integral"].values[0, -1], abs=2e-5)


@pytest.mark.parametrize("axis", AXES)
def test_the_fit_knows_the_derivatives_on_every_axis(axis):
    """Those of every setting's probability and of each pulse's S, against difference quotients."""
    small = sweeping(axis).replace(
        {
            "transmon.levels": 2,
            "control.enabled": False,
            "vacuum.method": "none",
            "tomography.pulse": "none",
            "analysis.global_fit": True,
        }
    )
    known, rounded = default_parameters(small), (*SHAPE, *STEP)  # a smaller step drowns in it
    free = tuple(
        replace(p, step=2e-4) if p.name in rounded else p
        for n, p in enumerate(known)
        if n not in beyond(known) and p.name not in READOUT
    )
    model = ForwardModel(small, free)
    theta = model.start()
    response = model.response(theta)
    exact, quotient = model.slope(theta, response), model.differences(theta, response)
    scale = np.abs(exact.probability).max(axis=0)
    assert (scale > 0).sum() >= 5
    np.testing.assert_allclose(
        exact.probability / (scale + 1e-9), quotient.probability / (scale + 1e-9), atol=5e-3
    )
    heat, by_steps = (s.quantities["catalysed"]["heat_integral"] for s in (exact, quotient))
    largest = np.abs(heat).max(axis=0) + 1e-2  # a phase moves no heat
    np.testing.assert_allclose(heat / largest, by_steps / largest, atol=5e-3)


@pytest.fixture(scope="module")
def amplitudes():
    """A run over six amplitudes with both arms, and its results."""
    experiment = sweeping("amplitude", charging__amplitudes=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
    dataset = emulate(experiment.replace({**PLAIN, "drive.rabi_rate_MHz": 60.0}))
    return dataset, analyse(dataset)


def test_datasets_and_results_carry_the_axis(amplitudes):
    """Dims, units and words are those of the axis, in counts, truth and results."""
    dataset, results = amplitudes
    assert dataset["counts"].dims == ("arm", "amplitude", "basis", "outcome")
    assert dataset["counts"]["amplitude"].attrs["units"] == "1"
    assert dataset["truth"]["ergotropy"].dims == ("arm", "amplitude")
    assert results.axis.title == "drive amplitude"
    np.testing.assert_allclose(results.axis.values, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert results.to_xarray()["ergotropy"].dims == ("arm", "amplitude")
    assert set(results["times"]) == {9.0}


def test_energy_and_ergotropy_are_those_of_the_truth(amplitudes):
    """At every amplitude, within the errors; the gain is their difference."""
    dataset, results = amplitudes
    for arm, found in results.arms.items():
        for name in ("energy", "ergotropy"):
            truth = dataset["truth"][name].sel(arm=arm).values
            shown, widened = getattr(found, name), 0.05  # the readout sequence is not corrected
            assert (np.abs(shown.value - truth) < 4 * shown.std + widened).all()
    gain, high = results.verdict.gain.parts["peak"], results.arms
    peaks = [high[arm].ergotropy.value.max() for arm in ("catalysed", "control")]
    assert gain.value == pytest.approx(peaks[0] - peaks[1], abs=0.02)
    assert set(results.verdict.gain.parts) == {"peak", "mean"}


def test_what_needs_moments_of_one_pulse_is_said_not_to_be_measurable(amplitudes):
    """J < 0 is undecided for that reason, and dE/dt, P, J and S have no numbers."""
    _, results = amplitudes
    heat = results.verdict.heat
    assert (heat.outcome, heat.value) == ("undecided", None)
    assert "dE/dt, P, J and S need moments of one pulse" in heat.statement
    assert results.sum_rule_bound is None
    together = results.verdict.together
    assert together.outcome == "fails" or "need moments of one pulse" in together.statement
    for name in ("energy_rate", "power", "heat_current", "heat_integral"):
        found = getattr(results.arms["catalysed"], name)
        assert np.isnan(found.value).all()
        assert found.method.startswith("not measurable: the settings sweep the drive amplitude")


def test_the_gain_scatters_as_it_states():
    """Peak and mean over the axis in 100 runs: pulls of width 1, around the truth."""
    experiment = sweeping("amplitude").replace(
        {
            **PLAIN,
            "tomography.pulse": "none",
            "coupler.ramp_ns": 0.0,
            "drive.rabi_rate_MHz": 60.0,
            "charging.amplitudes": (0.3, 0.6, 0.8, 1.0),
            "vacuum.method": "none",
        }
    )
    known, table = expectation(experiment), Settings(experiment)
    law, pulls, rng = table.frequencies(known.prediction), [], np.random.default_rng(4)
    truth = [known.arms[arm]["ergotropy"] for arm in ("control", "catalysed")]
    mean = np.average(truth, axis=1, weights=[0.3, 0.5, 0.4, 0.2])
    true = np.array([np.diff(np.max(truth, axis=1))[0], np.diff(mean)[0]])
    for _ in range(100):
        ones = rng.binomial(table.shots, law)
        drawn = Observed.drawn(known, table, np.stack([table.shots - ones, ones], axis=-1))
        parts = ends_gain(drawn, {arm: arm_state(drawn, arm) for arm in table.arms})
        values, stds = np.transpose([parts.peak, parts.mean])
        pulls.append((values - true) / stds)
    assert (np.abs(np.mean(pulls, axis=0)) < 0.5).all()
    assert (np.abs(np.std(pulls, axis=0) - 1) < 0.25).all()


def test_a_table_and_a_file_of_counts_come_back(amplitudes, tmp_path):
    """Export, import and analyse: the same counts, whether as a table or as netCDF."""
    dataset, _ = amplitudes
    experiment = Experiment.from_text(dataset.attrs["experiment"])
    table = tmp_path / "counts.csv"
    table.write_text(table_text(dataset), encoding="utf-8")
    assert "arm,amplitude,basis,outcome,count" in table.read_text(encoding="utf-8")
    result = call("import", table, "--out", tmp_path / "counts.nc")
    assert "6 drive amplitudes, 0 to 1" in result.stdout
    for path in (table, tmp_path / "counts.nc"):
        found = read_lab_data(path, experiment)
        for name in ("counts", "calibration_counts", "vacuum_counts"):
            np.testing.assert_array_equal(found[name].values, dataset[name].values)


def test_wide_tables_and_other_units_are_read(tmp_path):
    """Detunings in Hz in a column of another name, populations in one column for each axis."""
    experiment = sweeping("detuning", control__enabled=False, vacuum__method="none")
    lines = ["offset,px,py,pz,n"]
    lines += [f"{value}e6,50,48,{10 + n},1000" for n, value in enumerate((-31, -4, 12, 40))]
    table = tmp_path / "wide.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = {
        "columns": {"detuning_MHz": "offset", "shots": "n"},
        "units": {"detuning": "Hz", "population": "percent"},
        "constants": {"arm": "catalysed"},
        "wide": {f"p{axis}": {"basis": axis} for axis in "xyz"},
        "data": {"kind": "populations"},
    }
    found = read_lab_data(table, experiment, names=names, calibration_from_file=True)
    np.testing.assert_array_equal(found["detuning"].values, [-31.0, -4.0, 12.0, 40.0])
    np.testing.assert_array_equal(
        found["counts"].sel(arm="catalysed", basis="z", outcome=1).values, [100, 110, 120, 130]
    )


def test_values_of_the_data_win_over_the_file(amplitudes):
    """Other amplitudes than planned become the experiment's, with a note; rounded ones do not."""
    dataset, _ = amplitudes
    experiment = Experiment.from_text(dataset.attrs["experiment"])
    moved = dataset.to_dataset().assign_coords(amplitude=[0.0, 0.1, 0.3, 0.5, 0.7, 0.9])
    found = read_lab_data(moved, experiment)
    assert "the drive amplitudes are those of the data, 6 from 0 to 0.9" in found.attrs["notes"]
    read = Experiment.from_text(found.attrs["experiment"])
    assert read.charging.amplitudes == (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
    rounded = dataset.to_dataset().assign_coords(amplitude=[0.0, 0.2004, 0.4, 0.5996, 0.8, 1.0])
    assert "those of the data" not in read_lab_data(rounded, experiment).attrs["notes"]


def test_counts_of_another_axis_are_refused_with_the_key_that_takes_them(amplitudes, tmp_path):
    """A file over amplitudes for an experiment over time, and what the advice makes of it."""
    dataset, _ = amplitudes
    timed = Experiment.from_text(dataset.attrs["experiment"]).replace({"charging.axis": "time"})
    table = tmp_path / "counts.csv"
    table.write_text(table_text(dataset), encoding="utf-8")
    advice = "'amplitude' is read where the experiment file says charging.axis = \"amplitude\""
    for data in (table, dataset.to_dataset().drop_vars("vacuum_counts")):
        with pytest.raises(DatasetError, match=advice):
            read_lab_data(data, timed)
        followed = timed.replace({"charging.axis": "amplitude"})
        assert read_lab_data(data, followed)["counts"].sizes["amplitude"] == 6
    with pytest.raises(DatasetError, match=r'data\.axis = "detuning", but the experiment file'):
        read_lab_data(table, timed, names={"data": {"axis": "detuning"}})


REFUSED = {
    'extraction.unitary must be "none"': {
        "charging.axis": "amplitude",
        "extraction.unitary": "model",
    },
    "qutrit.measured must be false": {"charging.axis": "detuning", "qutrit.measured": True},
    'stretches the pulse, but charging.shape = "square"': {"charging.axis": "scaled-time"},
    'charging.times_ns lists charging times, but charging.axis = "amplitude"': {
        "charging.axis": "amplitude",
        "charging.times_ns": (0.0, 5.0),
    },
    "charging.stop_ns must be above 0": {"charging.axis": "detuning", "charging.stop_ns": 0.0},
    "charging.amplitudes must be strictly increasing": {
        "charging.axis": "amplitude",
        "charging.amplitudes": (0.5, 0.2),
    },
    "charging.amplitude_to must lie after charging.amplitude_from": {
        "charging.axis": "amplitude",
        "charging.amplitude_from": 1.0,
    },
    "charging.start_ns must hold rise and fall": {
        "charging.axis": "scaled-time",
        "charging.shape": "flat-top",
    },
    "charging.length_ns must hold charging.samples_ns": {
        "charging.axis": "scaled-time",
        "charging.shape": "samples",
        "charging.length_ns": 10.0,
        "charging.samples_ns": (0.0, 12.0),
        "charging.samples_amplitude": (1.0, 0.0),
    },
}


@pytest.mark.parametrize(("said", "changes"), REFUSED.items())
def test_axes_that_make_no_sense_are_named(said, changes):
    """Each in a sentence that names the key."""
    with pytest.raises(ExperimentError, match=said):
        settings_of(Experiment().replace(changes))


def test_the_advice_of_the_refusals_works():
    """A flat-top in the place of the square, and a start that holds its edges."""
    advised = {"charging.shape": "flat-top", "charging.start_ns": 2.0}
    changed = Experiment().replace({"charging.axis": "scaled-time", **advised})
    assert settings_of(changed)[0].charging.length_ns == 2.0


def test_samples_are_stretched_with_their_length():
    """At half the length each sample is held half as long."""
    experiment = alone(
        charging__axis="scaled-time",
        charging__shape="samples",
        charging__samples_ns=(0.0, 10.0),
        charging__samples_amplitude=(1.0, 0.25),
        charging__length_ns=20.0,
        charging__times_ns=(10.0, 20.0),
    )
    turned = 2 * np.pi * 0.037 * np.array([5.0, 10.0]) * 1.25
    found = predict(experiment).arms["catalysed"].bloch[:, 2]
    np.testing.assert_allclose(found, -np.cos(turned), atol=1e-9)


VERBS = {
    "budget-errors": (),
    "validate": ("--repeats", 2),
    "plan": ("--claim", "heat-current-negative"),
}


@pytest.mark.parametrize(("verb", "options"), VERBS.items())
def test_studies_of_one_pulse_refuse_other_axes(verb, options, tmp_path):
    """In one line that says which key decides."""
    file = tmp_path / "experiment.toml"
    file.write_text(sweeping("amplitude").replace(PLAIN).to_toml(), encoding="utf-8")
    said = refused(verb, file, *options)
    assert "needs moments of one pulse" in said
    assert 'charging.axis = "amplitude"' in said


@pytest.mark.parametrize("points", [1, 3])
@pytest.mark.parametrize(("verb", "options"), VERBS.items())
def test_studies_of_an_analysis_refuse_fewer_settings_than_it_needs(
    verb, options, points, tmp_path
):
    """In one line, before anything is computed; a file of the time 0 alone is no exception."""
    file = tmp_path / "experiment.toml"
    file.write_text(Experiment().replace({"charging.points": points}).to_toml(), encoding="utf-8")
    said = refused(verb, file, *options)
    assert f"needs at least 4 charging times, but there are {points}: set charging.points" in said


def test_a_plan_for_one_amplitude_names_it(tmp_path):
    """A claim at a value of the axis, and the refusal of a value that is none."""
    file = tmp_path / "experiment.toml"
    planned = sweeping("amplitude", vacuum__method="none").replace(PLAIN)
    file.write_text(planned.to_toml(), encoding="utf-8")
    result = call("plan", file, "--claim", "ergotropy:+-0.05@0.35", "--json")
    assert result.exit_code == 0
    said = refused("plan", file, "--claim", "ergotropy:+-0.05@0.36")
    assert "a claim's amplitude must be one of the drive amplitudes, but is 0.36" in said


def test_the_sequence_shows_one_value_of_the_axis(tmp_path):
    """--value chooses the amplitude, and what is no amplitude is refused."""
    file = tmp_path / "experiment.toml"
    file.write_text(sweeping("amplitude").to_toml(), encoding="utf-8")
    played = cb.sequence(file, value=0.35).to_dict()
    drive = next(step for step in played["steps"] if step["name"] == "charging")["channels"]
    found = np.hypot(drive["drive"]["values"], drive["drive"]["quadratures"]).max()
    assert found == pytest.approx(0.35 * LOSSY.drive.rabi_rate_MHz, rel=0.01)
    assert played["setting"]["amplitude"] == 0.35
    assert "must be a drive amplitude from -0.6 to 1" in refused("sequence", file, "--value", 2)


def test_a_report_draws_the_axis(amplitudes, tmp_path):
    """Its figures have the axis' label, and those of J, S and P are left out."""
    dataset, results = amplitudes
    write_report(results, dataset, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "6 drive amplitudes from 0 to 1, each for 9 ns" in page
    assert "drive amplitude" in page
    assert "Does energy leave the battery early on?" not in page
    assert "power of the drive" not in page
