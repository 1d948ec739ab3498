"""Stand-ins of Discord and of the providers, over real HTTP and websockets on loopback."""
