"""The protocol as documents that machines read: JSON Schema of every type, OpenAPI for HTTP, AsyncAPI for the socket."""
