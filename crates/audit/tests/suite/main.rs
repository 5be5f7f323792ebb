//! The log from outside: what is written is proven, what is touched is found out.
#![cfg(test)]

mod faults;
mod full;
mod log;
mod retention;
mod support;
mod tampering;
mod witness;
