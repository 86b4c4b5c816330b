"""Exact derivatives of an evolution: forward by parameters, backward by every held control."""
