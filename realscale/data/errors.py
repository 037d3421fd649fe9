"""The two ways in which real data can fail: it is not here, or what is here is not what it should be."""

from identifiability.claims.claim import NotAvailable


class MissingData(NotAvailable):
    """A set (or a part of it) is not in the cache; the message ends with the command that fetches it."""


class DataError(ValueError):
    """An archive, a package client, the rasteriser or a cached file is not as it must be."""
