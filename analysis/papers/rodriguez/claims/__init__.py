"""What the paper of Rodriguez and others claims, a file a subject."""
