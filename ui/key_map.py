"""The keys of the till as data, for the help overlay; without Qt."""

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
            ("Alt+1 … 9", "help.method"),
            ("F4", "help.customer"),
            ("F6", "help.split"),
        ),
    ),
    (
        "help.group.go",
        (
            ("F1", "help.help"),
            ("F2", "help.new"),
            ("F3 · Ctrl+F", "help.find"),
            ("F5", "help.sync"),
            ("F11", "help.full_screen"),
            ("Ctrl+U", "help.customers"),
            ("Ctrl+L", "help.lock"),
            ("Ctrl+1 … 9", "help.screens"),
        ),
    ),
    (
        "help.group.table",
        (
            ("↑ ↓", "help.rows"),
            ("Home · End", "help.ends"),
            ("← →", "help.sideways"),
            ("Enter", "help.open"),
            ("Esc", "help.close_part"),
            ("Ctrl+C", "help.copy_rows"),
            ("Ctrl+N", "help.new_entry"),
            ("Insert", "help.add_below"),
        ),
    ),
)
"""Groups of (key caps, text key): every key that a screen of this till answers, and no other."""
