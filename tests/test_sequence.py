"""What a repetition plays: its steps evolve as the file does, and the clock is kept."""

import json

import numpy as np
import pytest
import xarray as xr
from commands import SMALL, call, refused
from devices import dense_of
from oracles import propagate

import cqed_battery as cb
from analysis.data.consistency.consistency import fit_axis
from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError
from cqed_battery.units import TWO_PI, ghz_from_mhz
from protocols.prediction.predict import predict
from protocols.reset import expected_excitation, expected_leakage, remaining_photons
from protocols.resonator import MEASUREMENTS, exchange_times
from protocols.sequence.choice import chosen_setting
from protocols.sequence.sequence import sequence_of
from protocols.settings.counts import counts_dataset
from protocols.settings.settings import Settings
from protocols.stages.charging import initial_state
from protocols.stages.effects import readout_effect

FOCK = 5
LOSSY = Experiment().replace(
    {
        "transmon.frequency_GHz": 5.01,
        "transmon.anharmonicity_GHz": -0.22,
        "transmon.t1_us": 0.8,
        "resonator.frequency_GHz": 4.99,
        "resonator.fock_levels": FOCK,
        "resonator.linewidth_MHz": 3.0,
        "drive.rabi_rate_MHz": 12.0,
        "drive.phase_rad": 0.4,
        "coupler.g_on_MHz": 33.0,
        "coupler.g_off_MHz": 1.5,
        "charging.times_ns": (3.1, 6.0),
        "vacuum.stop_ns": 11.0,
        "vacuum.points": 3,
    }
)
CLOCK = {
    "drive.clock_GHz": 2.4,
    "drive.timing": "clock",
    "drive.rise_ns": 2.5,
    "coupler.ramp_ns": 1.25,
    "tomography.pulse_ns": 15.0,
}


def pieces(exported, drive_GHz):
    """The dense engine's pieces (duration, g, eps) of exported steps between charging and readout.

    The carrier's phase is that of the step's beginning less the charging drive's; the envelope is
    mixed at the middle of each sample.
    """
    found = []
    for step in exported["steps"]:
        if step["start_ns"] < 0 or step["name"] in ("readout", "idle"):
            continue
        coupler, drive = (step["channels"].get(name) for name in ("coupler", "drive"))
        lengths = np.array((drive or coupler)["lengths_ns"])
        g = np.array(coupler["values"]) if coupler else np.zeros(len(lengths))
        eps = np.zeros(len(lengths), dtype=complex)
        if drive:
            middles = np.cumsum(lengths) - lengths / 2
            turn = drive["phase_rad"] - TWO_PI * (drive["carrier_GHz"] - drive_GHz) * middles
            eps = (np.array(drive["values"]) + 1j * np.array(drive["quadratures"])) * np.exp(
                1j * turn
            )
        found += zip(
            lengths, TWO_PI * ghz_from_mhz(1.0) * g, TWO_PI * ghz_from_mhz(1.0) * eps, strict=True
        )
    return found


def reads_1(experiment, exported):
    """The probability of reading 1, before assignment errors, by the dense engine."""
    device, levels = dense_of(experiment, FOCK), experiment.transmon.kept_levels
    start = initial_state(
        levels,
        FOCK,
        expected_excitation(experiment),
        remaining_photons(experiment),
        expected_leakage(experiment),
    )
    order = np.arange(levels * FOCK).reshape(levels, FOCK).T.ravel()  # the resonator comes first
    rho = propagate(
        device, start[np.ix_(order, order)], pieces(exported, experiment.drive.frequency_GHz)
    )[-1]
    effect = np.kron(np.eye(FOCK), readout_effect(levels, experiment.readout.leaked_reads_1))
    return float(np.trace(effect @ rho).real)


@pytest.fixture(scope="module")
def prediction():
    return predict(LOSSY)


@pytest.mark.study
@pytest.mark.parametrize("arm", ["catalysed", "control"])
def test_the_exported_samples_evolve_as_the_file_does(prediction, arm):
    """Every setting of tomography: a second engine with the exported samples reads 1 as often."""
    found = [
        [
            reads_1(LOSSY, cb.sequence(LOSSY, arm=arm, axis=axis, time_ns=time).to_dict())
            for axis in "xyz"
        ]
        for time in (3.1, 6.0)
    ]
    np.testing.assert_allclose(found, prediction.arms[arm].probability, atol=1e-7)


@pytest.mark.study
@pytest.mark.parametrize(("trace", "pulse"), [(0, "none"), (1, "pi")])
def test_the_exported_vacuum_measurement_evolves_as_the_file_does(prediction, trace, pulse):
    """Both traces of the vacuum-Rabi measurement, pulse and exchange included."""
    found = [
        reads_1(LOSSY, cb.sequence(LOSSY, pulse=pulse, time_ns=time).to_dict())
        for time in exchange_times(LOSSY)
    ]
    np.testing.assert_allclose(found, prediction.vacuum_probability[trace], atol=1e-7)


@pytest.mark.parametrize("method", [*MEASUREMENTS, "none"])
@pytest.mark.parametrize("kind", ["active", "passive", "none"])
def test_a_repetition_lasts_as_long_as_the_table_of_settings_says(method, kind):
    """Reset, charging, what follows, readout and idle time add up, for every setting."""
    experiment = LOSSY.replace({"vacuum.method": method, "reset.kind": kind})
    table = Settings(experiment)
    lasting = [sequence_of(experiment, row).duration_ns for row in table.rows()]
    np.testing.assert_allclose(lasting, table.periods_ns, rtol=1e-12)


def test_the_swept_step_is_the_one_whose_length_the_settings_sweep():
    """Its length is the setting's time; of the vacuum measurement it is the exchange."""
    for setting in Settings(LOSSY).rows():
        swept = [step for step in sequence_of(LOSSY, setting).steps if step.swept]
        assert [step.duration for step in swept] == [setting.time_ns] * (setting.time_ns > 0)


def test_charging_begins_at_time_0_and_steps_follow_each_other():
    """Times count from the beginning of the charging."""
    found = cb.sequence(LOSSY, arm="control", axis="y")
    names = [step.name for step in found.steps]
    assert found.starts_ns[names.index("charging")] == 0.0
    ends = found.starts_ns + [step.duration for step in found.steps]
    np.testing.assert_allclose(found.starts_ns[1:], ends[:-1], atol=1e-9)


def test_times_off_the_clock_are_played_and_stored_rounded():
    """On a clock of 2.4 GHz a time is a multiple of 5/12 ns, in the table and in the counts."""
    experiment = Experiment().replace(CLOCK | {"charging.points": 7, "charging.stop_ns": 7.0})
    table = Settings(experiment)
    asked = np.linspace(0.0, 7.0, 7)
    steps = table.times * 2.4
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert 0 < np.abs(table.times - asked).max() <= 0.5 / 2.4
    stored = counts_dataset(table, np.ones((table.size, 2), dtype=int))
    np.testing.assert_array_equal(stored["time"], table.times)
    np.testing.assert_allclose(stored["exchange_time"] * 2.4 % 1.0, 0.0, atol=1e-9)


def test_rounded_times_are_said(tmp_path):
    """The verb, the dataset and the check of the file say how many times moved, and how far."""
    file = tmp_path / "clocked.toml"
    clocked = Experiment.from_text(SMALL).replace(CLOCK | {"charging.times_ns": (0.0, 1.0, 5.0)})
    file.write_text(clocked.to_toml())
    # 1 ns is 2.4 samples, so 2 are played, 1/6 ns less
    said = "1 of 3 charging times are not on the clock of 2.4 GHz; they are played"
    assert said in " ".join(call("sequence", file).stdout.split())
    assert said in cb.emulate(clocked).attrs["timing"]


@pytest.mark.parametrize("pulse", [None, "none", "pi"])
def test_on_the_clock_every_channel_has_whole_samples(pulse):
    """With drive.timing = "clock" each step is so many samples of the clock, in every channel."""
    experiment = LOSSY.replace(CLOCK)
    for step, channels in cb.sequence(experiment, pulse=pulse).played():
        for each in channels:
            assert len(each.samples(2.4)) == round(step.duration * 2.4)


@pytest.mark.parametrize("method", ["number-selective", "displaced-parity"])
def test_the_dispersive_measurements_keep_to_the_clock(method):
    """The parity's wait and the selective pulse's steps are whole samples, too."""
    experiment = Experiment().replace(
        {**CLOCK, "vacuum.method": method, "vacuum.kappa_off_MHz": 0.01}
    )
    for trace in ("none", "pi"):
        for _, channels in cb.sequence(experiment, pulse=trace).played():
            assert all(each.samples(2.4).size for each in channels)


def test_a_clock_that_plays_every_time_changes_nothing():
    """drive.timing = "clock" gives the counts of the default where the grid is on the clock."""
    plain = Experiment.from_text(SMALL).replace({"charging.times_ns": (0.0, 1.25, 2.5)})
    one, other = (cb.emulate(e) for e in (plain, plain.replace({"drive.timing": "clock"})))
    np.testing.assert_array_equal(one["counts"], other["counts"])
    assert "timing" not in other.attrs


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tomography.pulse_ns": 15.1}, "tomography.pulse_ns must be a whole number of samples"),
        ({"coupler.ramp_ns": 1.3}, "choose 1.25 or 1.5"),
        ({"charging.times_ns": (1.0, 1.1)}, "the charging times 1 and 1.1 ns are one on the clock"),
    ],
)
def test_what_the_clock_cannot_play_is_refused(changes, sentence):
    """Lengths off the clock, and times that it cannot tell apart, each in a sentence."""
    clocked = Experiment().replace({"drive.timing": "clock"})
    with pytest.raises(ExperimentError, match=sentence):
        clocked.replace(changes)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--arm", "both"), '--arm must be "catalysed" or "control", but is "both"'),
        (("--axis", "w"), '--axis must be "x", "y" or "z"'),
        (("--time", "1e9"), "--time must be a time from 0 to"),
        (("--pulse", "half"), '--pulse must be "none" or "pi"'),
        (("--figure", "x.pdf"), "--figure must end in .png or .svg"),
        (
            ("--pulse", "pi", "--set", "vacuum.method=none"),
            '--pulse names a trace of the vacuum measurement, but vacuum.method is "none"',
        ),
    ],
)
def test_settings_that_are_none_are_refused(tmp_path, options, sentence):
    """A wrong arm, axis, time, trace or picture is one sentence that names the option."""
    (tmp_path / "e.toml").write_text(SMALL)
    assert sentence in " ".join(refused("sequence", tmp_path / "e.toml", *options).split())


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_verb_prints_the_steps_and_draws_them(tmp_path, suffix):
    """Each step has its row; the picture is of the kind of its name; JSON has the samples."""
    (tmp_path / "e.toml").write_text(SMALL)
    picture = tmp_path / f"timeline.{suffix}"
    printed = call("sequence", tmp_path / "e.toml", "--figure", picture).stdout
    for name in ("charging (swept)", "coupler closes", "pi/2 pulse for x", "readout", "idle"):
        assert name in printed
    magic = {"png": b"\x89PNG", "svg": b"<?xml"}[suffix]
    assert picture.read_bytes().startswith(magic)
    shown = json.loads(call("sequence", tmp_path / "e.toml", "--json").stdout)
    assert shown == cb.sequence(Experiment.from_text(SMALL)).to_dict()


def test_the_timeline_marks_the_swept_step_and_draws_each_channel_that_plays():
    """Rows are the channels; grey spans the charging time, in data coordinates."""
    from analysis.report.figures.timeline import timeline_figure

    found = cb.sequence(LOSSY, axis="z")
    axes = timeline_figure(found).axes
    assert [axis.get_ylabel().partition("\n")[0] for axis in axes] == [
        "drive",
        "coupler",
        "readout",
        "acquisition",
    ]
    spans = [[patch for patch in axis.patches if patch.get_alpha() == 0.15] for axis in axes]
    assert [[s.get_bbox().intervalx.tolist() for s in each] for each in spans] == [[[0.0, 6.0]]] * 4


def test_a_setting_is_chosen_as_played():
    """A time off the clock is rounded as the grid's are."""
    clocked = LOSSY.replace(CLOCK)
    assert chosen_setting(clocked, time_ns=3.1).time_ns == pytest.approx(7 / 2.4)


@pytest.mark.parametrize("times", [(0.0, 1.0, 2.0, 5.0), (0.0, 1.0, 3.0, 6.1)])
def test_a_laboratorys_counts_stand_at_the_times_that_were_played(times):
    """Counts at the times that the file asks for, or at others, are those of the clock's times."""
    clocked = Experiment().replace(CLOCK | {"charging.times_ns": (0.0, 1.0, 2.0, 5.0)})
    counts = xr.Dataset(coords={"time": np.array(times)}, attrs={"source": "x", "notes": ""})
    experiment, found = fit_axis(clocked, counts)
    np.testing.assert_allclose(found["time"], np.round(np.array(times) * 2.4) / 2.4, atol=1e-12)
    np.testing.assert_array_equal(experiment.charging_times_ns, found["time"])
