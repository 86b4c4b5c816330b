"""Parameter maps: many experiments on many workers, resumable."""

from protocols.sweep.run import run_sweep

__all__ = ["run_sweep"]
