"""What an experiment file predicts: states, probabilities, their derivatives, and the truth."""
