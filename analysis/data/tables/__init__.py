"""Rows of counts: columns, long and wide tables, a grid laid out as rows."""
