"""The paper of Wang et al.: model, figures and claims."""
