"""Towers for images and captions of two objects: what training alone makes of SWAP, REPLACE and ADD."""
