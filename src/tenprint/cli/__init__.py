"""The command line: thin, reads settings and wires the rooms together."""
