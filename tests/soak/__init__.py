"""What `make soak` runs for hours, and the page that it writes from what it measured."""
