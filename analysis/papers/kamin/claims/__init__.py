"""What the paper of Kamin and others claims, a file a subject."""
