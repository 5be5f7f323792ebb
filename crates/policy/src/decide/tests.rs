use crate::testing::*;
use crate::*;

mod layers;
mod vectors;
