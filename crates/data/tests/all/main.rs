//! What the data side promises, as one test program.

mod collate;
mod dataset;
mod loader;
mod preprocess;
mod split;
mod table;
mod vision;
