"""What the parameters make of a file: its experiment, the device that acts, and its drive line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

from analysis.estimators.global_fit.model.felt import compression
from analysis.estimators.global_fit.model.parameters import (
    COMPRESSION,
    COUPLING,
    DELAY,
    DEPHASING,
    DRAG,
    EDGES,
    FLUX,
    LINEWIDTH,
    PHASE,
    PULSE_AMPLITUDE,
    PULSE_PHASE,
    RABI,
    RAMP,
    RESONATOR_DETUNING,
    SETTLING,
    SHAPE,
    STEP,
    T1,
    TRANSMON_DETUNING,
    WIDTH,
    Parameter,
)
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import Line
from protocols.faults.modulation import Modulation
from protocols.prediction.directions import Moved
from protocols.stages.bias import control_idles

CURVED_NOW = {name: f"{name}, now" for name in (SETTLING, RAMP, DELAY, WIDTH)}
"""Under which name a prediction takes what the surfaces stand for otherwise."""

STRETCHED = {RAMP: "coupler.ramp_ns", WIDTH: "charging.length_ns", EDGES: "drive.rise_ns"}
"""Keys of what the relative errors stretch."""

_KEYS = (COUPLING, RABI, PHASE, LINEWIDTH, DEPHASING, T1, DRAG, *FLUX)


@dataclass(frozen=True)
class Described:
    """A file whose parameters have other values.

    Args:
        experiment: the file's content.
        shapes: the deviations that are free, by the names of their cosines.
    """

    experiment: Experiment
    shapes: Mapping[tuple[str, ...], Modulation]

    @classmethod
    def of(
        cls, experiment: Experiment, free: tuple[Parameter, ...], times: FloatArray
    ) -> "Described":
        """Return the file with the deviations that are free.

        Args:
            experiment: the file's content.
            free: the free parameters.
            times: of charging, in ns, (T,).
        """
        names = {parameter.name for parameter in free}
        still = Modulation.over(times, len(SHAPE))  # the same pieces for both
        shapes = {
            cosines: replace(still, lowest=lowest)
            for cosines, lowest in ((SHAPE, 1), (STEP, 0))
            if names.intersection(cosines)
        }
        return cls(experiment, shapes)

    def moved(self, values: Mapping[str, float], weight: float = 1.0) -> Moved:
        """Return what values make of experiment, actual device and line.

        Args:
            values: of parameters by name; the others are the file's.
            weight: of it in a sum.
        """
        changes = {key: values[key] for key in _KEYS if key in values}
        for name, key in STRETCHED.items():
            if off := values.get(CURVED_NOW.get(name, name), 0.0):
                section, _, part = key.partition(".")
                changes[key] = (1 + off) * getattr(getattr(self.experiment, section), part)
        if FLUX[0] in changes and control_idles(self.experiment):
            changes[FLUX[1]] = changes[FLUX[0]]
        fixed = None
        if self.experiment.coupler.kind == "fixed":  # no waveform's: the pulses stay the file's
            fixed = changes.pop(COUPLING, None)
        experiment = self.experiment.replace(changes)
        detunings = (values.get(key, 0.0) for key in (TRANSMON_DETUNING, RESONATOR_DETUNING))
        device = experiment.device.shifted(*detunings)
        if fixed is not None:
            device = device.coupled(fixed)
        return Moved(weight, experiment, device, self.line(values))

    def line(self, values: Mapping[str, float]) -> Line:
        """Return the drive line that values describe.

        Args:
            values: of parameters by name; the others are an ideal line's.
        """
        settling = values.get(CURVED_NOW[SETTLING], 0.0)
        rabi = angular_from_mhz(self.experiment.drive.rabi_rate_MHz)
        scale, saturation = compression(values.get(COMPRESSION, 0.0), rabi)
        return Line(
            charge_scale=scale,
            saturation=saturation,
            pulse_scale=1 + values.get(PULSE_AMPLITUDE, 0.0),
            pulse_phase=values.get(PULSE_PHASE, 0.0),
            bandwidth=1 / settling if settling else inf,
            modulation=self._deviation(SHAPE, values),
            step=self._deviation(STEP, values),
            delay=values.get(CURVED_NOW[DELAY], 0.0),
        )

    def _deviation(self, names: tuple[str, ...], values: Mapping[str, float]) -> Modulation | None:
        """Return the deviation that some cosines make; None where none of them is free."""
        still = self.shapes.get(names)
        if still is None:
            return None
        return replace(still, shares=tuple(values.get(name, 0.0) for name in names))
