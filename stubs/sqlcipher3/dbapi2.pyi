from typing import Any

class Error(Exception):
    sqlite_errorcode: int
    sqlite_errorname: str

class DatabaseError(Error): ...
class OperationalError(DatabaseError): ...

class Cursor:
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...

class Connection:
    in_transaction: bool
    def execute(self, sql: str, parameters: tuple[Any, ...] = ...) -> Cursor: ...
    def close(self) -> None: ...

def connect(
    database: str,
    timeout: float = ...,
    *,
    isolation_level: str | None = ...,
    uri: bool = ...,
) -> Connection: ...
