"""What people's own applications use: it says what they did, and never gets in their way."""
