"""The accountant's reports: pure functions that read the books and return tables of figures."""
