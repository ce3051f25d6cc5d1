"""What a file is, by its content, and a reader for each format; all of them run in a process of their own."""
