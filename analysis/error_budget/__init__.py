"""What each fault of the laboratory does to the results, switched off in turn."""
