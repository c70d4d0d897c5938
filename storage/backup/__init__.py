"""Backup and restore: the whole database and every file in one archive that can prove it is whole."""
