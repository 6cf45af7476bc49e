"""gbench: one protocol and one table for every family of generative models."""

__version__ = "0.1.0"
