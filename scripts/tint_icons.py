"""Writes the icons that the style sheet shows from files, tinted for each palette: run after changing a colour."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ui.icons import TINTED, tinted_path, tinted_svg
from ui.theme import PALETTES


def main() -> None:
    """Write `resources/icons/<theme>/<icon>.svg` for every palette and every tinted icon."""
    for theme_name, colours in PALETTES.items():
        for name in TINTED:
            file = Path(tinted_path(name, theme_name))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(tinted_svg(name, colours), encoding="utf-8")
            print(file)


if __name__ == "__main__":
    main()
