"""The setup pages: rows, country/region codes, the whole set-up as a document, and who changed what."""
