"""Tools: a typed async function each."""
