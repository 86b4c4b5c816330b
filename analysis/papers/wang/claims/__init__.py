"""What the paper of Wang and others claims, a file a subject."""
