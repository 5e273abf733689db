"""The embedded judge: which evidence a claim rests on, and how probably it is supported."""
