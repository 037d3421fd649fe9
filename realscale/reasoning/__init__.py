"""Reasoning: a decoder trained on dense rewards that CLIP reads off windows of its words, with the image beside."""
