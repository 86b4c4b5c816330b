"""A Qiskit backend over the emulated device."""

from protocols.backend.cqed_backend import CqedBackend

__all__ = ["CqedBackend"]
