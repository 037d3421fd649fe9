"""Mid-training of real CLIP models by eq. 11 and its corrected forms; `python -m realscale.midtrain`."""
