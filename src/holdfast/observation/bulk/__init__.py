"""Spans of many requests at once, as Arrow columns: no Python object per span or attribute.

It reads what exporters send. Whatever is laid out in another way is an ``UnusualError`` and is read
one by one (``observation.spans``); both come to the same.
"""
