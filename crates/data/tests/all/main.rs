//! The tests of the data crate, as one program.

mod collate;
mod dataset;
mod loader;
mod preprocess;
mod split;
mod table;
mod vision;
