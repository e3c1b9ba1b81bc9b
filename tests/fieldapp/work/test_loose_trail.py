from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldapp.errors import StoreError
from fieldapp.work.loose_trail import FILE, LooseContact, contacts, note

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _contact(action: str) -> LooseContact:
    return LooseContact(
        at=AT, account="ans", purpose="workshop", action=action, source="/dev/ttyUSB0"
    )


def test_each_contact_is_a_line_linked_to_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert contacts(folder) == ()
    assert note(folder, _contact("p1")) == folder / FILE
    note(folder, _contact("optical"))
    first, second = contacts(folder)
    lines = (folder / FILE).read_bytes().splitlines()
    assert (first.action, first.previous, first.at) == ("p1", "", AT)
    assert second.previous == hashlib.sha256(lines[0]).hexdigest()
    assert second.account == "ans"


def test_an_emptied_file_begins_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"")
    note(tmp_path, _contact("p1"))
    assert [contact.previous for contact in contacts(tmp_path)] == [""]


def test_what_can_not_be_noted_or_read_is_an_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(StoreError):
        note(blocked / "below", _contact("p1"))
    (tmp_path / FILE).write_text("not ours\n")
    with pytest.raises(StoreError):
        contacts(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_folder_is_for_this_user_only(tmp_path: Path) -> None:
    note(tmp_path / "mine", _contact("p1"))
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700
