"""The Socket.IO server: all private API of aiohttp, python-socketio and python-engineio is touched here."""
