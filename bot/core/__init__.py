"""Decides. Pure: no clock, no network, no files, no logging, no ccxt."""
