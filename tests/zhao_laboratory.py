"""An engine for Zhao's model that shares nothing with it: the laboratory frame, plain matrices."""

import numpy as np
from scipy.integrate import solve_ivp


class Laboratory:
    """The same model in the laboratory frame with plain matrices: the oscillator runs slowest."""

    def __init__(self, model, levels=9, tolerance=1e-9):
        a = np.kron(np.diag(np.sqrt(np.arange(1.0, levels)), 1), np.eye(2))
        minus = np.kron(np.eye(levels), [[0, 0], [1, 0]])  # basis: upper, lower
        plus, n = minus.T, a.T @ a
        self.model, self.levels, self.n = model, levels, n
        self.tolerance = tolerance
        self.sx, self.sz = plus + minus, plus @ minus - minus @ plus
        g = model.g if model.catalyst else 0.0
        self.qb, self.int = model.omega_a / 2 * self.sz, g * (plus @ a + minus @ a.T)
        self.a = a
        upper = model.start == "upper"
        self.start = np.zeros((2 * levels, 2 * levels), complex)
        self.start[0 if upper else 1, 0 if upper else 1] = 1.0

    def drive(self, t):
        return self.model.Omega * np.sin(self.model.omega_d * t) * self.sx

    def drive_slope(self, t):
        return self.model.Omega * self.model.omega_d * np.cos(self.model.omega_d * t) * self.sx

    def rate(self, t, rho):
        h = self.qb + self.int + self.model.omega_c * self.n + self.drive(t)
        return -1j * (h @ rho - rho @ h) + self.dissipator(rho)

    def dissipator(self, rho):
        m = self.model
        found = m.kappa * (self.a @ rho @ self.a.T - (self.n @ rho + rho @ self.n) / 2)
        flipped = self.sz @ rho @ self.sz
        if m.dephasing == "coherence":
            return found + m.gamma_D / 2 * (flipped - rho)
        if m.dephasing == "sigma_z":
            return found + m.gamma_D * (flipped - rho)
        return found + m.gamma_D / 2 * (2 * flipped - rho)

    def states(self, times):
        shape = self.start.shape
        found = solve_ivp(
            lambda t, v: self.rate(t, v.reshape(shape)).ravel(),
            (0, times[-1]),
            self.start.ravel(),
            t_eval=times,
            method="DOP853",
            rtol=self.tolerance,
            atol=self.tolerance / 100,
        )
        return found.y.T.reshape(-1, *shape)

    def values(self, times):
        rows = []
        for t, rho in zip(times, self.states(times), strict=True):
            rate, lost = self.rate(t, rho), self.dissipator(rho)
            h_0 = self.qb + self.int + self.drive(t)
            rows.append(
                {
                    "energy": np.trace(rho @ self.qb),
                    "J_energy_rate": np.trace(rate @ self.qb),
                    "J_reduced": np.trace(rate @ (self.qb + self.drive(t))),
                    "J_composite": np.trace(rate @ h_0),
                    "J_laboratory": np.trace(rate @ self.qb) - np.trace(rho @ self.drive_slope(t)),
                    "dissipated_reduced": np.trace(lost @ (self.qb + self.drive(t))),
                    "dissipated_composite": np.trace(lost @ h_0),
                    "power": np.trace(rho @ self.drive_slope(t)),
                    "photon_number": np.trace(rho @ self.n),
                    "vacuum_fidelity": np.trace(rho[:2, :2]),
                    "trace": np.trace(rho),
                    "ergotropy": self.ergotropy(rho),
                }
            )
        return {name: np.array([row[name].real for row in rows]) for name in rows[0]}

    def ergotropy(self, rho):
        qubit = np.einsum("iaib->ab", rho.reshape(self.levels, 2, self.levels, 2))
        energies = self.model.omega_a / 2 * np.array([1.0, -1.0])
        passive = np.linalg.eigvalsh(qubit) @ energies  # the smallest population goes up
        return np.diagonal(qubit) @ energies - passive
