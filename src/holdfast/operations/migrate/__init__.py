"""Another embedder or another way to cut documents, brought in while questions are answered."""
