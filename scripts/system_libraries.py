"""Finds what the window and the tests miss on a bare Linux machine, and installs it or says the one line that does.

Runs before everything else, with the system's own Python (3.9 or newer) and nothing but its standard library. Silent
and quick where nothing is missing, so the heavier modules are imported only once something is. Package names are
Debian's; Ubuntu and newer Debian releases provide the same names.

    python3 -I -S scripts/system_libraries.py [--dry-run] [window] [tests] [venv]
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Mapping

# Read off the NEEDED entries of PySide6 Essentials 6.12 and tried in a Debian 12 minbase root.
OFFSCREEN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libbrotlidec.so.1": "libbrotli1",
}
X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
WORDS = {
    "window": "the libraries of a Qt window on the screens this session has (what is checked where nothing is named)",
    "tests": "what only the tests need",
    "venv": "what `python3 -m venv` needs",
    "--dry-run": "say what is missing and change nothing; exit 1 if anything is",
}


def wanted_libraries(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the library → package table for the screens this session has; the offscreen set is always in it."""
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    libraries = dict(OFFSCREEN)
    if environment.get("DISPLAY") and platform in ("", "xcb"):
        libraries.update(X11)
    if environment.get("WAYLAND_DISPLAY") and platform in ("", "wayland", "wayland-egl"):
        libraries.update(WAYLAND)
    return libraries


def missing(libraries: Iterable[str]) -> list[str]:
    """Return the libraries that the dynamic linker cannot load; it is asked itself, so nothing else can disagree."""
    absent = []
    for name in libraries:
        try:
            ctypes.CDLL(name)
        except OSError:
            absent.append(name)
    return absent


def missing_tools(words: set[str]) -> dict[str, str]:
    """Return what `make` and the tests need beside libraries and do not find, with the packages."""
    absent = {}
    if "venv" in words:
        import importlib.util

        if importlib.util.find_spec("ensurepip") is None:
            absent["python3 -m venv"] = "python3-venv"
    if "tests" in words and os.geteuid() == 0:
        import shutil

        if shutil.which("useradd") is None:
            absent["useradd"] = "passwd"  # PostgreSQL refuses to run as root: the tests' server makes itself a user
    return absent


def privilege() -> list[str] | None:
    """Return how a command is run as root without asking anyone: directly, by passwordless sudo, or None."""
    import shutil
    import subprocess

    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def install(prefix: list[str], packages: list[str]) -> list[str]:
    """Install the packages; return apt's own lines where it failed, else none."""
    import subprocess

    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    # an update that fails (one dead mirror, no network) may still leave lists good enough to install from
    update = subprocess.run([*apt, "update"], capture_output=True, text=True, check=False)
    wish = [*apt, "install", "-y", "--no-install-recommends", *packages]
    done = subprocess.run(wish, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else (update.stderr + done.stderr).splitlines()


def apt_line(packages: list[str]) -> str:
    """Return the line a person types."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"


def say(vietnamese: str, english: str, *facts: str) -> None:
    """Print to the error stream: both languages, then the facts, which need none."""
    print(vietnamese, english, *(f"  {fact}" for fact in facts), sep="\n", file=sys.stderr)


def main() -> int:
    """Check, then install or explain; return 0 where everything is there, 1 where a person must act."""
    words = set(sys.argv[1:])
    if not words <= set(WORDS):
        print(__doc__, *(f"    {word:<10} {meaning}" for word, meaning in WORDS.items()), sep="\n", file=sys.stderr)
        return 2
    if not sys.platform.startswith("linux"):
        return 0  # the wheels for Windows and macOS bring every library with them
    libraries = wanted_libraries(os.environ) if "window" in words or words <= {"--dry-run"} else {}
    absent, tools = missing(libraries), missing_tools(words)
    if not absent and not tools:
        return 0
    return supply(libraries, absent, tools, words)


def supply(libraries: Mapping[str, str], absent: list[str], tools: Mapping[str, str], words: set[str]) -> int:
    """Install what is absent where that is possible without a question; else say what a person must type."""
    import shutil

    packages = sorted({*(libraries[name] for name in absent), *tools.values()})
    names = " ".join([*absent, *tools])
    if shutil.which("apt-get") is None:
        say("Máy còn thiếu, hãy cài bằng trình quản lý gói:", "Missing, install with your package manager:", names)
        return 1
    prefix = None if "--dry-run" in words else privilege()
    if prefix is None:
        say(f"Máy còn thiếu: {names}. Hãy gõ:", f"Missing: {names}. Please type:", apt_line(packages))
        return 1
    say("Đang cài các gói hệ thống còn thiếu:", "Installing the missing system packages:", " ".join(packages))
    failure = install(prefix, packages)
    if failure or missing(libraries) or missing_tools(words):
        say("Không cài được. Hãy gõ:", "That did not work. Please type:", apt_line(packages), *failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
