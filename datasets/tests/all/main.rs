//! What the data sets hold, as one test program.

mod adult;
mod adult_preprocessing;
mod small;
