"""The part of sqlcipher3 that is used: the standard sqlite3 interface with an encrypted file underneath."""

from sqlite3 import (
    Connection as Connection,
)
from sqlite3 import (
    DatabaseError as DatabaseError,
)
from sqlite3 import (
    Error as Error,
)
from sqlite3 import (
    IntegrityError as IntegrityError,
)
from sqlite3 import (
    OperationalError as OperationalError,
)
from sqlite3 import (
    connect as connect,
)
from sqlite3 import (
    sqlite_version as sqlite_version,
)

sqlite_version_info: tuple[int, int, int]
