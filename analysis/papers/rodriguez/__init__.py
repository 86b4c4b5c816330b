"""The paper of Rodriguez et al.: model, figures and claims."""
