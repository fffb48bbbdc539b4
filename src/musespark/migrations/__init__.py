"""Numbered SQL migrations, applied once and in order."""
