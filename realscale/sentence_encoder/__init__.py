"""A really pretrained text encoder: how insensitive it is to SWAP, REPLACE and ADD, and what training repairs."""
