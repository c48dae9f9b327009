//! Recurrent layers, which apply a cell at every step of a sequence and pass its state on to the next step.
//!
//! A cell's gates are the sum of two affine maps. The map of the input is one matrix product over all steps; the map of the state depends
//! on the previous step. The step of a cell is in `step`; `stack` iterates over layers, directions and steps.

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
