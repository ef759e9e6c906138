"""What each screen knows and does, without Qt."""
