"""The moves that change or explain a whole system: build, deploy, rollback, replay, diff ..."""
