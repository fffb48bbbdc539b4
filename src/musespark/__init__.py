"""An open, self-hosted intelligence layer for social products."""

__version__ = "0.1.0"
