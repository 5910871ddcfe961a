"""Probes read the world and judge nothing; none of them imports pytest."""
