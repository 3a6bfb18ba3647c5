"""The embedded AWS: ministack on loopback, with the settings and the patches that make it behave as AWS does.

`python -m localcloud.engine --port P --state DIR` runs it in the foreground. What is patched is listed in `patches`.
"""
