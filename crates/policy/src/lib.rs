//! The policy language and the authorization decision: pure, total, explained.
