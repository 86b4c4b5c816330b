"""The theory that the experiment tests: the models of the seed papers on one common engine.

Z1 and Z2 (Zhao 2025, 2026), R (Rodriguez et al. 2023), K (Kamin et al.) and W (Wang et al.).
Every model is a frozen object whose fields default to the paper's parameters, in the paper's
own units, and whose `simulate` returns a dataset with named dimensions.
"""
