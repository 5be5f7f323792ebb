//! The verifier against vectors, against botocore, and against every way of being wrong.

#[cfg(test)]
mod aws_suite;
#[cfg(test)]
mod botocore;
#[cfg(test)]
mod known;
#[cfg(test)]
mod refusals;
