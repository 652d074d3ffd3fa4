"""The command ``kezek``: a module for each room of the house, ``main`` puts them together."""
