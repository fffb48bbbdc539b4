"""Importers: other systems' exports → activities; a file each."""
