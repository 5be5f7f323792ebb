//! The one choke-point: nothing is answered without a verdict, nothing released without a record.
