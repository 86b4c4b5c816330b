"""The work of the flux line: what it takes to move the transmon from where it charges to idle."""

import numpy as np

from cqed_battery.dynamics.evolution import Liouvillian, backward
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.dynamics.waveforms import Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, lowering, on_transmon
from protocols.stages.bias import charging_bias, closing_waveform, idle_bias, transmon_frequency


def flux_work_effect(experiment: Experiment, liouvillian: Liouvillian, arm: str) -> FloatArray:
    """Return the operator of the work of the flux pulse after charging, a real vector (D^2,).

    Its inner product with the state at the end of charging is the integral of
    (dw_q/dt) (<b'b> - 1/2), in quanta of the transmon's frequency while it charges; 0 where the
    transmon stays. For two levels that is (dw_q/dt) z/2. The samples of the pulse are held, so the
    work is done where they jump.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion.
        arm: "catalysed" or "control".
    """
    terms = liouvillian.generator
    b = lowering(terms.levels)
    quanta = (b.conj().T @ b).toarray() - 0.5 * np.eye(terms.levels)
    energy = to_real(on_transmon(quanta.astype(complex), terms.fock_levels).toarray())
    segments = closing_waveform(experiment, arm).segments
    held = [charging_bias(experiment, arm), *(part.controls for part in segments)]
    moves = np.diff([each.transmon for each in (*held, idle_bias(experiment, arm))])
    if not moves.any():
        return np.zeros_like(energy)
    effect = moves[-1] * energy
    for segment, move in zip(reversed(segments), moves[-2::-1], strict=True):
        effect = backward(liouvillian, effect, Waveform((segment,))) + move * energy
    return np.asarray(effect / transmon_frequency(experiment, arm))
