//! The seal from outside: files, keychains, records.

#[cfg(test)]
mod files;
#[cfg(test)]
mod records;
#[cfg(test)]
mod vectors;
