"""What is kept on disk: datasets, foreign netCDF, TOML, and exchange with other packages."""
