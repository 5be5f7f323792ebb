//! Keys, materials, aliases, grants and key policies: their records and their life.
