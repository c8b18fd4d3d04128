"""What the front end and the workers agree on."""
