"""The till's window: presenters without Qt, views, widgets and texts."""
