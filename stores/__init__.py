"""Stores and their Business Central companies: connection, people and roles."""
