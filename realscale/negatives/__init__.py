"""Hard negatives of real captions: tags, a lexicon from packages, and a command that streams."""
