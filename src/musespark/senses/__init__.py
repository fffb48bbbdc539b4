"""Senses: bytes to what a model can read, and observations with their place; a file each"""
