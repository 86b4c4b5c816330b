"""The paper of Zhao in its two versions: model, figures and claims."""
