"""R14: a transmon that its driven cavity cools along an axis of the Bloch sphere."""

from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.models.steady_beat import steady_beat
from cqed_battery.experiment import Experiment

_SOURCE = "K. W. Murch et al., arXiv 1207.0053 (2012)"
_PURITY, _TIME = "purity of the steady state, 1 photon", "time constant of the cooling, 1 photon"


def _emulate(experiment: Experiment) -> Numbers:
    """Return purity of the transmon's steady state, and the cooling's time constant in us."""
    found = steady_beat(experiment)
    return {_PURITY: found.purity, _TIME: found.time_constant_us}


def _remembered(name: str, value: str) -> Published:
    return Published(name=name, value=value, source=_SOURCE, from_memory=True)


CASE = Case(
    key="R14",
    title="Cooling along an axis through a driven cavity",
    source=_SOURCE,
    parameters=(
        _remembered("f01", "5.0258 GHz"),
        _remembered("cavity", "6.826 GHz"),
        _remembered("chi", "-0.66 MHz"),
        _remembered("linewidth", "4.3 MHz"),
        _remembered("T1", "10 us"),
        _remembered("T2", "10.6 us"),
        _remembered("Rabi frequency", "9 MHz, on the shifted transmon"),
        _remembered("cavity's drive", "a Rabi frequency below the cavity"),
    ),
    keys={
        # bare, so that both together have the published f01, cavity and chi
        "transmon.frequency_GHz": 5.03242,
        "transmon.anharmonicity_GHz": -0.2,
        "transmon.levels": 3,
        # the cavity's losses alone leave level 1 a T1 of 10.1 us
        "transmon.t1_us": 1000.0,
        # 1/T2 - 1/(2 T1) of the published times
        "transmon.dephasing_rate_MHz": 0.00706,
        "transmon.residual_excitation": 0.0,
        "resonator.frequency_GHz": 6.82004,
        "resonator.linewidth_MHz": 4.3,
        "resonator.fock_levels": 9,
        "coupler.kind": "fixed",
        "coupler.idle_detuning_MHz": 0.0,
        "coupler.g_on_MHz": 109.0,
        "control.kind": "none",
        "vacuum.method": "none",
        # both tones enter through the cavity; f01 + 2 chi n with one photon
        "drive.target": "resonator",
        "drive.frequency_GHz": 5.02448,
        # 9 MHz (cavity less tone) / g
        "drive.rabi_rate_MHz": 148.25,
        # 2 |9 MHz + i kappa/2| over that: one photon
        "drive.second_ratio": 0.12484,
        "drive.second_offset_MHz": 1792.52,
        "drive.rise_ns": 0.0,
    },
    free=(
        "the photons, over which the paper goes: 1",
        "the anharmonicity, which is needed for g from chi: -200 MHz",
        "the excitation in equilibrium: 0",
    ),
    beyond=(
        "the steady state under both tones, from the exact map over one beat of theirs: charging"
        " would take tens of thousands of samples to reach it",
    ),
    measured=(
        Measured(quantity=_PURITY, value=None, better="higher"),
        Measured(quantity=_TIME, value=None, unit="us", better="lower", digits=2),
    ),
    emulate=_emulate,
    remark="The paper's own numbers were not to be had: its abstract, which was read, states none."
    " The parameters are those of a public calculation of the same experiment, not of the paper"
    " itself. The state relaxes by itself to a superposition along the Rabi drive's axis,"
    " as the abstract says; that it gains purity over a warm equilibrium is not tried, as the"
    " excitation there is not known. The cavity's two rates, 4 chi^2 n / kappa and kappa chi^2 n /"
    " ((2 Rabi rate)^2 + (kappa/2)^2), beside 1/T2 give 0.940 and 0.37 us; the emulated numbers"
    " tend to that law with fewer photons. Level 1 loses its energy through the cavity alone:"
    " kappa (g/Delta)^2 is 1/(10.1 us) already.",
)
