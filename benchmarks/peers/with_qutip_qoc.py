"""qutip-qoc's GRAPE on an open system; runs in an environment of its own, as it needs numpy 1.26.

Reads a problem as JSON from stdin and writes pulse and time to stdout; imports nothing of this
package.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402 (qutip warns when it is imported)
import qutip  # noqa: E402
from qutip_qoc import Objective, optimize_pulses  # noqa: E402


def main() -> None:
    """Solve the problem as often as it says, and keep the fastest."""
    problem = json.load(sys.stdin)
    found = [solved(problem) for _ in range(problem["rounds"])]
    best = min(found, key=lambda one: one["seconds"])
    versions = {name: version(name) for name in ("numpy", "qutip", "qutip-qoc")}
    print(json.dumps({**best, "versions": versions}))


def solved(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the pulse (rad/ns) that GRAPE finds from a flat one, and the seconds it took."""
    lower = qutip.destroy(problem["levels"])
    raised = lower.dag()
    static = problem["anharmonicity"] / 2 * raised * raised * lower * lower
    jumps = [
        np.sqrt(problem["decay"]) * lower,
        np.sqrt(2 * problem["dephasing"]) * raised * lower,
    ]
    drift = qutip.liouvillian(static, jumps)
    drives = [
        qutip.liouvillian((raised + lower) / 2),
        qutip.liouvillian(1j * (raised - lower) / 2),
    ]
    count, most = problem["samples"], problem["amplitude"]
    flat, small = np.full(count, problem["start"]), np.full(count, 1e-3 * problem["start"])
    states = [qutip.operator_to_vector(qutip.fock_dm(problem["levels"], n)) for n in (0, 1)]
    begun = time.perf_counter()
    result = optimize_pulses(
        objectives=Objective(
            initial=states[0],
            H=[drift, [drives[0], flat], [drives[1], small]],
            target=states[1],
        ),
        control_parameters={
            "i": {"guess": flat, "bounds": [-most, most]},
            "q": {"guess": small, "bounds": [-most, most]},
        },
        tlist=np.linspace(0.0, problem["duration"], count),  # its slots are as many as its times
        algorithm_kwargs={
            "alg": "GRAPE",
            "fid_type": "TRACEDIFF",
            "fid_err_targ": 1e-12,
            "max_iter": 1000,
            "max_wall_time": problem["limit_s"],
            **problem["options"],
        },
    )
    seconds = time.perf_counter() - begun
    pulse = [np.ravel(part).tolist() for part in result.optimized_params]
    return {"seconds": seconds, "i": pulse[0], "q": pulse[1]}


if __name__ == "__main__":
    main()
