"""What a laboratory can set and wants: the box of a search."""
