"""What is kept how long, and collecting what nothing holds."""
