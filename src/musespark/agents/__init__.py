"""Agents: instructions and names of tools, a file each."""
