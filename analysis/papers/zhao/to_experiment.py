"""From Zhao's model to an experiment file for the emulated device.

One number fixes the scale: the model's g becomes the coupler's g_MHz. Every rate, detuning and
time scales along; the transmon keeps the device's own frequency.
"""

from collections.abc import Iterator

from analysis.papers.zhao.model import Zhao
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz, ghz_from_mhz

_POINTS = 121
_LEAST_RATIO = 10.0  # of the drive's frequency to its amplitude, for the resonant half alone


def to_experiment(
    model: Zhao, *, g_MHz: float, duration: float = 60.0
) -> tuple[Experiment, tuple[str, ...]]:
    """Return an experiment with the model's parameters, and what could not be carried over.

    Args:
        model: Zhao's model, in its own unit u.
        g_MHz: the coupling g / 2 pi on the device; model.g u stands for it.
        duration: the longest charging time, in 1/u.

    Raises:
        ExperimentError: the scale is not positive, or the device does not allow a value.

    Source: Zhao 2026, Eqs. 1-9 and Sec. V.
    """
    if not (g_MHz > 0 and model.g > 0 and duration > 0):
        raise ExperimentError(
            "g_MHz, g and the duration must be > 0 to fix the scale of the experiment, "
            f"but are {g_MHz:g}, {model.g:g} and {duration:g}"
        )
    scale = g_MHz / model.g
    try:
        experiment = _scaled(model, scale, duration)
    except ExperimentError as error:
        raise ExperimentError(
            f"the device cannot take this model at g_MHz = {g_MHz:g}: {error}"
        ) from None
    return experiment, tuple(_left_behind(model, experiment, scale))


def _scaled(model: Zhao, scale: float, duration: float) -> Experiment:
    """Return the experiment for a scale in MHz per u."""
    default = Experiment()
    carrier = default.transmon.frequency_GHz - ghz_from_mhz(scale * (model.omega_a - model.omega_d))
    detuning = ghz_from_mhz(scale * (model.omega_c - model.omega_d))
    return default.replace(
        {
            "title": f"Zhao's model at {scale:g} MHz for its unit",
            "transmon.dephasing_rate_MHz": scale * model.gamma_D,
            "transmon.dephasing_convention": (
                "coherence" if model.dephasing == "coherence" else "sigma_z"
            ),
            "resonator.frequency_GHz": carrier + detuning,
            "resonator.linewidth_MHz": scale * model.kappa,
            "coupler.g_on_MHz": scale * model.g if model.catalyst else 0.0,
            "drive.rabi_rate_MHz": scale * model.Omega,
            "drive.frequency_GHz": carrier,
            "charging.stop_ns": duration / angular_from_mhz(scale),
            "charging.points": _POINTS,
        }
    )


def _left_behind(model: Zhao, experiment: Experiment, scale: float) -> Iterator[str]:
    """Yield a sentence on everything that the experiment does not share with the model."""
    yield from _frequencies(model, experiment, scale)
    yield from _readings(model)
    yield (
        "The device adds what the model leaves out: T1, a third level, a residual excitation, "
        "the drive's rise and the coupler's ramp, all at their defaults."
    )


def _frequencies(model: Zhao, experiment: Experiment, scale: float) -> Iterator[str]:
    transmon, resonator = experiment.transmon.frequency_GHz, experiment.resonator.frequency_GHz
    literal, catalyst = (ghz_from_mhz(scale * w) for w in (model.omega_a, model.omega_c))
    yield (
        f"On this scale omega_a is {literal:g} GHz and omega_c is {catalyst:g} GHz. The device's "
        f"transmon lies at {transmon:g} GHz and its resonator at {resonator:g} GHz: detunings are "
        "carried over, ratios of frequencies are not."
    )
    ratio = model.omega_c / model.omega_a
    if ratio != 1:
        yield (
            f"The ratio omega_c/omega_a = {ratio:g} would need a resonator at "
            f"{ratio * transmon:.4g} GHz. The device's is so far from it that the catalyst's "
            "energy, omega_c times its photons, is another share of the battery's."
        )
    if model.drive == "full":
        turns = model.omega_d / model.Omega if model.Omega else float("inf")
        size = "not small" if turns < _LEAST_RATIO else "small"
        yield (
            f"The drive's counter-rotating part is {size} in the model (omega_d/Omega = {turns:g}) "
            "and negligible on the device, so that the experiment follows the model with "
            'drive = "rotating-wave".'
        )


def _readings(model: Zhao) -> Iterator[str]:
    sentences = {
        "The start in the upper level is left out: the device is reset to its ground level, "
        "so that the experiment charges where the model relaxes.": model.start == "upper",
        "The opposite passive order is left out: the analysis takes the passive state "
        "proper.": model.passive_order == "opposite",
        "The growth of the trace under Z1's Eq. 9 is left out: the coherence decays at "
        "2 gamma_D, as with L = sigma_z.": model.trace_growth > 0,
        "Without the catalyst the open coupler has no coupling, so that both arms are "
        "controls.": not model.catalyst,
        f"The cut at {model.fock_levels} Fock levels is left out: the emulation takes as many "
        "as it needs.": model.fock_levels != "auto",
    }
    yield from (sentence for sentence, applies in sentences.items() if applies)
