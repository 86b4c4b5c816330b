"""What is done to the device: reset, charging, tomography, readout, and the counts that result.

The whole run is ``protocols.emulate.emulate``; it keeps the name of its module, so it is
imported from there.
"""

__all__: list[str] = []
