"""Archives made here: what is unsafe, truncated or incomplete is refused with its reason."""

import io
import tarfile

import pytest

from realscale.data.archives import read_members
from realscale.data.errors import DataError

GOOD = ("package/icons.json", b'{"icons": {}}')


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        for entry, content in members:
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def plain(name: str, content: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), content


def special(name: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "/etc/hostname"
    return entry, b""


def test_named_members_are_read() -> None:
    content = archive(plain(*GOOD), plain("package/index.js"))
    assert read_members(content, [GOOD[0]], label="a set") == dict([GOOD])


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (plain("../evil.json"), "climbs out"),
        (plain("package/../../evil.json"), "climbs out"),
        (plain("package\\..\\..\\evil.json"), "climbs out"),
        (plain("/etc/evil"), "an absolute path"),
        (plain("C:\\evil"), "an absolute path"),
        (special("package/link", tarfile.SYMTYPE), "a link"),
        (special("package/hard", tarfile.LNKTYPE), "a link"),
        (special("package/pipe", tarfile.FIFOTYPE), "special file"),
    ],
)
def test_an_archive_with_one_unsafe_member_is_refused_whole(member: tuple[tarfile.TarInfo, bytes], reason: str) -> None:
    for content in (archive(plain(*GOOD), member), archive(member, plain(*GOOD))):
        with pytest.raises(DataError, match=rf"a set is refused.*{reason}"):
            read_members(content, [GOOD[0]], label="a set")


def test_a_truncated_archive_is_an_error() -> None:
    whole = archive(plain(GOOD[0], bytes(range(256)) * 400))
    for length in (0, 10, len(whole) // 2, len(whole) - 9):
        with pytest.raises(DataError, match=r"cannot be read.*truncated"):
            read_members(whole[:length], [GOOD[0]], label="a set")


def test_corrupt_compressed_bytes_are_an_error() -> None:
    whole = bytearray(archive(plain(GOOD[0], bytes(range(256)) * 400)))
    whole[len(whole) // 2 :] = bytes(len(whole) - len(whole) // 2)
    with pytest.raises(DataError, match="cannot be read"):
        read_members(bytes(whole), [GOOD[0]], label="a set")


def test_an_absent_member_is_named() -> None:
    with pytest.raises(DataError, match=r"no member \['package/chars.json'\]"):
        read_members(archive(plain(*GOOD)), [GOOD[0], "package/chars.json"], label="a set")
