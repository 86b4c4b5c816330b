"""What the paper of Zhao claims in its two versions, a file a subject."""
