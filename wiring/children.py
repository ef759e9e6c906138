"""The programs a till starts beside itself: its embedded hub, and in a demo shop the providers' simulator."""

import random
from collections.abc import Callable

from storage.keys import KeyStore, load_keys
from sync.backoff import Backoff
from sync.embedded_hub import EmbeddedHub
from wiring.demo_shop import is_demo, read_demo
from wiring.folders import Folder
from wiring.till import HUB_ROOT, child_command


class Children:
    """The hub, and the simulator if the folder holds a demo shop; both are started again when they die."""

    def __init__(self, folder: Folder, store: KeyStore, hub_ready: Callable[[int], None] = lambda port: None) -> None:
        folder.logs.mkdir(exist_ok=True)
        demo = read_demo(folder) if is_demo(folder) else None
        keys = load_keys(store, HUB_ROOT)
        place = ("--data", str(folder.root), "--embedded")
        self.hub = EmbeddedHub(
            child_command("hub", *place, "--port", str(demo.hub_port if demo else 0)),
            lambda: {"database": keys.database.hex(), "vault": keys.vault.hex()},
            Backoff(random.random),
            on_ready=hub_ready,
            errors=folder.logs / "hub.log",
        )
        self.simulator = (
            EmbeddedHub(
                child_command("simulator", *place),
                dict,
                Backoff(random.random),
                errors=folder.logs / "simulator.log",
            )
            if demo
            else None
        )

    def start(self) -> None:
        """Start them; returns at once."""
        self.hub.start()
        if self.simulator is not None:
            self.simulator.start()

    def stop(self) -> None:
        """Let them end by themselves, and insist if they do not."""
        self.hub.stop()
        if self.simulator is not None:
            self.simulator.stop()
