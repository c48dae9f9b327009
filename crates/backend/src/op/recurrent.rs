//! The cells of recurrent layers.

/// The cell of a recurrent layer: how a step computes the new state from the input's part `x` of the gates and the state's part `s = w h + b`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecurrentCell {
    /// `h' = tanh(x + s)`.
    Tanh,
    /// `h' = max(x + s, 0)`.
    Relu,
    /// Gates `r, z, n`: `n' = tanh(xₙ + σ(x_r + s_r) sₙ)` and `h' = n' + σ(x_z + s_z) (h - n')`.
    Gru,
    /// Gates `i, f, g, o` of `x + s`: `c' = σ(f) c + σ(i) tanh(g)` and `h' = σ(o) tanh(c')`.
    Lstm,
}

impl RecurrentCell {
    /// The number of gates.
    pub const fn gates(self) -> usize {
        match self {
            RecurrentCell::Tanh | RecurrentCell::Relu => 1,
            RecurrentCell::Gru => 3,
            RecurrentCell::Lstm => 4,
        }
    }

    /// The number of parts of the state: `h`, and for an LSTM `c`.
    pub const fn states(self) -> usize {
        match self {
            RecurrentCell::Lstm => 2,
            _ => 1,
        }
    }

    /// The number of values per unit that the backward pass reads besides the states: the gates after their nonlinearity, and for a GRU `sₙ`.
    pub const fn kept(self) -> usize {
        match self {
            RecurrentCell::Tanh | RecurrentCell::Relu => 0,
            RecurrentCell::Gru | RecurrentCell::Lstm => 4,
        }
    }

    /// PyTorch's name of the layer.
    pub const fn name(self) -> &'static str {
        match self {
            RecurrentCell::Tanh | RecurrentCell::Relu => "rnn",
            RecurrentCell::Gru => "gru",
            RecurrentCell::Lstm => "lstm",
        }
    }
}

/// A recurrent layer in one direction: its cell at every step of a sequence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recurrent {
    /// The cell.
    pub cell: RecurrentCell,
    /// Whether the last step comes first.
    pub reverse: bool,
    /// Whether there is a bias `b`.
    pub bias: bool,
}

impl Recurrent {
    /// The number of inputs: x, w, the parts of the state, and b if there is one.
    pub const fn inputs(&self) -> usize {
        2 + self.cell.states() + self.bias as usize
    }
}
