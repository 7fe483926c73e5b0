"""What a machine with no server needs: a broker of its own, setup, supervision and the demo. Not for production."""
