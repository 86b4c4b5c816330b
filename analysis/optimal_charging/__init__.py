"""The best charging pulse under a laboratory's limits, by exact gradients."""
