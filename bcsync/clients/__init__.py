"""The two vendors' APIs: one transport, two concrete clients, and errors that say who acts. Knows no Django and no models."""

VERSION = "0.1.0"
