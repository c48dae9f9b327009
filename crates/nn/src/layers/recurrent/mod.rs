//! Recurrent layers: one cell at every step of a sequence, its state handed on from step to step.
//!
//! A cell's gates are a sum of two affine maps. That of the input is one matrix product over all steps; that of the state waits for the step
//! before. The step of a cell is in `step`, and `stack` walks layers, directions and steps.

mod cell;
mod gru;
mod lstm;
mod rnn;
mod stack;
mod step;
mod weights;

pub use gru::{GRU, GRUCell, GRUCellOptions, GRUOptions};
pub use lstm::{LSTM, LSTMCell, LSTMCellOptions, LSTMOptions};
pub use rnn::{RNN, RNNCell, RNNCellOptions, RNNOptions};
pub use step::RNNNonlinearity;
