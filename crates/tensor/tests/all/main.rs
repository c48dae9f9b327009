//! What tensors promise, as one test program.

mod arguments;
mod composed;
mod display;
mod grad_mode;
mod in_place;
mod indexing;
mod large;
mod linalg;
mod options;
mod promotion;
mod random;
mod shapes;
mod statistics;
mod testing;
mod threads;
mod views;
