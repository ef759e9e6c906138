"""The checks of the books, one idea to a file; `storage.verify` runs them."""
