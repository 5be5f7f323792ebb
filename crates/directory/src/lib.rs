//! Accounts, principals and credentials: their records and their life.
