"""The forward models of several runs as one, for the global fit: shared parameters and drifting.

Each run has its own `ForwardModel`. Its parameters theta_i are linear in those of the campaign,
theta_i = J_i theta: a shared parameter is one number, a drifting one is a common part and each
run's own deviation from it, and what belongs to a run alone (readout, reset, drifts within the run)
has no common part. Common part and deviations have the priors of the experiment file each, so that
runs may lie apart as far as one calibration may be off, and the counts decide how far they do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import (
    DEPHASING,
    DRIFTS,
    EXCITATION,
    NOISE,
    RABI,
    READOUT,
    T1,
    TRANSMON_DETUNING,
    Parameter,
    starts,
)
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.global_fit.model.sensitivities import Slope
from analysis.estimators.global_fit.model.surfaces import Surfaces
from cqed_battery.errors import CqedBatteryError, join_words, show_value
from cqed_battery.operators import FloatArray
from protocols.settings.settings import Settings

DRIFTING = (RABI, TRANSMON_DETUNING, T1)
"""What drifts between runs by default: the drive's line, the transmon's frequency, its T1."""

OWN = (*READOUT, EXCITATION, DEPHASING, NOISE, *DRIFTS)
"""What each run has for itself."""


@dataclass(frozen=True)
class JointResponse(Response):
    """What each run's model says; `probability` of all settings, run after run."""

    parts: tuple[Response, ...] = ()


@dataclass(frozen=True)
class JointSlope(Slope):
    """Derivatives of each run's response by its own parameters."""

    parts: tuple[Slope, ...] = ()


@dataclass(frozen=True)
class JointModel:
    """The models of n runs: free (P,) parameters of the campaign, and J_i, (p_i, P), of each run.

    sizes: how many settings each run has.
    """

    models: tuple[ForwardModel, ...]
    free: tuple[Parameter, ...]
    maps: tuple[FloatArray, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(
        cls,
        models: Sequence[ForwardModel],
        names: Sequence[str],
        drifting: Sequence[str] = DRIFTING,
    ) -> "JointModel":
        """Return the joint model of runs.

        Args:
            models: of each run.
            names: of each run, for the names of what is its own.
            drifting: parameters that differ from run to run about a common value.

        Raises:
            CqedBatteryError: a drifting parameter is unknown, or is each run's own.
        """
        known = {p.name: p for model in models for p in model.free}
        for name in drifting:
            if name not in known or name in OWN:
                named = join_words([each for each in known if each not in OWN], "or")
                raise CqedBatteryError(
                    f"`drifting` must name {named}, but names {show_value(name)}"
                )
        free = [p for p in known.values() if p.name not in OWN]
        places = {p.name: [n] for n, p in enumerate(free)}
        columns: list[dict[str, list[int]]] = []
        for model, run in zip(models, names, strict=True):
            found = {name: list(place) for name, place in places.items()}
            for parameter in model.free:
                if parameter.name in OWN or parameter.name in drifting:
                    found.setdefault(parameter.name, []).append(len(free))
                    free.append(_of_run(parameter, run, deviates=parameter.name in drifting))
            columns.append(found)
        maps = []
        for model, placed in zip(models, columns, strict=True):
            matrix = np.zeros((len(model.free), len(free)))
            for row, parameter in enumerate(model.free):
                matrix[row, placed[parameter.name]] = 1.0
            maps.append(matrix)
        sizes = tuple(Settings(model.experiment).size for model in models)
        return cls(tuple(models), tuple(free), tuple(maps), sizes)

    def leading(self) -> "JointModel":
        """Return the model with those parameters free alone that lead to the likely devices."""
        models = tuple(model.leading() for model in self.models)
        maps = []
        for model, fewer, matrix in zip(self.models, models, self.maps, strict=True):
            maps.append(matrix[[parameter in fewer.free for parameter in model.free]])
        used = np.any([matrix.any(axis=0) for matrix in maps], axis=0)
        free = tuple(p for p, kept in zip(self.free, used, strict=True) if kept)
        return JointModel(models, free, tuple(matrix[:, used] for matrix in maps), self.sizes)

    def own(self, theta: FloatArray) -> list[FloatArray]:
        """Return the parameters of each run, (p_i,).

        Args:
            theta: of the campaign, (P,).
        """
        return [matrix @ theta for matrix in self.maps]

    def values(self, theta: FloatArray) -> Mapping[str, float]:
        """Return the campaign's parameters by name.

        Args:
            theta: of the campaign, (P,).
        """
        return {p.name: float(x) for p, x in zip(self.free, theta, strict=True)}

    def start(self) -> FloatArray:
        """Return the experiment file's values, no run deviating, (P,)."""
        return starts(self.free)

    def response(self, theta: FloatArray, near: Slope | None = None) -> JointResponse:
        """Return what all models say at theta.

        Args:
            theta: of the campaign, (P,).
            near: derivatives about a point near theta, as `slope` returns them.

        Raises:
            CqedBatteryError: no experiment has such parameters.
        """
        near_parts = near.parts if isinstance(near, JointSlope) else (None,) * len(self.models)
        parts = tuple(
            model.response(own, part)
            for model, own, part in zip(self.models, self.own(theta), near_parts, strict=True)
        )
        return JointResponse(np.concatenate([part.probability for part in parts]), {}, parts)

    def slope(self, theta: FloatArray, at: Response) -> JointSlope:
        """Return the derivatives at theta.

        Args:
            theta: of the campaign, (P,).
            at: the response there.
        """
        assert isinstance(at, JointResponse)
        every = zip(self.models, self.own(theta), at.parts, strict=True)
        parts = tuple(model.slope(own, part) for model, own, part in every)
        return JointSlope(np.zeros((0, len(self.free))), {}, self._surfaces(parts), parts)

    def made_exact(self, theta: FloatArray, near: Slope) -> Slope:
        """Return derivatives near theta, the surfaces of every run exact there.

        Args:
            theta: of the campaign, (P,).
            near: derivatives about a point near theta, as `slope` returns them.
        """
        assert isinstance(near, JointSlope)
        every = zip(self.models, self.own(theta), near.parts, strict=True)
        parts = tuple(model.made_exact(own, part) for model, own, part in every)
        if all(one is other for one, other in zip(parts, near.parts, strict=True)):
            return near
        return replace(near, parts=parts)

    def _surfaces(self, parts: Sequence[Slope]) -> Surfaces | None:
        """Return where the runs' surfaces hold, in the campaign's parameters."""
        places, least, most = [], [], []
        for part, matrix in zip(parts, self.maps, strict=True):
            if part.surfaces is not None:
                places += [int(np.flatnonzero(matrix[n])[0]) for n in part.surfaces.places]
                least.append(part.surfaces.least)
                most.append(part.surfaces.most)
        if not places:
            return None
        empty = np.zeros((len(places), 0))
        return Surfaces(tuple(places), empty, empty, np.concatenate(least), np.concatenate(most))

    def frequency(self, theta: FloatArray, probability: FloatArray) -> FloatArray:
        """Return the frequency of outcome 1 of all settings, run after run.

        Args:
            theta: of the campaign, (P,).
            probability: of reading 1 before assignment errors, of all settings.
        """
        parts = self.of_each_run(probability)
        every = zip(self.models, self.own(theta), parts, strict=True)
        return np.concatenate([model.frequency(own, part) for model, own, part in every])

    def frequency_slope(self, theta: FloatArray, at: Response, slope: Slope) -> FloatArray:
        """Return the derivatives of `frequency`, (M, P).

        Args:
            theta: of the campaign, (P,).
            at: the response there.
            slope: the derivatives there.
        """
        assert isinstance(at, JointResponse)
        assert isinstance(slope, JointSlope)
        every = zip(self.models, self.own(theta), at.parts, slope.parts, self.maps, strict=True)
        return np.concatenate(
            [
                model.frequency_slope(own, response, part) @ matrix
                for model, own, response, part, matrix in every
            ]
        )

    def of_each_run(self, values: FloatArray) -> list[FloatArray]:
        """Return the parts of each run of values of all settings.

        Args:
            values: (M, ...), run after run.
        """
        return np.split(values, np.cumsum(self.sizes)[:-1])


def _of_run(parameter: Parameter, run: str, *, deviates: bool) -> Parameter:
    """Return a run's own parameter, or its deviation from a common one."""
    named = replace(parameter, name=f"{run}: {parameter.name}")
    if not deviates:
        return named
    room = max(parameter.high - parameter.start, parameter.start - parameter.low)
    return replace(named, start=0.0, low=-room, high=room)
