"""A laboratory's counts in and out: tables, netCDF with any names, mapping files, checks."""
