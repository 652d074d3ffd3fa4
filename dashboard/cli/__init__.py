"""The command ``kezek``: a module for each room of the house, ``commands`` puts them together."""
