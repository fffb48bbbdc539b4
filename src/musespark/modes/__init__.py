"""Strategies inside the one loop: how a question is worked on."""
