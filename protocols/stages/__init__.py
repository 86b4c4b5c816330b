"""The stages of a repetition: bias, charging, extraction, and tomography with its operators."""
