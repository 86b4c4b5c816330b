"""Packages whose import is put off: not loaded at the start, real as soon as they are used."""

import subprocess
import sys

import pytest

from cqed_battery.deferred import deferred


def run_python(code: str) -> str:
    """Return what a fresh process prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=900
    ).stdout


def test_dynamics_start_without_sympy_and_pictures():
    """The engine, and a device that it evolves, load neither sympy nor matplotlib."""
    code = (
        "import sys, protocols, cqed_battery as cb\n"
        "protocols.predict(cb.Experiment().replace({'transmon.levels': 2}))\n"
        "print([m for m in ('sympy', 'matplotlib') if m in sys.modules])"
    )
    assert run_python(code).split("\n")[-2] == "[]"


def test_what_was_put_off_is_real_when_used():
    """A signal of qiskit-dynamics draws itself, and its symbolic pulses are sympy's."""
    code = (
        "import matplotlib; matplotlib.use('agg')\n"
        "import cqed_battery.dynamics.qiskit_models as models\n"
        "from matplotlib import pyplot\n"
        "axis = pyplot.figure().add_subplot()\n"
        "models.Signal(1.0, 5.0).draw(0.0, 1.0, 10, axis=axis)\n"
        "import qiskit_dynamics.pulse.pulse_to_signals as pulses, sympy\n"
        "print(len(axis.lines), pulses.sym.Symbol is sympy.Symbol, pulses.sym.Expr is sympy.Expr)"
    )
    assert run_python(code) == "1 True True\n"


def test_lmfit_has_its_statistics():
    """An analysis starts without scipy.stats, and lmfit's own F test works all the same."""
    code = (
        "import sys, analysis.estimators.arms.arms\n"
        "print('scipy.stats' in sys.modules)\n"
        "from lmfit.confidence import f_compare\n"
        "from types import SimpleNamespace as N\n"
        "found = f_compare(N(nfree=10, nvarys=2, chisqr=10.0), N(nvarys=1, chisqr=14.0))\n"
        "from scipy.stats import f\n"
        "print(abs(found - f.cdf(4.0, 1, 10)) < 1e-12)"
    )
    assert run_python(code).split() == ["False", "True"]


def test_stand_in_leaves_no_trace(monkeypatch: pytest.MonkeyPatch):
    """Inside the context the import gives a stand-in, afterwards everybody gets the package."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with deferred("colorsys"):
        import colorsys as kept

        assert "colorsys" in sys.modules
        assert not hasattr(kept, "__all__")
    assert sys.modules.get("colorsys") is not kept
    assert kept.rgb_to_hsv(0.0, 0.0, 1.0)[2] == 1.0


def test_what_is_imported_already_stays():
    """A package that is there is not replaced."""
    import math

    with deferred("math"):
        assert sys.modules["math"] is math
