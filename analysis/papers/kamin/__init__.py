"""The paper of Kamin et al.: model, figures and claims."""
