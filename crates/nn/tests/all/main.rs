//! What networks promise, as one test program.

mod calls;
mod common;
mod deep_copy;
mod derive;
mod distances;
mod init;
mod layers;
mod loading;
mod locations;
mod loss_options;
mod losses;
mod modes;
mod modules;
mod operands;
mod optimizers;
mod options;
mod options_of_sequences;
mod resampling;
mod saving;
mod schedulers;
mod sequence_calls;
mod sequences;
mod sequences_and_vectors;
mod summary;
