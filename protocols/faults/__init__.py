"""What is wrong in the laboratory: faults as they are simulated, and the causes of error."""
