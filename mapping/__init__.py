"""What goes where: the rows an administrator owns and the pure functions that apply them."""
