"""Several runs of one device, days or cooldowns apart, analysed together."""
