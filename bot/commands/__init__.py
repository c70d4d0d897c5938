"""The commands of `huiyin`, one module for each kind; bot/cli.py names them."""
