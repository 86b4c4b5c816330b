"""The command line as the tests call it, and a small experiment to call it on."""

from typer.testing import CliRunner, Result

from cqed_battery.cli import app

OBSERVATIONS = ("heat_current_negative", "ergotropy_gain", "vacuum_recovered", "all_three")
SMALL = """
title = "small"
seed = 7
[transmon]
t1_us = 20.0
[coupler]
g_on_MHz = 60.0
[drive]
rabi_rate_MHz = 25.0
[reset]
shots = 1000
[charging]
stop_ns = 24.0
points = 9
[tomography]
shots = 200
[readout]
calibration_shots = 500
[vacuum]
shots = 200
points = 9
"""


def call(*arguments: object) -> Result:
    """Run the command in this process and check that no error slipped through as a traceback."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def refused(*arguments: object) -> str:
    """Run a command that must be refused with one line on stderr; return the line."""
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr
