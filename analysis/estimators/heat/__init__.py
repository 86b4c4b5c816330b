"""Power, the heat current, and its integral S over time."""
