use crate::scan::{Assume, Question};
use crate::testing::*;
use crate::*;

mod derived;
mod inferred;
mod laws;
mod layers;
mod vectors;
