"""The one style sheet of the till, written from the design tokens."""

from ui.icons import tinted_path
from ui.theme import FAMILY, TARGET, FontSize, Radius, Theme


def style_sheet(theme: Theme) -> str:
    """Return the whole style sheet for `theme`."""
    return "\n".join(
        (
            _ground(theme),
            _labels(theme),
            _buttons(theme),
            _fields(theme),
            _marks(theme),
            _tables(theme),
            _tabs(theme),
            _small_parts(theme),
        )
    )


def _ground(theme: Theme) -> str:
    c = theme.colours
    return f"""
* {{ outline: none; font-family: "{FAMILY}"; }}
QMainWindow, QDialog, QWidget#screen {{ background: {c.window}; color: {c.ink}; }}
QFrame#card {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {Radius.LARGE}px; }}
QFrame#bar {{ background: {c.card}; border: none; border-bottom: 1px solid {c.line}; }}
QFrame#rule {{ background: {c.line}; border: none; max-height: 1px; min-height: 1px; }}
QScrollArea, QScrollArea > QWidget > QWidget#content {{ background: transparent; border: none; }}
"""


def _labels(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    return f"""
QLabel {{ background: transparent; color: {c.ink}; }}
QLabel[role="muted"] {{ color: {c.muted}; }}
QLabel[role="small"] {{ color: {c.muted}; font-size: {px(FontSize.SMALL)}px; }}
QLabel[role="section"] {{ font-weight: 600; font-size: {px(FontSize.BODY)}px; }}
QLabel[role="title"] {{ font-weight: 600; font-size: {px(FontSize.TITLE)}px; }}
QLabel[role="heading"] {{ font-weight: 700; font-size: {px(FontSize.HEADING)}px; }}
QLabel[role="display"] {{ font-weight: 700; font-size: {px(FontSize.DISPLAY)}px; }}
QLabel[role="error"] {{ color: {c.err}; }}
QLabel[tone="ok"] {{ color: {c.ok}; }}
QLabel[tone="warn"] {{ color: {c.warn}; }}
QLabel[tone="err"] {{ color: {c.err}; }}
QLabel[tone="info"] {{ color: {c.info}; }}
QLabel[role="toast"] {{ color: {c.card}; font-weight: 600; }}
QLabel[role="key"] {{
  background: {c.sunken}; border: 1px solid {c.line}; border-radius: 6px; padding: 2px 8px;
  font-weight: 600; font-size: {px(FontSize.SMALL)}px;
}}
"""


def _buttons(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    radius = Radius.fitted(Radius.MEDIUM, TARGET)
    big = px(FontSize.LARGE)
    return f"""
QPushButton {{
  background: {c.sunken}; color: {c.ink}; border: 1px solid {c.line}; border-radius: {radius:.0f}px;
  min-height: {TARGET - 2}px; padding: 0 18px; font-weight: 600; font-size: {px(FontSize.BODY)}px;
}}
QPushButton:hover {{ background: {c.hover}; }}
QPushButton:pressed {{ background: {c.pressed}; }}
QPushButton:checked {{ background: {c.primary_soft}; color: {c.primary}; border: 1px solid {c.primary}; }}
QPushButton[kind="primary"] {{ background: {c.primary}; color: {c.on_primary}; border-color: {c.primary}; }}
QPushButton[kind="primary"]:hover {{ background: {c.primary_hover}; border-color: {c.primary_hover}; }}
QPushButton[kind="primary"]:pressed {{ background: {c.primary_pressed}; border-color: {c.primary_pressed}; }}
QPushButton[kind="danger"] {{ background: {c.err_fill}; color: {c.on_err}; border-color: {c.err_fill}; }}
QPushButton[kind="danger"]:pressed {{ border-color: {c.ink}; }}
QPushButton[kind="soft"] {{ background: {c.primary_soft}; color: {c.primary}; border-color: {c.primary_soft}; }}
QPushButton[kind="soft"]:hover, QPushButton[kind="soft"]:pressed {{ border-color: {c.primary}; }}
QPushButton[kind="quiet"] {{ background: transparent; color: {c.primary}; border-color: transparent; padding: 0 12px; }}
QPushButton[kind="quiet"]:hover {{ background: {c.primary_soft}; }}
QPushButton[kind="icon"] {{
  background: transparent; border-color: transparent; padding: 0; min-width: {TARGET - 2}px;
}}
QPushButton[kind="icon"]:hover {{ background: {c.hover}; }}
QPushButton[kind="icon"]:pressed {{ background: {c.pressed}; }}
QPushButton[tight="true"] {{ padding: 0 6px; }}
QPushButton[kind="painted"] {{ min-height: 0; padding: 0; border: none; }}
QPushButton[kind="choice"] {{
  background: {c.card}; padding: 0 13px; border-color: {c.line}; min-width: {TARGET - 28}px;
}}
QPushButton[kind="choice"]:hover {{ background: {c.hover}; }}
QPushButton[kind="choice"]:checked {{
  background: {c.primary_soft}; color: {c.primary}; border: 2px solid {c.primary}; padding: 0 12px;
  min-height: {TARGET - 4}px;
}}
QPushButton[kind="choice"][narrow="true"] {{ padding: 0 8px; }}
QPushButton[kind="choice"][narrow="true"]:checked {{ padding: 0 7px; }}
QPushButton[kind="key"], QPushButton[kind="enter"] {{
  background: {c.sunken}; border: 1px solid {c.line}; border-radius: 14px; padding: 0; min-height: 62px;
  min-width: 62px; font-weight: 600; font-size: {px(FontSize.KEY)}px;
}}
QPushButton[kind="key"][yields="true"] {{ min-height: {TARGET - 2}px; }}
QPushButton[kind="key"]:hover, QPushButton[kind="enter"]:hover {{ background: {c.hover}; }}
QPushButton[kind="key"]:pressed, QPushButton[kind="enter"]:pressed {{
  background: {c.pressed}; border-color: {c.field_line};
}}
QPushButton[kind="enter"]:enabled {{ background: {c.primary_soft}; }}
QPushButton[align="left"] {{ text-align: left; }}
QPushButton:disabled {{ background: {c.disabled_fill}; color: {c.disabled}; border-color: {c.disabled_fill}; }}
QPushButton[kind="quiet"]:disabled, QPushButton[kind="icon"]:disabled {{
  background: transparent; border-color: transparent;
}}
QPushButton[large="true"] {{ min-height: 62px; font-size: {big}px; padding: 0 24px; border-radius: 14px; }}
"""


def _fields(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    kinds = ("QLineEdit", "QPlainTextEdit", "QTextEdit", "QSpinBox", "QDoubleSpinBox", "QComboBox", "QDateEdit")
    plain = ", ".join(kinds)
    focused = ", ".join(f"{kind}:focus" for kind in kinds)
    disabled = ", ".join(f"{kind}:disabled" for kind in kinds)
    invalid = ", ".join(f'{kind}[invalid="true"]' for kind in kinds)
    down = tinted_path("chevron-down", theme.name)
    up = tinted_path("chevron-up", theme.name)
    return f"""
{plain} {{
  background: {c.card}; color: {c.ink}; border: 1px solid {c.field_line}; border-radius: {Radius.MEDIUM}px;
  padding: 1px 13px; min-height: {TARGET - 4}px; font-size: {px(FontSize.BODY)}px;
  placeholder-text-color: {c.muted};
  selection-background-color: {c.primary}; selection-color: {c.on_primary};
}}
{focused} {{ border: 2px solid {c.focus}; padding: 0 12px; }}
{invalid} {{ border: 2px solid {c.err}; padding: 0 12px; }}
{disabled} {{ background: {c.disabled_fill}; color: {c.disabled}; border-color: {c.disabled_fill}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit, QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit:focus {{
  background: transparent; border: none; padding: 0 0 0 12px; min-height: 0;
}}
QComboBox QLineEdit[bare="true"], QComboBox QLineEdit[bare="true"]:focus {{ padding: 0; }}
QCalendarWidget {{ min-width: {9 * TARGET}px; min-height: {8 * TARGET}px; }}
QComboBox {{ padding-left: 15px; }}
QComboBox:focus {{ padding-left: 14px; }}
QPlainTextEdit, QTextEdit {{ padding: 9px 9px; }}
QPlainTextEdit:focus, QTextEdit:focus {{ padding: 8px; }}
QComboBox::drop-down, QDateEdit::drop-down {{
  subcontrol-origin: border; subcontrol-position: center right; width: 40px; border: none;
}}
QComboBox::down-arrow, QDateEdit::down-arrow {{ image: url("{down}"); width: 18px; height: 18px; }}
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {{
  subcontrol-origin: border; width: 36px; border: none; background: transparent;
}}
QSpinBox::up-button, QDoubleSpinBox::up-button {{ subcontrol-position: top right; }}
QSpinBox::down-button, QDoubleSpinBox::down-button {{ subcontrol-position: bottom right; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{up}"); width: 16px; height: 16px; }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url("{down}"); width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{
  background: {c.card}; color: {c.ink}; border: 1px solid {c.field_line}; border-radius: {Radius.SMALL}px;
  padding: 4px; selection-background-color: {c.primary_soft}; selection-color: {c.ink};
}}
QComboBox QAbstractItemView::item {{ min-height: {TARGET}px; padding: 0 10px; border-radius: {Radius.SMALL}px; }}
"""


def _marks(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    check, minus = tinted_path("check", theme.name), tinted_path("minus", theme.name)
    return f"""
QCheckBox, .QRadioButton {{
  background: transparent; color: {c.ink}; spacing: 12px; min-height: {TARGET}px; font-size: {px(FontSize.BODY)}px;
}}
QCheckBox::indicator, QRadioButton::indicator {{
  width: 22px; height: 22px; border: 2px solid {c.field_line}; background: {c.card};
}}
QCheckBox::indicator {{ border-radius: 6px; }}
QRadioButton::indicator {{ border-radius: 13px; }}
QCheckBox::indicator:checked {{ background: {c.primary}; border-color: {c.primary}; image: url("{check}"); }}
QCheckBox::indicator:indeterminate {{ background: {c.primary}; border-color: {c.primary}; image: url("{minus}"); }}
QRadioButton::indicator:checked {{ border: 7px solid {c.primary}; width: 12px; height: 12px; background: {c.card}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {c.disabled}; }}
QProgressBar {{
  background: {c.sunken}; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; color: transparent;
}}
QProgressBar::chunk {{ background: {c.primary}; border-radius: 4px; }}
QSlider::groove:horizontal {{ height: 6px; background: {c.hover}; border-radius: 3px; }}
QSlider::sub-page:horizontal {{ background: {c.primary}; border-radius: 3px; }}
QSlider::handle:horizontal {{
  width: 24px; height: 24px; margin: -9px 0; border-radius: 12px; background: {c.primary};
}}
"""


def _tables(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    down, up = tinted_path("chevron-down", theme.name), tinted_path("chevron-up", theme.name)
    return f"""
QTableView, QListView, QTreeView {{
  background: {c.card}; alternate-background-color: {c.card}; color: {c.ink}; border: none;
  selection-background-color: {c.primary_soft}; selection-color: {c.ink}; font-size: {px(FontSize.BODY)}px;
}}
QTableView::item, QTreeView::item {{ border: none; border-bottom: 1px solid {c.line}; padding: 0 8px; }}
QListView::item {{ min-height: {TARGET}px; padding: 0 10px; border-radius: {Radius.SMALL}px; }}
QTableView::item:hover, QListView::item:hover, QTreeView::item:hover {{ background: {c.sunken}; }}
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected {{
  background: {c.primary_soft}; color: {c.ink};
}}
QHeaderView {{ background: {c.card}; border: none; }}
QHeaderView::section {{
  background: {c.card}; color: {c.muted}; border: none; border-bottom: 1px solid {c.line};
  padding: 0 11px; font-weight: 600; font-size: {px(FontSize.SMALL)}px;
}}
QHeaderView::down-arrow {{ image: url("{down}"); width: 14px; height: 14px; }}
QHeaderView::up-arrow {{ image: url("{up}"); width: 14px; height: 14px; }}
QTableCornerButton::section {{ background: {c.card}; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {c.field_line}; border-radius: 3px; margin: 3px; }}
QScrollBar::handle:vertical {{ min-height: {TARGET}px; }}
QScrollBar::handle:horizontal {{ min-width: {TARGET}px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _tabs(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    return f"""
QTabWidget::pane {{ border: none; border-top: 1px solid {c.line}; background: transparent; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{
  background: transparent; color: {c.muted}; border: none; border-bottom: 3px solid transparent;
  min-height: {TARGET - 3}px; padding: 0 18px; font-weight: 600; font-size: {px(FontSize.BODY)}px;
}}
QTabBar::tab:hover {{ color: {c.ink}; }}
QTabBar::tab:selected {{ color: {c.primary}; border-bottom-color: {c.primary}; }}
"""


def _small_parts(theme: Theme) -> str:
    c, px = theme.colours, theme.px
    return f"""
QMenu {{ background: {c.card}; color: {c.ink}; border: 1px solid {c.field_line}; padding: 4px; }}
QMenu::item {{ min-height: {TARGET}px; padding: 0 20px 0 12px; border-radius: {Radius.SMALL}px; }}
QMenu::item:selected {{ background: {c.primary_soft}; color: {c.ink}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 4px 8px; }}
QToolTip {{
  background: {c.ink}; color: {c.card}; border: none; padding: 6px 10px; font-size: {px(FontSize.SMALL)}px;
}}
QSplitter::handle {{ background: transparent; }}
"""
