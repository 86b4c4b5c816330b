"""What the cases of ibmq_armonk share: the machine, its curves and their fits."""
