"""What answers are measured with: datasets, scorers and attacks. It knows no pipeline."""
