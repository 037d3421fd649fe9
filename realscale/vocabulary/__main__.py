"""`python -m realscale.vocabulary`: class and environment words of captions, mined, reviewed and matched."""

import sys

from realscale.data.errors import DataError, MissingData

EXTRA = "pip install 'token-scm[vocabulary]'"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when it succeeded, 2 for bad input or missing data, 130 when interrupted."""
    try:
        import polars  # noqa: F401 (tried here so that its absence has a message)
        import yaml  # type: ignore[import-untyped]  # noqa: F401
    except ModuleNotFoundError as error:
        print(
            f"error: {error.name} is not installed, which reads shards of captions. Install it with: {EXTRA}",
            file=sys.stderr,
        )
        return 2
    import tyro

    from realscale.vocabulary.commands import COMMANDS

    try:
        tyro.extras.subcommand_cli_from_dict(COMMANDS, args=arguments, prog="python -m realscale.vocabulary")
    except (DataError, MissingData, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same `match` command goes on from its last part", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
