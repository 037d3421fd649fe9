"""What a text encoder that is blind to SWAP, REPLACE or ADD can still optimise, decided on finite captions."""
