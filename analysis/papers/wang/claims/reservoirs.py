"""Claims of Wang et al. on what reservoirs, drive and coupling do: explanations with numbers."""

import numpy as np
import xarray as xr

from analysis.papers.figure import Changes, NamedChanges
from analysis.papers.finding import Finding
from analysis.papers.rule import Rule, judged, under
from analysis.papers.wang.equations import Reservoir, hamiltonian
from analysis.papers.wang.flows import energy_by_source, particle_flows
from analysis.papers.wang.model import Wang
from analysis.papers.wang.readings import (
    CLAIMS,
    DETUNINGS,
    EQUATIONS,
    MAP_DETUNINGS,
    MAP_DIFFERENCES,
    OTHER_SIGN,
    equilibrium,
    line,
)
from cqed_battery.operators import ComplexArray, FloatArray

_BEST = np.linspace(0.5, 20.0, 40)
_MAP = {"potential_difference": MAP_DIFFERENCES[::2], "detuning": MAP_DETUNINGS[::4]}


_CHARGED: NamedChanges = {
    "equilibrium, mu = 0": {},
    "mean potential 0, mu_1 - mu_2 = 4": {"potential_difference": 4.0},
    "mean potential 0, mu_2 - mu_1 = 4": {"potential_difference": 4.0, **OTHER_SIGN},
    "mean potential -6": {"mean_potential": -6.0},
}


@CLAIMS.claim(34, "Sec. V", "6b")
@under(
    {
        f"{words}, {when}": (Wang().replace(changes), best)
        for words, changes in _CHARGED.items()
        for when, best in (("at the time of most power", True), ("at tau = 20", False))
    },
    Rule("share of the battery's energy that came through the coupling", "> 0.9"),
    "On resonance from the empty state. The rest is the battery's own reservoir's and, as the"
    " Redfield terms act on dressed states, the charger's; above 1 the reservoirs took energy.",
)
def energy_is_the_charger_s(case: tuple[Wang, bool]) -> float:
    """E(tau) is the energy that the charger transfers to the battery.

    Integrate the battery's gain through the coupling and from either reservoir.
    """
    model, best = case
    time = 20.0
    if best:
        power = model.simulate(_BEST).power
        time = float(power.time[int(power.values.argmax())])
    sources = energy_by_source(model, time)
    return float(sources[0] / sources.sum())


def _levels(**setting: float) -> FloatArray:
    model = Wang().replace(setting)
    half = model.detuning / 2
    parts = (np.array(half), np.array(-half)), np.array(model.coupling), np.array(model.drive)
    return np.asarray(np.linalg.eigvalsh(hamiltonian(*parts)), dtype=np.float64)


@CLAIMS.claim(35, "Sec. I, II", "5lindblad")
@under(
    {
        f"{words}, Delta = {detuning:g}": (without, detuning)
        for words, without in (("the drive", {"drive": 0.0}), ("the coupling", {"coupling": 0.0}))
        for detuning in (0.0, 3.0, 10.0)
    },
    Rule("largest shift of a level of H_s", "> 0.1 lambda", unit="lambda"),
    "F = 0.5 lambda. Far off resonance the coupling's shift falls as lambda^2/Delta.",
)
def spectrum_is_altered(case: tuple[dict[str, float], float]) -> float:
    """Driving and coupling significantly alter the energy spectrum of charger and battery.

    Compare the levels of H_s with and without drive or coupling.
    """
    without, detuning = case
    both, one = _levels(detuning=detuning), _levels(detuning=detuning, **without)
    return float(np.abs(both - one).max())


@CLAIMS.claim(36, "Sec. III", "2a")
@under(
    {
        f"Delta mu = {4 * (index - 1)}, {words}": (index, within)
        for index in range(3)
        for words, within in (("|Delta| <= 5", 5.0), ("|Delta| <= 10", 10.0))
    },
    Rule("largest purity of the steady state", "< 0.95"),
)
def generally_mixed(case: tuple[int, float]) -> float:
    """The steady state is generally mixed.

    Compute the purity of the steady states of Fig. 2a.
    """
    index, within = case
    states = _states(line(within=within), index)
    return float(np.einsum("dij,dji->d", states, states).real.max())


def _states(found: xr.Dataset, index: int) -> ComplexArray:
    """Return the states over the detuning, (N, 4, 4)."""
    parts = found.state[index].transpose("part", "detuning", ...).values
    return np.asarray(parts[0] + 1j * parts[1])


@CLAIMS.claim(37, "Sec. II A, after Eq. 10", "T")
@under(
    {
        f"J({frequency:g} lambda) over {words}": (frequency, scale)
        for frequency in (1.0, 5.0)
        for words, scale in (("its frequency", frequency), ("T = 1", 1.0), ("T = 0.2", 0.2))
    },
    Rule("rate over it", "< 0.1"),
    "J of Eq. 28, which is largest at its cutoff of 5 lambda. T = 0.2 is the coldest of Fig. 3a"
    " here; the memory of a bath at T lasts 1/T.",
)
def weak_to_reservoirs(case: tuple[float, float]) -> float:
    """The system couples weakly to the reservoirs.

    Compare the rates with frequencies and with the memory of the bath.
    """
    frequency, scale = case
    model = Wang()
    given = (model.charger_damping, model.mean_potential, model.temperature, model.cutoff_frequency)
    reservoir = Reservoir(*(np.array(value) for value in given))
    return float(reservoir.density(np.array([[frequency]]))[0, 0] / scale)


_POTENTIALS = np.linspace(-10.0, 10.0, 401)


def _stillest(temperature: float) -> float:
    """Return the potential at which the net flow of both reservoirs is smallest."""
    flows = particle_flows(Wang(temperature=temperature), {"mean_potential": _POTENTIALS})
    return float(_POTENTIALS[np.abs(flows.sum(axis=0)).argmin()])


@CLAIMS.claim(38, "Sec. IV, Fig. 3a", "3a")
@under(
    {
        f"{words}, T = {temperature:g}": (part, temperature)
        for words, part in (("charger's reservoir", 0), ("battery's", 1), ("both", 2))
        for temperature in (0.2, 1.0)
    },
    Rule("size of the flow of particles at the dip over the largest", "< 0.1"),
    lambda: (
        "Net flow in the steady state on resonance, over |mu| <= 10 lambda. At T = 1 the flow of"
        f" both is smallest at mu = {_stillest(1.0):.2f} lambda, the dip lies at"
        f" {_dip(1.0, 0.5):.2f}."
    ),
)
def no_exchange_at_the_dip(case: tuple[int, float]) -> float:
    """The efficiency dips where the reservoirs cannot exchange particles with the system.

    Compare the net flow of particles at the dip with that elsewhere.
    """
    part, temperature = case
    model = Wang(temperature=temperature)
    each = particle_flows(model, {"mean_potential": _POTENTIALS})
    flow = np.abs(each.sum(axis=0) if part == 2 else each[part])
    potentials, efficiencies = equilibrium(temperature)
    dip = potentials[efficiencies.argmin()]
    return float(np.interp(dip, _POTENTIALS, flow) / flow.max())


@CLAIMS.claim(39, "Sec. IV, Fig. 3a", "3a --set drive=0.05")
@under(
    {f"T = {temperature:g}": temperature for temperature in (0.2, 0.5, 1.0, 2.0)},
    Rule("size of the dip's potential at F = 0.05 over that at F = 0.5", "< 0.5"),
    lambda: (
        "A weak drive does move the dip, but not to 0: it lies at "
        f"{_dip(0.2, 0.05):.2f}, {_dip(1.0, 0.05):.2f} and {_dip(2.0, 0.05):.2f} lambda for"
        f" T = 0.2, 1 and 2, where the text's drive has {_dip(0.2, 0.5):.2f},"
        f" {_dip(1.0, 0.5):.2f} and {_dip(2.0, 0.5):.2f}."
    ),
)
def drive_shifts_the_dip(temperature: float) -> float:
    """That the dip is beside 0 comes from the drive.

    Compare the dip's place under a weak drive with that under the text's.
    """
    return abs(_dip(temperature, 0.05) / _dip(temperature, 0.5))


def _dip(temperature: float, drive: float) -> float:
    """Return the potential of the smallest efficiency at a drive."""
    potentials, efficiencies = equilibrium(temperature, drive=drive)
    return float(potentials[efficiencies.argmin()])


@CLAIMS.claim(40, "Sec. IV, the compensation", "4d")
@under(
    {
        f"mean potential {mean:g}, {words}": (mean, sign, part)
        for mean, sign in ((-6.0, -1), (6.0, 1))
        for words, part in (("both reservoirs", 2), ("charger's", 0), ("battery's", 1))
    },
    Rule("share of the map in which particles flow as said", "> 0.9"),
    "Net flow in the steady state: out of the system at a negative mean potential, into it at a"
    " positive one.",
)
def negative_releases(case: tuple[float, int, int]) -> float:
    """At a negative mean potential the system releases particles, at a positive one it takes them.

    Count the points of the map at which the net flow has the named sign.
    """
    mean, sign, part = case
    each = particle_flows(Wang(mean_potential=mean), _MAP)
    flow = each.sum(axis=0) if part == 2 else each[part]
    return float(np.mean(sign * flow > 0))


@CLAIMS.claim(41, "Sec. IV, Fig. 4a, 4b", "4a")
@under(
    {
        f"mean potential {mean:g}, |Delta mu| <= {within:g}": (mean, within)
        for mean in (0.0, 3.0)
        for within in (2.0, 10.0)
    },
    Rule("share of the map in which both flows have one sign", "> 0.05 and < 0.95"),
)
def flows_align_or_oppose(case: tuple[float, float]) -> float:
    """At small mean potentials the flows of charger and battery can align or oppose.

    Count the points of the map at which both reservoirs release or both absorb.
    """
    mean, within = case
    near = MAP_DIFFERENCES[np.abs(MAP_DIFFERENCES) <= within]
    first, second = particle_flows(
        Wang(mean_potential=mean), {**_MAP, "potential_difference": near}
    )
    return float(np.mean(first * second > 0))


@CLAIMS.claim(42, "Sec. II A, end", "5lindblad")
def coherence_of_eigenstates() -> Finding:
    """Non-secular terms give coherence of eigenstates in the steady state, none in equilibrium.

    Compute the elements between eigenstates at the parameters of Fig. 2a.
    """
    what = "largest coherence of two eigenstates of H, |Delta| <= 10,"
    redfield, secular = (_coherences(EQUATIONS[name]) for name in ("Redfield", "secular"))
    return judged(
        (
            Rule(what, "> 0.01"),
            {"Delta mu = -4, Redfield": redfield[0], "Delta mu = 4, Redfield": redfield[2]},
        ),
        (Rule(what, "< 0.01"), {"Delta mu = 0, Redfield": redfield[1]}),
        (Rule(what, "< 1e-06"), {"any Delta mu, secular": max(secular)}),
        remark="Said of earlier works. Here the drive keeps the system from equilibrium at equal"
        " reservoirs, too.",
    )


def _coherences(changes: Changes) -> list[float]:
    """Return the largest coherence for each Delta mu of Fig. 2a."""
    half = DETUNINGS / 2
    matrix = hamiltonian((half, -half), np.ones_like(half), np.full_like(half, Wang().drive))
    _, vectors = np.linalg.eigh(matrix)
    turned = (
        np.swapaxes(vectors.conj(), -1, -2) @ _states(line(**changes), index) @ vectors
        for index in range(3)
    )
    return [float(np.abs(one * (1 - np.eye(4))).max()) for one in turned]
