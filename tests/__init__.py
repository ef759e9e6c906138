"""The tests; a package of its own, because a library of the providers' clients brings one of the same name."""
