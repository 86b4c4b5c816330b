"""The shapes of the charging pulse: closed forms, a second engine, and the work they do."""

import numpy as np
import pytest
from commands import SMALL, refused
from devices import lossless
from scipy.linalg import expm
from scipy.special import erf
from test_sequence import LOSSY, reads_1

import cqed_battery as cb
from analysis import analyse
from analysis.estimators.global_fit import default_parameters
from analysis.estimators.global_fit.model.parameters import RABI as RABI_KEY
from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError, samples_file
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.faults.drive_line import Line
from protocols.faults.simulated import simulate
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth, clocked_power
from protocols.shape import SHAPES
from protocols.stages.charging import charging_waveform, designed_drive

RABI = 30.0  # MHz
KEYS = {
    "square": {"drive.rise_ns": 2.0},
    "gaussian": {"charging.length_ns": 12.0},
    "gaussian-drag": {"charging.length_ns": 12.0},
    "flat-top": {"charging.length_ns": 10.0, "drive.rise_ns": 3.0},
    "chirp": {"charging.length_ns": 10.0, "drive.rise_ns": 2.0},
    "samples": {
        "charging.samples_ns": (0.0, 2.0, 6.0, 11.0),
        "charging.samples_amplitude": (0.4, 1.0, 0.7, 0.0),
        "charging.samples_phase_rad": (0.0, 0.9, -2.0, 0.0),
    },
}


def shaped(shape, experiment=LOSSY, **changes):
    """The experiment with a pulse of that shape."""
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return experiment.replace({**KEYS[shape], "charging.shape": shape, **named})


def alone(shape, times, clock_GHz=100.0, **changes):
    """z at the times of two lossless levels without a resonator, their clock fine."""
    listed = {"charging__times_ns": times, "drive__clock_GHz": clock_GHz, **changes}
    bare = lossless(drive__rabi_rate_MHz=RABI, coupler__g_on_MHz=0.0, resonator__fock_levels=2)
    return predict(shaped(shape, bare, **listed)).arms["control"].bloch[:, 2]


def test_every_shape_is_tested():
    """The keys of this file name the shapes that there are."""
    assert list(KEYS) == list(SHAPES)


@pytest.mark.study
@pytest.mark.parametrize("shape", KEYS)
def test_the_exported_samples_of_a_shape_evolve_as_the_file_does(shape):
    """A second engine with the exported samples reads 1 as often, cut off early and late."""
    experiment = shaped(shape, charging__times_ns=(4.3, 12.5), vacuum__method="none")
    prediction = predict(experiment)
    for number, time in enumerate((4.3, 12.5)):
        played = cb.sequence(experiment, axis="y", time_ns=time)
        expected = prediction.arms["catalysed"].probability[number, 1]
        assert reads_1(experiment, played.to_dict()) == pytest.approx(expected, abs=1e-7)


def test_a_gaussian_turns_by_its_area():
    """z = -cos of the area: half of it at the middle, all of it at and after the end."""
    length, sigma = 12.0, 3.0
    foot = np.exp(-2.0)  # at two sigma
    bell = sigma * np.sqrt(2 * np.pi) * erf(np.sqrt(2.0)) - foot * length
    area = angular_from_mhz(RABI) * bell / (1 - foot)
    expected = -np.cos(area * np.array([0.0, 0.5, 1.0, 1.0]))
    found = alone("gaussian", (0.0, length / 2, length, length + 5))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_flat_top_turns_by_its_length_less_one_edge():
    """Two half edges count as one: z = -cos(Omega (length - rise))."""
    angle = angular_from_mhz(RABI) * (10.0 - 3.0)
    np.testing.assert_allclose(alone("flat-top", (10.0, 20.0)), -np.cos([angle, angle]), atol=1e-6)


def test_samples_turn_about_the_axes_that_they_name():
    """Each sample is a rotation by its amplitude about the axis of its phase."""
    sx, sy = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]])
    state, keys = np.array([1.0, 0.0], dtype=complex), KEYS["samples"]
    lengths = np.diff(keys["charging.samples_ns"])
    held = zip(
        lengths,
        keys["charging.samples_amplitude"],
        keys["charging.samples_phase_rad"],
        strict=False,
    )
    for length, amplitude, phase in held:
        # (eps b' + eps* b)/2 with eps = i Omega exp(-i phi): levels 0 and 1 are up and down here
        eps = 1j * angular_from_mhz(RABI) * amplitude * np.exp(-1j * phase)
        state = expm(-0.5j * length * (eps.real * sx + eps.imag * sy)) @ state
    expected = abs(state[1]) ** 2 - abs(state[0]) ** 2
    np.testing.assert_allclose(alone("samples", (11.0, 14.0)), [expected] * 2, atol=1e-9)


def test_a_chirp_that_does_not_sweep_is_a_detuned_drive():
    """Held 20 MHz off the carrier it is the generalised Rabi oscillation, and the clock's error
    falls with the square of its period.
    """
    times = np.array([3.0, 9.0, 16.0])
    rabi, offset = angular_from_mhz(RABI), angular_from_mhz(20.0)
    total = np.hypot(rabi, offset)
    expected = -1 + 2 * (rabi / total) ** 2 * np.sin(total * times / 2) ** 2
    held = {"charging__chirp_from_MHz": 20.0, "charging__chirp_to_MHz": 20.0}
    errors = [
        np.abs(alone("chirp", tuple(times), clock, drive__rise_ns=0.0, **held) - expected).max()
        for clock in (4.0, 8.0, 100.0)
    ]
    assert errors[2] < 1e-6
    assert errors[0] / errors[1] == pytest.approx(4.0, abs=0.8)


@pytest.mark.study
def test_a_slow_chirp_is_an_adiabatic_passage():
    """Swept through resonance, the share left behind is Landau and Zener's."""
    span, length = 1500.0, 250.0  # MHz, ns
    rate = angular_from_mhz(span) / length
    left = np.exp(-np.pi * angular_from_mhz(RABI) ** 2 / (2 * rate))
    swept = {"charging__chirp_from_MHz": -span / 2, "charging__chirp_to_MHz": span / 2}
    found = alone("chirp", (length,), 20.0, drive__rise_ns=0.0, charging__length_ns=length, **swept)
    # the ends of a finite sweep add interferences of the order of Omega / span
    assert (1 - found[0]) / 2 == pytest.approx(left, abs=RABI / span)
    assert 0.1 < left < 0.9


def test_drag_leaves_less_in_level_2():
    """A short Gaussian leaks; its derivative in the other quadrature takes most of that back."""
    bare = lossless(
        transmon__levels=3,
        coupler__g_on_MHz=0.0,
        resonator__fock_levels=2,
        charging__times_ns=(12.0,),
        drive__rabi_rate_MHz=85.0,
    )
    plain, drag = (
        predict(shaped(shape, bare)).arms["control"].leakage[0]
        for shape in ("gaussian", "gaussian-drag")
    )
    assert drag < plain / 3


@pytest.mark.parametrize("shape", KEYS)
def test_the_slope_is_the_derivative_of_the_shape(shape):
    """Central differences of the designed envelope, away from jumps."""
    experiment = shaped(shape)
    times = np.array([0.7, 2.6, 4.9, 8.3, 9.4])
    step = 1e-5
    later, earlier = (designed_drive(experiment, times + h)[0] for h in (step, -step))
    slope = designed_drive(experiment, times)[1]
    np.testing.assert_allclose(slope, (later - earlier) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("shape", KEYS)
def test_the_heat_of_a_closed_battery_is_the_drives_own_energy(shape):
    """Without resonator and losses E + <H_drive> grows by the work alone, whatever the shape."""
    bare = lossless(
        drive__rabi_rate_MHz=RABI,
        drive__detuning_MHz=12.0,
        coupler__g_on_MHz=0.0,
        resonator__fock_levels=2,
        charging__times_ns=(0.0, 3.1, 7.3, 12.6),
    )
    experiment = shaped(shape, bare)
    prediction = predict(experiment)
    arm = prediction.arms["control"]
    heat = arm_truth(experiment, prediction, "control")["heat_integral"]
    wave = charging_waveform(experiment, "control")
    eps = np.array([wave.controls_at(float(time)).eps for time in prediction.times])
    along = (eps * (arm.bloch[:, 0] + 1j * arm.bloch[:, 1])).real
    drive = along / (2 * angular_from_ghz(5.0))
    np.testing.assert_allclose(heat, -(drive - drive[0]), atol=1e-9)
    assert np.abs(heat).max() > 1e-5


@pytest.mark.parametrize("shape", [shape for shape in KEYS if shape != "samples"])
def test_the_power_adds_up_to_the_work(shape):
    """Simpson's rule over P(t) gives the work of the clocked waveform, for what does not jump."""
    times = tuple(np.linspace(0.0, 12.0, 241))
    experiment = shaped(shape, charging__times_ns=times, drive__clock_GHz=4.0)
    prediction = predict(experiment.replace({"vacuum.method": "none"}))
    arm = prediction.arms["catalysed"]
    power = clocked_power(experiment, prediction.times, arm.bloch)
    weights = np.array([1.0, *([4.0, 2.0] * 120)[:-1], 1.0]) * (times[1] / 3)
    # the square's rise takes the sample that begins: half a period of the clock late
    late = 0.5 * 0.25 * angular_from_mhz(experiment.drive.rabi_rate_MHz) / 2
    wanted = pytest.approx(arm.work[-1], abs=late if shape == "square" else 3e-4)
    assert weights @ power == wanted


@pytest.mark.parametrize("shape", ["gaussian", "gaussian-drag", "flat-top"])
def test_the_rate_of_a_smooth_pulse_is_that_of_its_energy(shape):
    """At the borders of coarse samples dE/dt is the centred difference of E over one sample."""
    period = 0.25
    times = np.array([2.0, 3.5, 5.25, 8.0])
    listed = np.unique(np.round([times - period, times, times + period], 9))
    experiment = shaped(shape, charging__times_ns=tuple(listed.tolist()), vacuum__method="none")
    arm = predict(experiment.replace({"drive.rabi_rate_MHz": RABI})).arms["catalysed"]
    place = np.searchsorted(listed, times)
    z = arm.bloch[:, 2]
    centred = (z[place + 1] - z[place - 1]) / (2 * period)
    # centred differences are off by period^2/6 Omega^3 = 7e-5 and some; a sample ahead by 3e-3
    np.testing.assert_allclose(arm.bloch_rate[place, 2], centred, atol=4e-4)


def test_behind_a_filter_each_time_has_what_the_line_held():
    """A chirp's amplitudes lie on no line; together they are read as each by itself."""
    line = Line(bandwidth=angular_from_mhz(120.0))
    times = (4.25, 12.5)
    experiment = shaped("chirp", charging__times_ns=times, vacuum__method="none")
    both = predict(experiment, line=line).arms["catalysed"].probability
    for number, time in enumerate(times):
        single = experiment.replace({"charging.times_ns": (time,)})
        found = predict(single, line=line).arms["catalysed"].probability[0]
        np.testing.assert_allclose(both[number], found, atol=1e-9)


@pytest.mark.study
def test_the_analysis_knows_the_pulse_that_was_played():
    """Energy, power and S of a Gaussian pulse agree with the truth within their errors."""
    experiment = Experiment().replace(
        {
            "charging.shape": "gaussian",
            "charging.length_ns": 24.0,
            "charging.stop_ns": 24.0,
            "charging.points": 25,
            "drive.rabi_rate_MHz": 30.0,
            "coupler.g_on_MHz": 12.0,
            "tomography.shots": 4000,
            "analysis.global_fit": False,
            "vacuum.method": "none",
        }
    )
    dataset = cb.emulate(experiment)
    results = analyse(dataset)
    for arm in ("catalysed", "control"):
        found, truth = results.arms[arm], dataset["truth"].sel(arm=arm)
        for name in ("energy", "power", "heat_integral"):
            quantity = getattr(found, name)
            inside = (quantity.ci_low <= truth[name].values) & (
                truth[name].values <= quantity.ci_high
            )
            assert inside.mean() > 0.75, (arm, name)
    # an analysis that took the pulse for a square one would be off by the whole power
    square = experiment.replace({"charging.shape": "square"})
    wrong = clocked_power(square, results.times, dataset["truth"]["bloch"].values[1])
    right = dataset["truth"]["power"].values[1]
    assert np.abs(wrong - right).max() > 10 * results.arms["control"].power.std.max()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"charging.samples_ns": (0.0, 1.0)}, "samples_amplitude belong together"),
        (
            {"charging.samples_ns": (1.0,), "charging.samples_amplitude": (1.0,)},
            "must increase from 0",
        ),
        (
            {"charging.samples_ns": (0.0, 1.0), "charging.samples_amplitude": (1.0,)},
            "must have an entry for each of the 2 times of charging.samples_ns, but has 1",
        ),
        (
            {"charging.samples_ns": (0.0,), "charging.samples_amplitude": (1.5,)},
            "each a number >= 0 and <= 1, but entry 1 is 1.5",
        ),
    ],
)
def test_lists_that_do_not_fit_are_refused(changes, sentence):
    """Samples are as many times, amplitudes and phases, from time 0, in a sentence."""
    with pytest.raises(ExperimentError, match=sentence):
        Experiment().replace(changes)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("charging.shape=samples",), "needs charging.samples_ns and charging.samples_amplitude"),
        (
            ("charging.shape=flat-top", "charging.length_ns=1.5"),
            "charging.length_ns must hold the rise and the fall",
        ),
        (
            (
                "charging.shape=gaussian-drag",
                "transmon.levels=2",
                "transmon.anharmonicity_GHz=0",
            ),
            "needs transmon.anharmonicity_GHz other than 0",
        ),
        (
            ("charging.shape=gaussian", "drive.timing=clock", "charging.length_ns=9.9"),
            "charging.length_ns must be a whole number of samples",
        ),
        (("charging.shape=sinc",), 'charging.shape must be "square", "gaussian"'),
    ],
)
def test_shapes_that_lack_something_are_refused(tmp_path, options, sentence):
    """A shape without what it needs is one sentence of the command line."""
    (tmp_path / "e.toml").write_text(SMALL)
    changes = [part for option in options for part in ("--set", option)]
    said = refused("emulate", tmp_path / "e.toml", "--out", tmp_path / "x.nc", *changes)
    assert sentence in " ".join(said.split())


def test_a_table_of_samples_is_read_beside_the_file_and_kept(tmp_path):
    """A CSV beside the experiment file is the lists; the saved file holds them, not its name."""
    (tmp_path / "pulse.csv").write_text("time_ns,phase_rad,amplitude\n0,0,0.4\n2,0.9,1\n6,0,0\n")
    (tmp_path / "e.toml").write_text('[charging]\nshape = "samples"\nsamples_file = "pulse.csv"\n')
    found = Experiment.from_toml(tmp_path / "e.toml")
    assert found.charging.samples_ns == (0.0, 2.0, 6.0)
    assert found.charging.samples_amplitude == (0.4, 1.0, 0.0)
    assert found.charging.samples_phase_rad == (0.0, 0.9, 0.0)
    assert "pulse.csv" not in found.to_toml(comments=False)
    assert Experiment.from_text(found.to_toml()) == found
    named = Experiment().replace({"charging.samples_file": str(tmp_path / "pulse.csv")})
    assert named.charging.samples_ns == found.charging.samples_ns
    (tmp_path / "other.csv").write_text("time_ns,amplitude\n0,1\n")
    other = named.replace({"charging.samples_file": str(tmp_path / "other.csv")})
    assert (other.charging.samples_ns, other.charging.samples_phase_rad) == ((0.0,), None)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "must have the columns time_ns, amplitude and, if wanted, phase_rad"),
        ("t,a\n0,1\n", 'but begins with "t, a"'),
        ("A" * 5000 + ",a\n0,1\n", r"but begins with \"A{10,100}\.\.\.$"),
        ("time_ns,amplitude\n0,1\n2,high\n", 'row 3 has "high" in column 2'),
        ("time_ns,amplitude\n0\n", 'row 2 has "missing" in column 2'),
        ("time_ns,amplitude\n1,1\n", "must increase from 0"),
        (None, "must be a table .CSV. that can be read, but is .*: No such file"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path, table, sentence):
    """Columns, numbers and the file itself are checked, each in a sentence."""
    if table is not None:
        (tmp_path / "pulse.csv").write_text(table)
    with pytest.raises(ExperimentError, match=sentence):
        Experiment().replace({"charging.samples_file": str(tmp_path / "pulse.csv")})


def test_a_table_beside_lists_is_refused():
    """The samples are stated once."""
    with pytest.raises(ExperimentError, match="samples_file stands in place of samples_amplitude"):
        Experiment.from_text(
            "[charging]\nsamples_ns = [0.0]\nsamples_amplitude = [1.0]\nsamples_file = 'x.csv'"
        )


class Offered:
    """An entry point of an installed package."""

    name = "ramp"

    def __init__(self, function):
        self.load = lambda: function


def offer(monkeypatch, function):
    monkeypatch.setattr(samples_file, "entry_points", lambda group: [Offered(function)])


def test_a_function_of_a_package_gives_the_samples_which_are_kept(monkeypatch):
    """It is called once with the pulse's length; the saved file needs it no more."""

    def ramp(length_ns):
        times = np.arange(0.0, length_ns, 4.0)
        return times, times / length_ns, np.full(len(times), 0.3)

    offer(monkeypatch, ramp)
    text = '[charging]\nshape = "samples"\nlength_ns = 12.0\nsamples_function = "ramp"\n'
    found = Experiment.from_text(text)
    monkeypatch.undo()
    assert found.charging.samples_ns == (0.0, 4.0, 8.0)
    assert found.charging.samples_amplitude == pytest.approx((0.0, 1 / 3, 2 / 3))
    assert found.charging.samples_phase_rad == (0.3, 0.3, 0.3)
    assert Experiment.from_text(found.to_toml(comments=False)) == found
    np.testing.assert_allclose(
        SHAPES["samples"].values(found, np.array([5.0])), np.exp(-0.3j) / 3, rtol=1e-15
    )


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda length: [1 / 0], '"ramp" failed: ZeroDivisionError: division by zero'),
        (lambda length: None, '"ramp" failed: TypeError'),
        (lambda length: [[0.0]], "must return times in ns, amplitudes .* but returned 1 columns"),
        (lambda length: [[1.0], [1.0]], "must increase from 0"),
        (lambda length: [[0.0], [2.0]], "samples_amplitude"),
        (None, 'must be the name of an entry point .* but is "ramp", and .* packages offer none'),
    ],
)
def test_a_function_that_gives_no_samples_is_refused(monkeypatch, function, sentence):
    """Whatever it raises or returns is one sentence."""
    if function is not None:
        offer(monkeypatch, function)
    with pytest.raises(ExperimentError, match=sentence):
        Experiment().replace({"charging.samples_function": "ramp"})


def test_a_function_beside_a_table_is_refused():
    """The samples are stated once."""
    with pytest.raises(ExperimentError, match="samples_file stands in place of samples_function"):
        Experiment.from_text("[charging]\nsamples_function = 'ramp'\nsamples_file = 'x.csv'")


def test_a_chirp_turns_the_way_of_its_carrier():
    """Held 20 MHz above the carrier it charges as a drive whose carrier is 20 MHz higher."""
    base = {"charging__times_ns": (6.0, 12.0), "vacuum__method": "none", "drive__clock_GHz": 50.0}
    held = {"charging__chirp_from_MHz": 20.0, "charging__chirp_to_MHz": 20.0}
    chirped = predict(shaped("chirp", **base, **held)).arms["catalysed"]
    carrier = LOSSY.drive.frequency_GHz
    square, mirror = (
        predict(shaped("square", **base, drive__frequency_GHz=carrier + sign * 0.02))
        for sign in (1, -1)
    )
    found = chirped.bloch[:, 2]
    np.testing.assert_allclose(found, square.arms["catalysed"].bloch[:, 2], atol=1e-5)
    assert np.abs(found - mirror.arms["catalysed"].bloch[:, 2]).max() > 1e-2


@pytest.mark.parametrize("where", ["drive.saturation_MHz", "faults.drive_saturation_MHz"])
def test_a_compressing_line_slows_the_rabi_oscillation(where):
    """z = -cos(Omega (1 - Omega/saturation) t), as the file says, or as it does not know."""
    times = (4.0, 11.0)
    bare = lossless(
        drive__rabi_rate_MHz=RABI,
        coupler__g_on_MHz=0.0,
        resonator__fock_levels=2,
        charging__times_ns=times,
    ).replace({where: 150.0})
    compressed = angular_from_mhz(RABI * (1 - RABI / 150.0)) * np.array(times)
    actual = simulate(bare).prediction.arms["control"].bloch[:, 2]
    np.testing.assert_allclose(actual, -np.cos(compressed), atol=1e-9)
    known = where.startswith("drive")
    angle = compressed if known else angular_from_mhz(RABI) * np.array(times)
    np.testing.assert_allclose(predict(bare).arms["control"].bloch[:, 2], -np.cos(angle), atol=1e-9)


def test_both_compressions_act_one_after_the_other():
    """The fault compresses what the device's own line lets through."""
    bare = lossless(
        drive__rabi_rate_MHz=RABI,
        coupler__g_on_MHz=0.0,
        resonator__fock_levels=2,
        charging__times_ns=(9.0,),
        drive__saturation_MHz=150.0,
        faults__drive_saturation_MHz=200.0,
    )
    once = RABI * (1 - RABI / 150.0)
    angle = angular_from_mhz(once * (1 - once / 200.0)) * 9.0
    found = simulate(bare).prediction.arms["control"].bloch[0, 2]
    assert found == pytest.approx(-np.cos(angle), abs=1e-9)


def test_a_compressed_gaussian_has_the_area_of_its_square_taken_off():
    """angle = A area(G) - A^2 area(G^2)/saturation, quadratic in the amplitude."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    times = 6.0 * (nodes + 1)
    bell = (np.exp(-((times - 6.0) ** 2) / 18.0) - np.exp(-2.0)) / (1 - np.exp(-2.0))
    full = angular_from_mhz(RABI)
    angle = full * 6.0 * weights @ bell
    angle -= full**2 / angular_from_mhz(120.0) * 6.0 * weights @ bell**2
    found = alone("gaussian", (12.0,), drive__saturation_MHz=120.0)
    np.testing.assert_allclose(found, [-np.cos(angle)], atol=1e-6)


@pytest.mark.parametrize("shape", KEYS)
def test_the_slope_of_a_compressed_pulse_is_its_derivative(shape):
    """Central differences of the envelope behind the compressing line."""
    experiment = shaped(shape, drive__saturation_MHz=60.0)
    times, step = np.array([0.7, 2.6, 4.9, 8.3, 9.4]), 1e-5
    later, earlier = (designed_drive(experiment, times + h)[0] for h in (step, -step))
    slope = designed_drive(experiment, times)[1]
    np.testing.assert_allclose(slope, (later - earlier) / (2 * step), atol=1e-8)


def test_a_filtered_compressing_line_rings_with_what_it_holds():
    """Long after the rise the filter holds the compressed amplitude."""
    line = Line(bandwidth=angular_from_mhz(200.0), saturation=angular_from_mhz(150.0))
    wave = charging_waveform(lossless(drive__rabi_rate_MHz=RABI), "control")
    held = line.ringing(wave, np.array([60.0]))[0]
    assert held == pytest.approx(1j * angular_from_mhz(RABI * (1 - RABI / 150.0)), abs=1e-9)


@pytest.mark.parametrize("key", ["drive.saturation_MHz", "faults.drive_saturation_MHz"])
def test_a_drive_beyond_the_lines_largest_output_is_refused(key):
    """Above half the saturation a larger drive would arrive smaller."""
    with pytest.raises(ExperimentError, match=f"{key} must be at least twice drive.rabi_rate_MHz"):
        Experiment().replace({key: 99.0})


def test_the_fit_stays_below_the_lines_largest_output():
    """No Rabi rate is tried for which the line would give less for more."""
    tight = Experiment().replace({"drive.saturation_MHz": 101.0})
    rabi = next(p for p in default_parameters(tight) if p.name == RABI_KEY)
    assert (rabi.start, rabi.high) == (50.0, 50.5)
    tight.replace({RABI_KEY: rabi.high})
