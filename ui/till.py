"""What the window needs of an open till; made by the wiring once storage is open."""

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.people_ports import PinCheck
from domain.policy import Actor
from domain.rows import ShopRow
from ui.key_work import KeyControl, LeavingControl, NoKeys, NoLeaving
from ui.presenters.audit import WriteAudit
from ui.presenters.desk import NoBackups, NoRestore
from ui.presenters.hub_desk import HubDesk
from ui.presenters.preferences import PreferenceStore
from ui.presenters.reports import WriteReport
from ui.sound import Sounds
from ui.threads import ChangesBridge
from ui.work import BackupControl, RestoreControl, SyncControl, SyncView, Work


@dataclass(frozen=True, slots=True)
class Till:
    """An open till. `wipe_demo` closes it, removes the demo shop and starts anew; `sync` is the engine's first word.

    `simulator` is the page on which a person plays the customer of a demo shop; empty in a real one.
    """

    shop: ShopRow
    work: Work
    bridge: ChangesBridge
    control: SyncControl
    pins: PinCheck
    sounds: Sounds
    store: PreferenceStore
    new_id: Callable[[], str]
    version: str
    wipe_demo: Callable[[Actor], None]
    write_report: WriteReport
    write_audit: WriteAudit
    sync: SyncView
    simulator: str = ""
    backups: BackupControl = field(default_factory=NoBackups)
    restoring: RestoreControl = field(default_factory=NoRestore)
    hub: HubDesk | None = None
    keys: KeyControl = field(default_factory=NoKeys)
    leaving: LeavingControl = field(default_factory=NoLeaving)
