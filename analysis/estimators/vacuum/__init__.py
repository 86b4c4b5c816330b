"""The resonator's vacuum fidelity, photon distribution, and the sum rule's bound."""
