"""Learning under spurious correlation: coloured problems, two towers, every objective, and what comes of each."""
