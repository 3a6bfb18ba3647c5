"""Modules that scripts import from the Hugging Face and SageMaker inference toolkits, where those are not installed.

This folder is the last on the path of a script, so the toolkits themselves come first. What is here is what scripts
call: content types, decoding, encoding, the pipeline of a folder; not the toolkits' own servers.
"""
