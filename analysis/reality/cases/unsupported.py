"""R8: resets and a charging whose published parameters do not fill an experiment file."""

from analysis.reality.case import Case, Measured, Numbers, Published
from cqed_battery.experiment import Experiment
from protocols.prediction.ladder import ENERGY
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth
from protocols.reset import reset_of

_MAGNARD = "P. Magnard et al., arXiv 1801.07689"
_GEERLINGS = "K. Geerlings et al., arXiv 1211.0491"
_RISTE = "D. Riste et al., arXiv 1204.2479"
_HU = "C.-K. Hu et al., arXiv 2108.04298"

_F0G1, _DDROP = "excitation left by an f0-g1 reset", "level 0 after a driven reset, at least"
_SELECTED, _STIRAP = "level 0 after post-selection", "energy of a charged qutrit"

# Strong tones on a resonator that loses a photon in 18 ns: what 500 ns can do.
_TONES = {
    "reset.kind": "f0-g1",
    "resonator.linewidth_MHz": 9.0,
    "reset.f0g1_MHz": 5.0,
    "reset.upper_rabi_MHz": 7.0,
    "reset.drive_us": 0.5,
    "reset.resonator_wait_ns": 0.0,
}
# 3.5 linewidths of shift by a photon.
_DRIVES = {
    "reset.kind": "ddrop",
    "coupler.kind": "fixed",
    "coupler.g_on_MHz": 60.0,
    "coupler.idle_detuning_MHz": -600.0,
    "control.kind": "none",
    "reset.ddrop_photons": 6.0,
    "reset.ddrop_rabi_MHz": 1.0,
    "reset.drive_us": 3.0,
    "reset.resonator_wait_ns": 0.0,
}
_SELECTION = {"reset.kind": "post-selected", "transmon.residual_excitation": 0.047}
_TWO_TONES = {
    "transmon.levels": 4,
    "coupler.g_on_MHz": 0.0,
    "coupler.g_off_MHz": 0.0,
    "control.kind": "none",
    "charging.shape": "gaussian",
    "charging.length_ns": 160.0,
    "charging.times_ns": (240.0,),
    "drive.rabi_rate_MHz": 30.0,
    "drive.second_ratio": 0.7,
    "drive.second_offset_MHz": -250.0,
    "drive.second_delay_ns": -70.0,
    "drive.clock_GHz": 1.0,
}


def _emulate(experiment: Experiment) -> Numbers:
    def left(changes: dict[str, object]) -> list[float]:
        """Return the populations that a reset leaves, in per cent, (3,)."""
        changed = experiment.replace({"vacuum.method": "none", **changes})
        return [100 * float(part) for part in reset_of(changed).levels(changed)]

    charged = predict(experiment.replace({"vacuum.method": "none", **_TWO_TONES}))
    energy = arm_truth(charged.experiment, charged, "catalysed")[ENERGY]
    return {
        _F0G1: left(_TONES)[1],
        _DDROP: left(_DRIVES)[0],
        _SELECTED: left(_SELECTION)[0],
        _STIRAP: float(energy[-1]),
    }


CASE = Case(
    key="R8",
    title="Resets by drives and by selection, and charging by two tones",
    source="; ".join((_MAGNARD, _GEERLINGS, _RISTE, _HU)),
    parameters=(
        Published(name="reset by f0-g1", value="in less than 500 ns", source=_MAGNARD),
        Published(name="reset by driving (DDROP)", value="in 3 us", source=_GEERLINGS),
        Published(name="post-selection", value="from 4.7 % residual excitation", source=_RISTE),
        Published(name="charging of a qutrit by two tones", value="STIRAP", source=_HU),
    ),
    keys={},
    measured=(
        Measured(quantity=_F0G1, value=0.2, tolerance=0.1, unit="%", better="lower", digits=2),
        Measured(quantity=_DDROP, value=99.5, tolerance=0.5, unit="%", better="higher", digits=1),
        Measured(
            quantity=_SELECTED, value=98.8, tolerance=0.5, unit="%", better="higher", digits=1
        ),
        Measured(quantity=_STIRAP, value=None),
    ),
    emulate=_emulate,
    free=(
        "the couplings of the f0-g1 reset and its resonator's linewidth of 9 MHz, T1: chosen",
        "shift, linewidth, drives and T1 of DDROP: chosen",
        "errors of the first measurement, and what follows it: those of a new file",
        "all of the charging by two tones: those of examples/stirap.toml",
    ),
    remark="The abstracts state what was reached, not the device: so this shows what the dynamics"
    " of each can reach, no more. The effective model of f0-g1 knows no light shifts and no"
    " heating by the tones, which a laboratory has. The last has no number here: nothing was read"
    " off its figures. Cooling through a driven cavity is R14.",
)
