"""The two vendors' APIs: one transport, two concrete clients, errors that say who acts. Knows no Django, no models."""

VERSION = "0.1.0"
