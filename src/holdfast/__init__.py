"""Holdfast keeps an AI application behaving like itself."""
