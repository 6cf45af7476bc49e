"""Sections that every pipeline can show that trains models and scores them."""
