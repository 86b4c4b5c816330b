"""The run on control electronics: what is compiled is what is emulated, and wrongs are seen."""

import json
from functools import lru_cache

import numpy as np
import pytest
import xarray as xr
from commands import SMALL, call, refused
from devices import dense_of
from instruments_kit import (
    Memory,
    check_flip,
    check_outcomes,
    check_reads_back,
    check_units,
    scaled,
    setup_for,
    shifted,
)
from oracles import propagate

from cqed_battery import Experiment
from cqed_battery.errors import CqedBatteryError
from cqed_battery.units import TWO_PI, ghz_from_mhz
from protocols.faults.simulated import simulate
from protocols.instruments.acquisition import Rehearsed, Taken, counted, dataset_of, take
from protocols.instruments.layout import Layout
from protocols.instruments.loading import programmes
from protocols.instruments.reading import read_back, read_flip
from protocols.instruments.rehearsal import Rehearsal
from protocols.instruments.setup import InstrumentError, setup_of
from protocols.reset import remaining_photons
from protocols.sequence.samples import sampled, samples_dataset, samples_table
from protocols.sequence.sequence import sequence_of
from protocols.settings.settings import Settings
from protocols.stages.charging import initial_state
from protocols.stages.effects import readout_effect

GRID = {
    "charging.stop_ns": 12.0,
    "charging.points": 4,
    "vacuum.points": 4,
    "vacuum.stop_ns": 12.0,
    "resonator.fock_levels": 6,
    "reset.shots": 100,
}
BASE = Experiment.from_text(SMALL).replace(GRID)
OFF_RESONANCE = {"drive.frequency_GHz": 4.955, "resonator.frequency_GHz": 4.9}
FIXED = {
    "coupler.kind": "fixed",
    "coupler.g_on_MHz": 8.0,
    "coupler.g_off_MHz": 0.0,
    "coupler.ramp_ns": 2.0,
    "coupler.idle_detuning_MHz": -300.0,
    "drive.rabi_rate_MHz": 12.0,
    "control.kind": "detuned",
    "control.detuning_MHz": -300.0,
}
FAULTS = {
    "faults.pulse_amplitude_error": 0.03,
    "faults.pulse_phase_error_rad": 0.05,
    "faults.drag_error": -0.5,
    "faults.rabi_rate_error": 0.02,
    "faults.transmon_detuning_MHz": 1.5,
    "faults.rabi_rate_drift": 0.02,
}
FILTER = {"faults.drive_bandwidth_MHz": 80.0}
TWO_LEVELS = {"transmon.levels": 2, "vacuum.points": 2}
CASES = {
    "default": {},
    "off resonance": OFF_RESONANCE,
    "fixed": FIXED,
    "faults": FAULTS,
    "filter": FILTER,
    "two levels": TWO_LEVELS,
}
_RINGING = 1e-5  # to which `predict` interpolates over what a filter still holds


@lru_cache
def rehearsal(case, rate=4.0, change=None):
    experiment = BASE.replace(CASES[case])
    layout = Layout(experiment, setup_for(experiment, rate))
    writer = Memory(layout.setup, change)
    return Rehearsal(layout, read_back(layout, writer), read_flip(layout, writer))


def probabilities(experiment, left, predictor=None):
    chosen = {} if predictor is None else {"predictor": predictor}
    found = simulate(experiment, *left, **chosen).prediction
    return Settings(experiment).probabilities(found)


@pytest.mark.parametrize("case", [case for case in CASES if case != "two levels"])
def test_on_the_files_own_clock_a_rehearsal_is_the_emulation(case):
    """Every setting reads 1 as often: carriers, flux, faults and drift arrive by samples alone."""
    found = rehearsal(case)
    own = probabilities(found.experiment, found.left)
    played = probabilities(found.experiment, found.left, found.predict)
    np.testing.assert_allclose(played, own, rtol=0, atol=_RINGING if case == "filter" else 1e-8)


@pytest.mark.parametrize("case", ["default", "off resonance", "fixed"])
def test_a_coarser_clock_changes_probabilities_by_its_grid(case):
    """Means over periods are off by the second order of their length: twice as long, four times."""
    off = []
    for rate in (2.0, 1.0):
        found = rehearsal(case, rate)
        own = probabilities(found.experiment, found.left)
        off.append(np.abs(probabilities(found.experiment, found.left, found.predict) - own).max())
    assert off[0] > 1e-6
    assert 2.5 < off[1] / off[0] < 8


def test_a_drive_that_is_one_percent_larger_reads_as_such_a_fault():
    """Scaling the samples is what errors of both amplitudes in the file do."""
    found = rehearsal("default", 4.0, scaled(1.01))
    faulty = found.experiment.replace(
        {"faults.rabi_rate_error": 0.01, "faults.pulse_amplitude_error": 0.01}
    )
    played = probabilities(found.experiment, found.left, found.predict)
    np.testing.assert_allclose(played, probabilities(faulty, found.left), atol=1e-8)
    assert np.abs(played - probabilities(found.experiment, found.left)).max() > 2e-3
    assert found.flipped == pytest.approx(np.cos(0.01 * np.pi / 2) ** 2, abs=2e-4)


def dense(experiment, setup, row, change):
    """P(1) of a setting by the dense engine, from samples that are shifted on purpose."""
    layout, fock = Layout(experiment, setup), experiment.resonator.fock_levels
    samples = sampled(layout.repetition(row), setup.rates_GHz, charged_only=True)
    silence = round(layout.part(row).silence_ns * setup.lines["drive"].rate_GHz)
    values = {name: np.pad(found.values, (silence, 0)) for name, found in samples.items()}
    drive = change("drive", values.get("drive", np.zeros(len(values["coupler"]), dtype=complex)))
    unit = TWO_PI * ghz_from_mhz(1.0)
    length = 1 / setup.lines["drive"].rate_GHz
    played = zip(values["coupler"].real * unit, drive * unit, strict=True)
    pieces = [(length, g, eps) for g, eps in played][silence:]
    levels = experiment.transmon.kept_levels
    start = initial_state(levels, fock, 0.01, remaining_photons(experiment))
    order = np.arange(levels * fock).reshape(levels, fock).T.ravel()
    rho = propagate(dense_of(experiment, fock), start[np.ix_(order, order)], pieces)[-1]
    effect = np.kron(np.eye(fock), readout_effect(levels, experiment.readout.leaked_reads_1))
    return float(np.trace(effect @ rho).real)


def test_a_drive_one_sample_late_changes_counts_as_a_second_engine_says():
    """The last sample of a pulse is lost, and the coupler closes before the drive is off."""
    found = rehearsal("two levels", 2.0, shifted(1))
    played = probabilities(found.experiment, (0.01, 0.0), found.predict)
    straight = probabilities(found.experiment, (0.01, 0.0), rehearsal("two levels", 2.0).predict)
    setup = found.layout.setup
    for row in (6, 17, Settings(found.experiment).size - 1):
        assert played[row] == pytest.approx(
            dense(found.experiment, setup, row, shifted(1)), abs=1e-7
        )
    assert np.abs(played - straight).max() > 0.01


@pytest.mark.parametrize("check", [check_reads_back, check_units, check_flip, check_outcomes])
def test_the_kit_passes_a_writer_that_plays_to_the_letter(check):
    check(Memory, BASE, setup_for(BASE))


@pytest.mark.parametrize("change", [scaled(1.01), shifted(1)])
@pytest.mark.parametrize("check", [check_reads_back, check_units, check_flip])
def test_the_kit_sees_a_writer_that_plays_wrong(check, change):
    with pytest.raises(AssertionError):  # noqa: PT011
        check(lambda setup: Memory(setup, change), BASE, setup_for(BASE))


def acquired(layout, writer, folder=None, fails_after=None):
    """Counts of a rehearsal, interrupted after some chunks if asked for."""
    source = Rehearsed(layout, writer)
    out = None if folder is None else folder / "counts.nc"
    taken = Taken.begun(out, "this", layout.settings.size)
    if fails_after is not None:
        told = source.outcomes

        def outcomes(compiled, shots):
            if taken.chunks == fails_after:
                raise KeyboardInterrupt
            return told(compiled, shots)

        source.outcomes = outcomes
    take(layout, writer, source, taken, layout.settings.shots, skip=taken.chunks)
    return taken


def test_counts_are_drawn_of_what_is_played_and_heralds_are_taken_off():
    """Frequencies of all settings agree with the rehearsed law within their shots."""
    layout = Layout(BASE.replace({"tomography.shots": 4000}), setup_for(BASE, results=3000))
    taken = acquired(layout, Memory(layout.setup))
    law = Rehearsed(layout, Memory(layout.setup)).rehearsal.frequencies
    shots = taken.counts.sum(axis=1)
    off = (taken.counts[:, 1] - shots * law) / np.sqrt(shots * law * (1 - law) + 0.25)
    assert np.abs(off).max() < 4.5
    assert 0.5 < off.std() < 1.5
    assert (taken.shots == layout.settings.shots).all()
    assert (shots[2:] == taken.shots[2:]).all()
    assert 0.9 < shots[0] / taken.shots[0] < 1
    tree = dataset_of(layout.settings, taken, layout.setup, rehearsed=True)
    assert tree.attrs["kind"] == "laboratory"
    assert tree["counts"].sum() == shots[layout.settings.arm("catalysed")].sum() + (
        shots[layout.settings.arm("control")].sum()
    )


def test_an_interrupted_acquisition_goes_on_where_it_stopped(tmp_path):
    """The chunks that were kept are not played again, and the counts are the same."""
    layout = Layout(BASE, setup_for(BASE, results=2000))
    writer = Memory(layout.setup)
    whole = acquired(layout, writer)
    assert whole.chunks > 3
    with pytest.raises(KeyboardInterrupt):  # noqa: PT011
        acquired(layout, writer, tmp_path, fails_after=2)
    kept = json.loads((tmp_path / "counts.nc.partial").read_text())
    assert kept["chunks"] == 2
    rest = acquired(layout, writer, tmp_path)
    np.testing.assert_array_equal(rest.counts, whole.counts)
    with pytest.raises(InstrumentError, match="another measurement: finish that, delete"):
        Taken.begun(tmp_path / "counts.nc", "other", layout.settings.size)
    (tmp_path / "counts.nc.partial").write_text("{}")
    with pytest.raises(InstrumentError, match="delete it to begin anew"):
        Taken.begun(tmp_path / "counts.nc", "this", layout.settings.size)


def test_what_is_no_outcome_is_refused():
    part = Layout(BASE, setup_for(BASE)).part(5)
    assert counted(part, np.array([[0], [1], [1]])).tolist() == [1, 2]
    with pytest.raises(InstrumentError, match="neither 0 nor 1"):
        counted(part, np.array([[42]]))


def test_programmes_hold_no_more_than_the_instruments():
    """Settings are split by memory, results and number, and every shot is played once."""
    limits = {"memory_samples": 400, "results": 1500, "settings": 6}
    layout = Layout(BASE, setup_for(BASE, **limits))
    shots = np.zeros(layout.settings.size, dtype=np.int64)
    for programme in programmes(layout, layout.settings.shots, layout.settings.order):
        assert programme.results <= 1500
        assert len(programme.parts) <= 6
        memory = sum(len(part.samples.get("drive", ())) for part in programme.parts)
        assert memory <= 400
        for part in programme.parts:
            shots[part.row] += programme.shots
    assert (shots == layout.settings.shots).all()


REFUSED = [
    ({"drive.rabi_rate_MHz": 300.0}, {}, "plays 300 MHz on the drive, which is amplitude 2 of"),
    ({"coupler.g_on_MHz": 200.0}, {}, "lines.coupler has MHz from 0.05 to 90.05, but"),
    ({"charging.times_ns": (0.3, 3.0)}, {}, "less than one sample of 2 GSa/s"),
    ({}, {"memory_samples": 64}, "the instrument's memory holds 64"),
    ({}, {"integration_ns": 100.0}, "set readout.integration_ns in the setup"),
    ({"tomography.pulse": "none"}, {}, 'tomography.pulse is "none"'),
    ({"reset.kind": "ddrop"}, {}, 'reset.kind "ddrop" has drives'),
    ({"reset.initial_excitation": 1.0}, {}, "leave it out for a run on instruments"),
    ({"coupler.g_off_MHz": 2.0}, {}, "must be amplitude 0 of lines.coupler"),
    ({"drive.target": "resonator"}, {}, "the setup lacks: add lines.resonator drive"),
]


@pytest.mark.parametrize(("changes", "limits", "sentence"), REFUSED)
def test_what_cannot_be_played_is_said_before_anything_is(changes, limits, sentence):
    """Ranges, grid, memories and steps without a channel."""
    setup = setup_for(BASE, **limits)

    def laid_out() -> None:
        layout = Layout(BASE.replace(changes), setup)
        list(programmes(layout, layout.settings.shots, layout.settings.order))

    with pytest.raises(InstrumentError, match=sentence):
        laid_out()


def test_a_rehearsal_follows_moments_of_one_pulse():
    swept = BASE.replace({"charging.axis": "amplitude"})
    with pytest.raises(InstrumentError, match=r'set charging\.axis to "time"'):
        Rehearsed(Layout(swept, setup_for(swept)), Memory(setup_for(swept)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lines": {"drive": {"signal": "a", "MHz_per_unit": 0}}}, "lines.drive.MHz_per_unit must"),
        ({"lines": {"drive": {"signal": "a"}}}, "lines.drive needs either `MHz_per_unit`"),
        ({"lines": {"coupler": {"signal": "a", "MHz_per_unit": 1.0}}}, "needs the lists"),
        ({"lines": {"drive": {"signal": "a", "MHz_per_unit": 1.0}}}, "lines.drive needs `lo_GHz`"),
        (
            {"lines": {"coupler": {"signal": "a", "amplitude": [0, 1, 2], "MHz": [0, 2, 1]}}},
            "`MHz` must rise or fall",
        ),
        ({"whatever": 1}, "whatever is not a known key of a setup"),
        ({"readout": {}}, "the setup needs readout.measure"),
    ],
)
def test_a_setup_is_refused_in_a_sentence(changes, sentence):
    given = setup_for(BASE).model_dump(exclude_none=True) | changes
    with pytest.raises(InstrumentError) as error:  # noqa: PT011
        setup_of(given)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_verbs_refuse_a_setup_that_is_not_there(tmp_path):
    file = tmp_path / "e.toml"
    file.write_text(SMALL)
    missing, out = tmp_path / "none.yaml", tmp_path / "counts.nc"
    assert "give the path of a setup file" in refused("instruments", file, "--setup", missing)
    assert "--sigma decides a claim" in refused(
        "acquire", file, "--setup", missing, "--out", out, "--sigma", 3
    )


def test_samples_keep_the_area_of_what_is_played():
    """Means over a coarser clock's periods add up to the sequence's own integral."""
    rows = list(Settings(BASE).rows())
    sequence = sequence_of(BASE, rows[5])
    fine, coarse = (
        sampled(sequence, dict.fromkeys(("drive", "coupler"), rate)) for rate in (4.0, 1.6)
    )
    for channel in ("drive", "coupler"):
        areas = [each[channel].values.sum() / each[channel].rate_GHz for each in (fine, coarse)]
        assert areas[1] == pytest.approx(areas[0], abs=1e-9)


@pytest.mark.parametrize("ending", ["nc", "csv"])
def test_samples_are_written_with_times_and_units(ending, tmp_path):
    """Both formats hold what `sampled` gives."""
    file, out = tmp_path / "e.toml", tmp_path / f"samples.{ending}"
    file.write_text(BASE.to_toml())
    assert call("sequence", file, "--axis", "y", "--time", 8, "--samples", out).exit_code == 0
    rows = [r for r in Settings(BASE).rows() if (r.arm, r.name, r.time_ns) == ("catalysed", "y", 8)]
    own = sampled(sequence_of(BASE, rows[0]), {})
    if ending == "csv":
        assert out.read_text() == samples_table(own)
        lines = [line.split(",") for line in out.read_text().splitlines()[1:]]
        read = np.array([complex(float(a), float(b)) for c, _, _, a, b in lines if c == "drive"])
        units = {line[1] for line in lines if line[0] == "drive"}
    else:
        found = xr.load_dataset(out)
        assert found.equals(samples_dataset(sequence_of(BASE, rows[0]), own))
        read, units = found.drive.values + 1j * found.drive_quadrature.values, {found.drive.units}
    np.testing.assert_allclose(read, own["drive"].values, atol=1e-6)
    assert units == {"MHz"}


def test_samples_need_a_name_that_says_the_format(tmp_path):
    file = tmp_path / "e.toml"
    file.write_text(SMALL)
    assert "--samples must end in .nc or .csv" in refused("sequence", file, "--samples", "a.txt")


def test_errors_are_those_of_the_house():
    assert issubclass(InstrumentError, CqedBatteryError)
