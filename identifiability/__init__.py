"""What can be recovered, and by which objective: `objectives`, `exact`, `metrics`, `learning`, `claims`."""
