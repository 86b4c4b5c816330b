"""What the models of the papers (`analysis.papers`) are built on: equations and their solution.

Nothing here knows a paper's parameters. A model is a `paper_model.PaperModel`: a frozen object
whose fields default to the paper's parameters, in the paper's own units, and whose `simulate`
returns a dataset with named dimensions.
"""
