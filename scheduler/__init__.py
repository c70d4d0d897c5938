"""Sweeps over due promises, the recurring duties and the clock that wakes them."""
