"""Laboratory counts in and out: tables, netCDF with any names, mapping files."""
