"""The devices of a study: off their file as a laboratory's are, and of many kinds."""
