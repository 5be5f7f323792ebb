//! Shapes, constraints, operations and errors, generated from models/.
