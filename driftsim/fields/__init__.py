"""The public path of the catalogue of products."""
