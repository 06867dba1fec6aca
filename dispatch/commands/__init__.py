"""What can be asked of Vigil: load, decide, save, page and show, each in one transaction."""
