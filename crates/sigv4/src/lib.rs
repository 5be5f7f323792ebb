//! Verification of requests signed with AWS Signature Version 4.
