"""Template tags that draw customers beside a store's set-up."""
