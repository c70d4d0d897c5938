"""The written procedures as pure rules: no input or output, no clock, no framework."""
