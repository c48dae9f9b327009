//! The examples as programs: their numbers compared with those of PyTorch, their files, and their errors.

mod actor_critic;
mod adult;
mod gcn;
mod mnist;
mod program;
mod time_sequence_prediction;
mod vae;
mod word_language_model;
