"""Functions of ``libdevice`` that are written in Triton, by subject."""
