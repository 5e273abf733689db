"""Reports: what a gate says, for a terminal, a pull request or a build server."""
