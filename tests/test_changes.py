"""Values on the command line: --set KEY=VALUE, read as TOML or as words."""

import pytest
from commands import call, refused

from cqed_battery.cli.shared.set_values import with_changes
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import load_dataset


def test_values_are_numbers_words_lists_and_truths():
    """Each kind of value arrives as what it is, and the others stay."""
    texts = ("coupler.g_on_MHz=40", "vacuum.method = swap", "control.enabled=false")
    found = with_changes(Experiment(), [*texts, "charging.times_ns=[0, 5, 10, 20]", "seed=3"])
    assert found.coupler.g_on_MHz == 40.0
    assert found.vacuum.method == "swap"
    assert found.control.enabled is False
    assert found.charging.times_ns == (0.0, 5.0, 10.0, 20.0)
    assert with_changes(Experiment(), ["seed=3"], 5).seed == 5
    assert with_changes(Experiment(), None) == Experiment()


@pytest.mark.parametrize("text", ["coupler.g_on_MHz", "=4", "coupler.g_on_MHz="])
def test_half_a_change_is_refused(text):
    """Without a key or a value there is nothing to set."""
    with pytest.raises(CqedBatteryError, match="--set must be KEY=VALUE"):
        with_changes(Experiment(), [text])


def test_the_command_sets_values(tmp_path):
    """The dataset holds the experiment as it was changed; an unknown key is refused."""
    file, out = tmp_path / "e.toml", tmp_path / "d.nc"
    file.write_text("[charging]\npoints = 4\n[vacuum]\nmethod = 'none'\n")
    options = ("--set", "drive.rabi_rate_MHz=20", "--set", "tomography.shots=10")
    assert call("emulate", file, "--out", out, *options).exit_code == 0
    held = Experiment.from_text(load_dataset(out).attrs["experiment"])
    assert (held.drive.rabi_rate_MHz, held.tomography.shots) == (20.0, 10)
    assert "not a known key" in refused("emulate", file, "--out", out, "--set", "drive.speed=1")
