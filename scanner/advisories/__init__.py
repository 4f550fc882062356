"""Known vulnerable and malicious packages: a local store of OSV records, version order, matching and a second engine.

Nothing here knows blobs, graphs or policies, and nothing opens a network connection other than to the loopback address.
"""
