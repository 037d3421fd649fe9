"""Packages of Debian: reading their files, and fetching them through apt-get."""

import gzip
import hashlib
import io
import lzma
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from realscale.data.archives import read_deb
from realscale.data.errors import DataError
from realscale.data.packages import archive_path, fetch_archive
from realscale.data.sources import DebianPackage

FILES = {"usr/share/art/bird.png": b"a bird", "usr/share/art/LICENCE": b"free", "usr/share/art/odd": b"odd"}
APT = """#!{python}
import pathlib, shutil, sys
wanted = sys.argv[-1]
pathlib.Path({calls!r}).open("a").write(" ".join(sys.argv[1:]) + "\\n")
source = pathlib.Path({folder!r}) / "art.deb"
if wanted != "art=1:2.0-1" or not source.exists():
    sys.exit("E: Version '1:2.0-1' for 'art' was not found")
shutil.copy(source, "art_1%3a2.0-1_all.deb")
"""
CACHE = """#!{python}
import sys
assert sys.argv[1:] == ["madison", "art"]
print({table!r})
"""


def tar(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for info in others:
            opened.addfile(info)
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def deb(data: bytes, name: str = "data.tar.xz") -> bytes:
    def member(title: str, content: bytes) -> bytes:
        header = f"{title:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        return header + content + b"\n" * (len(content) % 2)

    return b"!<arch>\n" + member("debian-binary", b"2.0\n") + member("control.tar.xz", b"odd") + member(name, data)


def link(name: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def png(path: str) -> bool:
    return path.endswith(".png")


@pytest.mark.parametrize(("name", "pack"), [("data.tar.xz", lzma.compress), ("data.tar.gz", gzip.compress)])
def test_wanted_files_are_read_by_their_paths(name: str, pack: Callable[[bytes], bytes]) -> None:
    archive = deb(pack(tar(FILES)), name)
    assert read_deb(archive, png, label="art") == {"usr/share/art/bird.png": b"a bird"}
    assert read_deb(archive, lambda path: True, label="art") == FILES


def test_a_link_is_passed_over() -> None:
    archive = deb(lzma.compress(tar(FILES, link("./usr/share/art/link.png"))))
    assert list(read_deb(archive, png, label="art")) == ["usr/share/art/bird.png"]


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (tarfile.TarInfo("./../outside.png"), "climbs out"),
        (tarfile.TarInfo("/etc/outside.png"), "an absolute path"),
        (link("./usr/pipe", tarfile.FIFOTYPE), "a device or another special file"),
    ],
)
def test_an_unsafe_member_refuses_the_whole_package(member: tarfile.TarInfo, reason: str) -> None:
    with pytest.raises(DataError, match=f"art is refused.*{reason}"):
        read_deb(deb(lzma.compress(tar(FILES, member))), png, label="art")


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (b"PK\x03\x04 zip", "it begins with"),
        (deb(lzma.compress(tar(FILES)))[:-40], "cannot be read"),
        (deb(b"odd", "data.tar.zst"), "'data.tar.zst', expected data.tar.xz or data.tar.gz"),
        (b"!<arch>\n", "'none', expected"),
    ],
)
def test_another_file_is_an_error(archive: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_deb(archive, png, label="art")


class Mirror:
    """A stand-in for apt-get and apt-cache on the path, and the package that it should deliver."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.calls, self.programs = folder, folder / "calls", folder / "bin"
        self.content = deb(lzma.compress(tar(FILES)))
        (folder / "art.deb").write_bytes(self.content)
        sha256 = hashlib.sha256(self.content).hexdigest()
        self.package = DebianPackage("art", "1:2.0-1", len(self.content), sha256, "CC0", "the makers of art")
        self.programs.mkdir()
        self.program("apt-get", APT.format(python=sys.executable, calls=str(self.calls), folder=str(folder)))
        monkeypatch.setenv("PATH", str(self.programs))
        monkeypatch.setenv("TOKEN_SCM_DATA", str(folder / "cache"))

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    def offers(self, table: str) -> None:
        (self.folder / "art.deb").unlink()
        self.program("apt-cache", CACHE.format(python=sys.executable, table=table))


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mirror:
    return Mirror(tmp_path, monkeypatch)


def test_the_pinned_version_is_downloaded_and_cached(mirror: Mirror) -> None:
    assert fetch_archive(mirror.package) == mirror.content
    assert mirror.calls.read_text().split()[0] == "download"
    assert archive_path(mirror.package).name == "art_1%3a2.0-1_all.deb"
    assert archive_path(mirror.package).read_bytes() == mirror.content


def test_another_content_is_refused(mirror: Mirror) -> None:
    (mirror.folder / "art.deb").write_bytes(mirror.content[::-1])
    with pytest.raises(DataError, match=r"apt-get delivered for art 1:2.0-1 is not the pinned one.*nothing was stored"):
        fetch_archive(mirror.package)
    assert not archive_path(mirror.package).exists()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("art | 3.0-1 | mirror\nart | 3.1-1 | mirror", r"offers the version 3\.0-1, 3\.1-1 of art instead.*Debian 12"),
        ("", r"knows no package art at all: apt-get update"),
        ("art | 1:2.0-1 | mirror", r"was not found\. Check the network"),
    ],
)
def test_a_version_that_is_gone_names_what_is_offered(mirror: Mirror, table: str, said: str) -> None:
    mirror.offers(table)
    with pytest.raises(DataError, match=f"apt-get could not fetch the package art 1:2.0-1.*{said}"):
        fetch_archive(mirror.package)


def test_without_apt_get_the_file_may_be_put_there(mirror: Mirror) -> None:
    (mirror.programs / "apt-get").unlink()
    with pytest.raises(DataError, match=r"no apt-get: art .*Debian 12.*art_1%3a2.0-1_all.deb.*not built at all"):
        fetch_archive(mirror.package)
