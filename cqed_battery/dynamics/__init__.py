"""The equations of motion: generator, evolution, waveforms, recorded observables, sensitivities."""
