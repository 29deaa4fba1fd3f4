"""Vector code for elementary functions: exp, log, sin and the like."""
