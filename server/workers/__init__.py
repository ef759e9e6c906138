"""What the hub does without being asked: apply what providers told, make codes, ask after payments, read statements."""
