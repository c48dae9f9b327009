//! The formulas of recurrent cells, one number after the other.

use super::recurrent::{HIDDEN, INPUT, LENGTH};

/// Which formula.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// Gates input, forget, cell and output.
    Lstm,
    /// Gates reset, update and new.
    Gru,
    /// `tanh` alone.
    Rnn,
}

/// The parameters of a layer, each gate's after the other.
pub(super) struct Weights {
    cell: Cell,
    input: Vec<f64>,
    state: Vec<f64>,
    input_bias: Vec<f64>,
    state_bias: Vec<f64>,
}

impl Weights {
    pub(super) fn new(
        cell: Cell,
        [input, state, input_bias, state_bias]: [Vec<f64>; 4],
    ) -> Weights {
        Weights {
            cell,
            input,
            state,
            input_bias,
            state_bias,
        }
    }

    /// The outputs of one sequence `[length, input]`.
    pub(super) fn outputs(&self, x: &[f64]) -> Vec<f64> {
        let (mut h, mut c) = (vec![0.0; HIDDEN], vec![0.0; HIDDEN]);
        let mut outputs = Vec::with_capacity(LENGTH * HIDDEN);
        for x in x.chunks(INPUT) {
            let from_input = affine(&self.input, &self.input_bias, x);
            let from_state = affine(&self.state, &self.state_bias, &h);
            let both = |gate: usize, i: usize| {
                from_input[gate * HIDDEN + i] + from_state[gate * HIDDEN + i]
            };
            for i in 0..HIDDEN {
                h[i] = match self.cell {
                    Cell::Lstm => {
                        c[i] = sigmoid(both(1, i)) * c[i] + sigmoid(both(0, i)) * both(2, i).tanh();
                        sigmoid(both(3, i)) * c[i].tanh()
                    }
                    Cell::Gru => {
                        let (reset, update) = (sigmoid(both(0, i)), sigmoid(both(1, i)));
                        let state = from_state[2 * HIDDEN + i];
                        let new = (from_input[2 * HIDDEN + i] + reset * state).tanh();
                        (1.0 - update) * new + update * h[i]
                    }
                    Cell::Rnn => both(0, i).tanh(),
                };
            }
            outputs.extend_from_slice(&h);
        }
        outputs
    }
}

fn affine(weight: &[f64], bias: &[f64], x: &[f64]) -> Vec<f64> {
    let rows = weight.chunks(x.len());
    let dots = rows.map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>());
    dots.zip(bias).map(|(dot, b)| dot + b).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
