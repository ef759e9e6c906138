"""The keyboard map of UX 1.6 as data: the help overlay, tool tips and shortcuts read it; without Qt."""

from typing import Final

KEY_MAP: Final = (
    (
        "help.group.charge",
        (
            ("0 – 9", "help.digits"),
            ("+", "help.plus"),
            ("Del", "help.clear"),
            ("Enter · F9", "help.charge"),
            ("Esc", "help.cancel"),
            ("Alt+1 … 4", "help.method"),
            ("F6", "help.split"),
            ("F7", "help.drawer"),
            ("F8", "help.print"),
            ("F4", "help.customer"),
        ),
    ),
    (
        "help.group.go",
        (
            ("F1", "help.help"),
            ("F2", "help.new"),
            ("F3 · Ctrl+F", "help.find"),
            ("F5", "help.sync"),
            ("F10", "help.close_day"),
            ("F11", "help.full_screen"),
            ("F12", "help.display"),
            ("Ctrl+L", "help.lock"),
            ("Ctrl+1 … 9", "help.screens"),
            ("Ctrl+Z", "help.undo"),
        ),
    ),
    (
        "help.group.table",
        (
            ("↑ ↓", "help.rows"),
            ("Enter", "help.open"),
            ("Space", "help.select"),
            ("Ctrl+C", "help.copy_rows"),
        ),
    ),
)
"""Groups of (key caps, text key); a screen shows the rows whose keys it answers."""
