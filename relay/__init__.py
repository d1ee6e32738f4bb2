"""The Socket.IO server's insides: tape, stream, sessions, hub, commands, auth, api. Knows nothing of Dash."""
