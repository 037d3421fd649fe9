"""Pictures of a benchmark that are decoded only when asked for, and never from outside of its folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from realscale.data.decoding import NoPicture, decode_whole
from realscale.data.findings import Findings
from realscale.data.image_files import FileCheck


@dataclass(frozen=True, eq=False)
class Picture:
    """Where a picture is to be had; `path` is None for one inside a table, `fault` says why it cannot be had at all."""

    name: str
    content: Callable[[], bytes]
    path: Path | None = None
    fault: str | None = None

    def image(self) -> Image.Image:
        """The picture in RGB.

        Raises:
            NoPicture: it cannot be had, or its bytes are none.
        """
        return decode_whole(self.encoded())

    def encoded(self) -> bytes:
        """Its bytes as they are stored.

        Raises:
            NoPicture: it cannot be had.
        """
        if self.fault is not None:
            raise NoPicture(self.fault, self.name)
        try:
            return self.content()
        except OSError as error:
            raise NoPicture("unreadable file", f"{self.name}: {error}") from error


class PictureFolders:
    """The folders under which the names of pictures are looked up, the first that has one wins; faults are findings."""

    def __init__(self, folders: Sequence[Path], findings: Findings) -> None:
        self._checks = [FileCheck(folder.resolve(), skip=()) for folder in dict.fromkeys(folders)]
        self._findings = findings

    def picture(self, name: str, of: str) -> Picture:
        """The picture of this name for the problem `of`; judged by its name, size and first bytes, not yet decoded."""
        plain = str(PurePosixPath(name))  # HallusionBench's names begin with "./"
        faults = []
        for check in self._checks:
            fault = check.why_unusable(plain)
            if fault is None:
                path = Path(check.root) / plain
                return Picture(name, path.read_bytes, path)
            faults.append(fault)
        fault = next((found for found in faults if found != "absent file"), "absent file")
        self._findings.add(f"picture: {fault}", f"{of} ({name})")
        return Picture(name, bytes, None, fault)
