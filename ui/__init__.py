"""The till's window: presenters without Qt, views, widgets and texts."""

from ui.none_guard import keep_none_alive

keep_none_alive()
