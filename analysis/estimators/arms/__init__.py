"""All quantities of one arm, of its ends where each time has a pulse, and of its whole ladder."""
