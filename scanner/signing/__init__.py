"""Who signed what, and when: bundles, keys, certificates, sigstore, model signatures and the trust file.

The package knows neither blobs nor the graph. A back end answers who signed which bytes at what time; whether that
signer is welcome is written in the trust file and judged by the policy. Nothing here opens a network connection.
"""
