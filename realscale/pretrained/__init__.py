"""Really pretrained towers that ship in packages, frozen, with their features cached once."""
