//! How much of a stranger's request is looked at before it is known who signed it.
//!
//! The server's own limits on header and body sizes come first; these hold whatever the server allows.

/// Longest `Authorization` header, in bytes.
pub const AUTHORIZATION: usize = 8 * 1024;

/// Longest path, in bytes as sent.
pub const PATH: usize = 8 * 1024;

/// Longest query string, in bytes as sent.
pub const QUERY: usize = 64 * 1024;

/// Most parameters in a query string.
pub const QUERY_PARAMETERS: usize = 1024;

/// Most headers that one request may carry.
pub const HEADERS: usize = 256;

/// Most names in a list of signed headers.
pub const SIGNED_HEADERS: usize = 128;

/// How many characters of the client's own text an error message repeats.
pub const ECHO: usize = 1024;
