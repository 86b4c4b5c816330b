"""How the box is searched: where it starts, how it is sampled, climbs and bounds."""
