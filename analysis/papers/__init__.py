"""The seed papers, one folder each: model, figures and claims."""
