"""The explorer without a browser: its curves, its sliders, its tabs, its refusals, its server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from html import escape
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest
from bokeh.client import pull_session
from bokeh.document import Document
from commands import SMALL, refused

import cqed_battery as cb
from analysis.explorer.explorer import Explorer
from analysis.explorer.figures import ARMS, LADDER, PANELS
from analysis.explorer.knobs import KNOBS, knobs_of, together
from analysis.explorer.newest import Newest
from analysis.explorer.page import Page
from analysis.explorer.shown import CURVES, fock_levels_near, show
from analysis.observations import ALL_THREE, HEAT, OBSERVATIONS, Judgement
from analysis.planning.foreseen import expected_verdict
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth

FILE = Experiment.from_text(SMALL).replace({"analysis.global_fit": False})
QUICK = FILE.replace({"analysis.correction": "none"})  # its verdict needs no derivatives
FIXED = Experiment.from_toml("examples/fixed_coupling.toml").replace(
    {"charging.stop_ns": 30.0, "charging.points": 4, "vacuum.method": "none"}
)
SWEPT = Experiment.from_toml("examples/gaussian_amplitude.toml").replace(
    {"charging.points": 4, "vacuum.method": "none"}
)
ROOT = Path(__file__).parents[1]


def done(value: Any = None, error: Exception | None = None) -> "Future[Any]":
    """Return a future that has ended."""
    future: Future[Any] = Future()
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
    return future


def drawn_now(base: Experiment, changes: dict[str, Any]) -> "Future[Any]":
    """Compute curves at once, as the drawing thread does later."""
    try:
        return done(show(base, changes))
    except Exception as error:
        return done(error=error)


class Tab:
    """A page in a document of its own, whose clock is the test's."""

    def __init__(self, base: Experiment = FILE, draw: Callable[..., Any] = drawn_now) -> None:
        self.document, self.judged = Document(), list[Experiment]()
        self.verdict: Future[Any] = Future()
        self.page = Page(
            self.document,
            show(base, {}),
            "a.toml",
            draw=draw,
            judge=self._judge,
            moved=lambda experiment: None,
        )

    def _judge(self, experiment: Experiment) -> "Future[Any]":
        self.judged.append(experiment)
        self.verdict = Future()
        return self.verdict

    def move(self, key: str, value: Any) -> None:
        self.page.controls.sliders[key].value = value
        self.tick()

    def tick(self) -> None:
        """Let everything happen that waits, the pauses over."""
        while self.document.session_callbacks:
            callback = self.document.session_callbacks[0]
            self.document.callbacks.remove_session_callback(callback)
            callback.callback()

    @property
    def energy(self) -> Any:
        return np.asarray(self.page.source.data["catalysed_energy"])


@pytest.fixture
def tab() -> Tab:
    return Tab()


@pytest.fixture(scope="module")
def expected() -> dict[str, Judgement]:
    return expected_verdict(FILE)


@pytest.mark.parametrize("base", [FILE, FIXED, SWEPT], ids=["tunable", "fixed", "swept"])
def test_the_curves_are_those_of_a_run(base: Experiment) -> None:
    """At the file's own settings every curve is the truth that an emulated run carries."""
    shown, prediction = show(base, {}), predict(base)
    places = np.abs(shown.at[:, None] - base.axis_values).argmin(axis=0)
    assert list(shown.arms) == list(prediction.arms)
    for name, curves in shown.arms.items():
        truth = arm_truth(base, prediction, name)
        for key in CURVES:
            assert curves[key][places] == pytest.approx(truth[key], abs=2e-6), key
        for axis, values in zip("xyz", truth["bloch"].T, strict=True):
            assert curves[axis][places] == pytest.approx(values, abs=2e-6)


def test_curves_are_dense_where_they_oscillate() -> None:
    """Sixteen points in the fastest period, also where the file has five settings only."""
    shown = show(FILE, {"charging.points": 5, "drive.rabi_rate_MHz": 400.0, "coupler.g_on_MHz": 9})
    assert np.diff(shown.at).max() <= 2.5 / 15


def test_shots_are_those_that_a_run_counts() -> None:
    """The total is the sum over an emulated dataset's counts."""
    tree = emulate(FILE)
    counts = ("counts", "calibration_counts", "vacuum_counts")
    counted = sum(
        int(variable.sum())
        for group in tree.subtree
        for name, variable in group.data_vars.items()
        if name in counts
    )
    assert show(FILE, {}).shots == counted > 0


@pytest.mark.parametrize("base", [FILE, FIXED, SWEPT], ids=["tunable", "fixed", "swept"])
def test_sliders_stand_at_the_file(base: Experiment) -> None:
    """Each key is taken as it stands, and changes nothing then."""
    for knob in knobs_of(base):
        value = knob.value(base)
        assert knob.low <= value <= knob.high or value in knob.choices
        again = base.replace({knob.key: int(value) if knob.whole else value})
        assert knob.value(again) == pytest.approx(value)
        assert again.device.coupler == base.device.coupler
        assert again.charging_times_ns == pytest.approx(base.charging_times_ns)


def test_only_sliders_that_act_are_shown() -> None:
    """No shots of what is not measured or listed, and the decay that the file states."""

    def keys(**changes: Any) -> set[str]:
        return {
            k.key
            for k in knobs_of(FILE.replace({k.replace("__", "."): v for k, v in changes.items()}))
        }

    assert "vacuum.shots" in keys()
    assert "vacuum.shots" not in keys(vacuum__method="none")
    assert "transmon.t2_us" not in keys()
    assert "transmon.dephasing_rate_MHz" not in keys(transmon__t2_us=9.0)
    assert "transmon.t2_us" in keys(transmon__t2_us=9.0)
    assert not {"tomography.shots", "vacuum.shots"} & keys(allocation__prepared_0=50)
    assert {knob.key for knob in KNOBS} > keys()


def test_a_list_of_times_is_replaced_whole() -> None:
    """A slider of the grid keeps the list's other end and number, and the list itself elsewhere."""
    listed = FILE.replace({"charging.times_ns": (2.0, 4.0, 9.0, 30.0, 31.0)})
    assert together(listed, {"drive.rabi_rate_MHz": 3.0}) == {"drive.rabi_rate_MHz": 3.0}
    times = listed.replace(together(listed, {"charging.stop_ns": 42.0})).charging_times_ns
    assert times == pytest.approx([2.0, 12.0, 22.0, 32.0, 42.0])


def test_few_numbers_of_fock_levels_occur() -> None:
    """They are even, those near come beside, and a number that the file states is kept."""
    near = fock_levels_near(FILE)
    assert len(near) == 3
    assert not any(levels % 2 for levels in near)
    assert fock_levels_near(FILE.replace({"resonator.fock_levels": 9})) == []


def test_of_many_calls_the_newest_is_made() -> None:
    """One at a time; what waited and was overtaken never begins, and nothing after closing."""
    begun: list[tuple[str, Future[str]]] = []
    delivered: list[tuple[str, bool]] = []

    def submit(word: str) -> "Future[str]":
        begun.append((word, Future()))
        return begun[-1][1]

    newest = Newest(submit, lambda future, _n, last: delivered.append((future.result(), last)))
    for word in ("first", "second", "third"):
        newest.ask(word)
    assert [word for word, _ in begun] == ["first"]
    begun[0][1].set_result("first")
    assert [word for word, _ in begun] == ["first", "third"]
    newest.close()
    begun[1][1].set_result("third")
    newest.ask("fourth")
    assert delivered == [("first", False)]


def test_a_move_draws_and_asks_for_the_verdict(tab: Tab, expected: dict[str, Judgement]) -> None:
    """The curves are those of the moved key, and the verdict follows in its cards."""
    before = tab.energy
    tab.move("coupler.g_on_MHz", 80)
    assert tab.page.shown.experiment.coupler.g_on_MHz == 80
    assert np.abs(tab.energy - before).max() > 0.01
    assert tab.energy == pytest.approx(
        show(FILE, {"coupler.g_on_MHz": 80.0}).arms["catalysed"]["energy"]
    )
    assert "being computed" in tab.page.verdict.text
    assert tab.judged == [FILE]  # the second one waits for the first
    tab.verdict.set_result(expected)
    tab.tick()
    assert "being computed" in tab.page.verdict.text  # for the first one is not the newest
    assert tab.judged[-1] == tab.page.shown.experiment
    tab.verdict.set_result(expected)
    tab.tick()
    for entry in (*OBSERVATIONS, ALL_THREE):
        assert entry.title in tab.page.verdict.text
    assert "being computed" not in tab.page.verdict.text


def test_a_move_in_one_tab_is_none_in_another(tab: Tab) -> None:
    """Each draws the file with its own moves alone."""
    other = Tab()
    tab.move("coupler.g_on_MHz", 80)
    other.move("drive.rabi_rate_MHz", 30)
    one, two = tab.page.shown.experiment, other.page.shown.experiment
    assert (one.coupler.g_on_MHz, one.drive.rabi_rate_MHz) == (80, 25)
    assert (two.coupler.g_on_MHz, two.drive.rabi_rate_MHz) == (60, 30)


def test_the_page_refuses_what_the_file_refuses(tab: Tab) -> None:
    """In the file's own sentence; the curves stay, and a good move takes it away."""
    before = tab.energy
    with pytest.raises(CqedBatteryError) as error:  # noqa: PT011
        FILE.replace({"drive.rabi_rate_MHz": -5})
    tab.page.controls.field.value = "drive.rabi_rate_MHz = -5"
    tab.tick()
    assert escape(str(error.value)) in tab.page.said.text
    assert tab.energy == pytest.approx(before)
    tab.move("drive.rabi_rate_MHz", 30)
    assert tab.page.said.text == ""
    assert tab.page.shown.experiment.drive.rabi_rate_MHz == 30


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("rabbits", "the field must be KEY = VALUE"),
        ("drive.speed = 3", "drive.speed is not a known key"),
        ("vacuum.method = displaced-parity", "displaced-parity"),
        ("seed = <script>alert(1)</script>", "seed must be a whole number"),
    ],
)
def test_a_typed_key_is_refused_in_a_sentence(tab: Tab, typed: str, words: str) -> None:
    """Whatever is typed, nothing but words comes back, never markup or a traceback."""
    tab.page.controls.field.value = typed
    tab.tick()
    said = tab.page.said.text
    assert words.lower() in said.lower()
    assert "Traceback" not in said
    assert "<script" not in said


def test_a_mistake_of_the_program_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """Its kind is named on the page, and the log holds the rest."""
    tab = Tab(draw=lambda *_: done(error=ZeroDivisionError("by zero")))
    tab.move("coupler.g_on_MHz", 80)
    assert "ZeroDivisionError" in tab.page.said.text
    assert "Traceback" not in tab.page.said.text
    assert "by zero" in caplog.text


def test_a_typed_key_moves_its_slider_and_back_goes_back(tab: Tab) -> None:
    """Sliders follow what was typed, beyond their range too, and the file comes back."""
    before = tab.energy
    tab.page.controls.field.value = "drive.rabi_rate_MHz = 170"
    tab.tick()
    slider = tab.page.controls.sliders["drive.rabi_rate_MHz"]
    assert (slider.value, slider.end) == (170, 170)
    tab.page.back()
    tab.tick()
    assert tab.page.shown.experiment == FILE
    assert slider.value == FILE.drive.rabi_rate_MHz
    assert tab.energy == pytest.approx(before)


def test_sliders_follow_a_key_that_is_typed_while_curves_are_computed() -> None:
    """Curves that were asked for before say nothing of it, whenever they come."""
    begun: list[tuple[dict[str, Any], Future[Any]]] = []

    def draw(_base: Experiment, changes: dict[str, Any]) -> "Future[Any]":
        begun.append((changes, Future()))
        return begun[-1][1]

    for late in (False, True):
        begun.clear()
        tab = Tab(draw=draw)
        slider = tab.page.controls.sliders["drive.rabi_rate_MHz"]
        tab.page.turn({"coupler.g_on_MHz": 70.0})
        if late:  # the curves are there, and the page hears of them after the key
            begun[0][1].set_result(show(FILE, begun[0][0]))
        tab.page.controls.field.value = "drive.rabi_rate_MHz = 30"
        if not late:
            begun[0][1].set_result(show(FILE, begun[0][0]))
        tab.tick()
        assert slider.value == FILE.drive.rabi_rate_MHz
        begun[1][1].set_result(show(FILE, begun[1][0]))
        tab.tick()
        assert slider.value == 30
        assert len(begun) == 2  # a slider that follows asks for nothing


def test_what_is_saved_is_what_is_shown(tab: Tab) -> None:
    """The saved text, read again, is the experiment with every move in it."""
    tab.move("coupler.g_on_MHz", 80)
    tab.move("tomography.shots", "5000")
    tab.page.controls.save._trigger_event(_click(tab))
    saved = tab.page.controls.saved
    (download,) = saved.js_property_callbacks["change:text"]
    expected = FILE.replace({"coupler.g_on_MHz": 80.0, "tomography.shots": 5000})
    assert Experiment.from_text(saved.text) == expected
    assert download.args["name"] == "a-explored.toml"


def _click(tab: Tab) -> Any:
    from bokeh.events import ButtonClick

    return ButtonClick(tab.page.controls.save)


def test_no_control_leaves_its_curves_out() -> None:
    """The page of a file without a control has gaps there, and its verdict says so."""
    alone = FILE.replace({"control.enabled": False})
    tab = Tab(alone)
    assert np.isnan(tab.page.source.data["control_energy"]).all()
    assert not np.isnan(tab.energy).any()
    alone = QUICK.replace({"control.enabled": False})
    assert expected_verdict(alone)["ergotropy_gain"].outcome == "undecided"


def test_every_figure_has_its_unit() -> None:
    """Titles of what has a unit name it, and every curve of a figure is drawn for each arm."""
    units = {"energy": "ħω", "ergotropy": "ħω", "heat_current": "ħω/ns"}
    tab = Tab()
    for panel, figure in zip(PANELS, tab.page.figures, strict=True):
        assert units.get(panel.name, "") in panel.title
        assert len(figure.renderers) == len(panel.curves) * len(panel.arms)
        assert set(panel.arms) <= set(ARMS)


def test_three_levels_have_a_figure_where_they_are_measured() -> None:
    """Its curve is the ergotropy of all levels, which that of levels 0 and 1 is not."""
    measured = FILE.replace({"transmon.levels": 3, "qutrit.measured": True})
    tab = Tab(measured)
    assert [figure.name for figure in tab.page.figures] == [*(p.name for p in PANELS), LADDER.name]
    prediction = predict(measured)
    expected = arm_truth(measured, prediction, "catalysed")["ladder_ergotropy"]
    found = tab.page.source.data["catalysed_ladder_ergotropy"]
    places = np.abs(tab.page.source.data["at"][:, None] - measured.axis_values).argmin(axis=0)
    assert found[places] == pytest.approx(expected, abs=2e-6)


@pytest.mark.study
def test_the_expected_verdict_is_that_of_a_run(expected: dict[str, Judgement]) -> None:
    """Each number lies within four standard errors of a run's, and the errors are alike."""
    found = cb.analyse(emulate(FILE))["verdict"]
    for key in (each.key for each in OBSERVATIONS):
        said, ran = expected[key], found[key]
        std, own = ((e["ci_high"] - e["value"]) / 1.96 for e in (said.as_dict(), ran))
        assert abs(said.value - ran["value"]) < 4 * max(std, own)
        assert 0.3 < std / own < 3
        assert said.outcome == ran["outcome"]


def test_the_expected_verdict_grows_with_the_shots(expected: dict[str, Judgement]) -> None:
    """A hundred times the shots, and what shots limit is ten times as significant at most."""
    more = {"tomography.shots": 20_000, "readout.calibration_shots": 50_000}
    few, many = expected[HEAT.key], expected_verdict(FILE.replace(more))[HEAT.key]
    assert few.significance is not None
    assert many.significance is not None
    assert 2 < many.significance / few.significance < 10


def test_a_swept_file_has_an_expected_verdict() -> None:
    """There J < 0 is open, and the gain is told."""
    found = expected_verdict(QUICK.replace({"charging.axis": "amplitude", "charging.points": 4}))
    assert found["heat_current_negative"].outcome == "undecided"
    assert found["ergotropy_gain"].value is not None
    assert found["vacuum_recovered"].value is not None


def test_too_few_settings_are_refused() -> None:
    """Below four nothing is analysed, so nothing is expected."""
    with pytest.raises(
        CqedBatteryError, match=r"4 charging times, but there are 3: set charging\."
    ):
        expected_verdict(FILE.replace({"charging.points": 3}))


@pytest.fixture(scope="module")
def served() -> Iterator[Explorer]:
    """An explorer in a thread, as a notebook shows it."""
    explorer = cb.explore(QUICK)
    explorer.start()
    yield explorer
    explorer.close()


def test_a_notebook_shows_the_page(served: Explorer) -> None:
    """As a frame of the address that answers, the same however often it is shown."""
    html = served._repr_html_()
    assert f'<iframe src="{served.address}"' in html
    assert served._repr_html_() == html
    with urlopen(served.address) as answer:
        page = answer.read().decode()
    assert FILE.title in page
    assert not re.findall(r"(?:src|href)=\"https?://", page)


@pytest.mark.study
def test_two_tabs_have_a_state_each(served: Explorer) -> None:
    """What one moves the other does not see; Python has what was shown last."""
    one, two = (pull_session(url=served.address) for _ in range(2))
    try:
        first, second = (each.document.get_model_by_name("coupler.g_on_MHz") for each in (one, two))
        first.value = 77
        one.force_roundtrip()
        second.value = 33
        two.force_roundtrip()
        assert (first.value, second.value) == (77, 33)
        third = pull_session(url=served.address)
        assert third.document.get_model_by_name("coupler.g_on_MHz").value == 60
        third.close()
    finally:
        one.close()
        two.close()


def test_without_bokeh_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence names the package and the command."""
    (tmp_path / "e.toml").write_text(SMALL)
    monkeypatch.setitem(sys.modules, "bokeh.server.server", None)
    said = refused("explore", tmp_path / "e.toml", "--no-browser")
    assert "needs bokeh, which is not installed: pip install bokeh" in said


def test_a_port_that_cannot_be_is_refused(served: Explorer, tmp_path: Path) -> None:
    """Out of range, or taken: a sentence that names the option."""
    (tmp_path / "e.toml").write_text(SMALL)
    for port in (0, 70000):
        said = refused("explore", tmp_path / "e.toml", "--port", port)
        assert f"--port must be a whole number from 1 to 65535, but is {port}" in said
    taken = served.address.rpartition(":")[2].strip("/")
    said = refused("explore", tmp_path / "e.toml", "--no-browser", "--port", taken)
    assert f"--port must be one that is free, but {taken} cannot be served" in said


@pytest.mark.study
def test_the_verb_serves_this_machine_alone_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    """It says the address, answers there and nowhere else, and ends with code 0 and in silence."""
    (tmp_path / "e.toml").write_text(QUICK.to_toml())
    command = [sys.executable, "-m", "cqed_battery", "explore", "e.toml", "--no-browser"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's `&` ignores it
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().removeprefix("page: ").strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        session = pull_session(url=address)
        listening = _listening(int(address.split(":")[2].strip("/")))
        assert listening <= {"0100007F"}
        session.close()
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=900)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("The page is served no longer.\n")


def _listening(port: int) -> set[str]:
    """Return the addresses, in the kernel's hex, at which somebody listens on a port."""
    tables = [Path(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
    texts = [table.read_text() for table in tables if table.exists()]
    rows = [row.split() for text in texts for row in text.splitlines()]
    ours = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {place for place, number in ours if number == f"{port:04X}"}
