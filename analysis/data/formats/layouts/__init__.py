"""Layouts of HDF5 that are not netCDF's, one file each: `recognises` and `read`."""
