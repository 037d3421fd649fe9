"""Decision problems of a few tokens, solved by enumeration: what rewards make optimal, and where training ends."""
