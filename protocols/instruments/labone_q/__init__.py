"""Programmes for instruments of Zurich Instruments by LabOne Q: the one folder that imports it.

A programme is one experiment: its settings are sections of one real-time loop over shots, each
outcome told by the instrument. What the reset measures is fed back by a match of two branches.
"""

from protocols.instruments.labone_q.session import LabOneQ

__all__ = ["LabOneQ"]
