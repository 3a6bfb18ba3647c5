"""Drops that are too large for one function: their files are inspected in parallel, and decided about together.

cut      Inspect claims the drop, detects its task and cuts its files into shards
check    a function for each shard checks its rows and counts what the decisions need  (a Distributed Map)
decide   one function reads the counts and keys of all shards: labels, rules, splits
write    a function for each shard writes its rows to their splits                     (a Distributed Map)
publish  one function writes the documents of the run

No step holds all rows. What a step leaves for the next ones lies below `runs/<run>/shards/`. A step may be repeated.
"""
