"""A long PDF: from the file to the first quoted answer, and a second question after it."""
