"""Statements that a bank gives out as files: read strictly, whatever stands in them, before anything is booked."""
