//! One step of each cell: it computes the new state, `h` first, from the old state and the input's part of the gates.

use super::weights::Maps;
use rushlight_tensor::{Result, Tensor, named_enum};

named_enum! {
    /// The nonlinearity of the gates of an [`RNN`](crate::RNN).
    RNNNonlinearity {
        /// The hyperbolic tangent.
        #[default]
        Tanh = "tanh",
        /// `max(x, 0)`.
        Relu = "relu",
    }
}

/// Computes `h' = tanh(W x + b + U h + c)`, or applies the other nonlinearity.
pub(super) fn rnn(
    weights: &Maps,
    input: &Tensor,
    [h]: [Tensor; 1],
    nonlinearity: RNNNonlinearity,
) -> Result<[Tensor; 1]> {
    let gate = input.add(&weights.of_state(&h)?)?;
    Ok([match nonlinearity {
        RNNNonlinearity::Tanh => gate.tanh()?,
        RNNNonlinearity::Relu => gate.relu()?,
    }])
}

/// Computes `c' = σ(f) c + σ(i) tanh(g)` and `h' = σ(o) tanh(c')`, which a projection may follow.
pub(super) fn lstm(weights: &Maps, input: &Tensor, [h, c]: [Tensor; 2]) -> Result<[Tensor; 2]> {
    let gates = input.add(&weights.of_state(&h)?)?;
    let hidden = c.shape()[1];
    let gate = |i: usize| gates.narrow(1, i * hidden, hidden);
    let (i, f, g, o) = (
        gate(0)?.sigmoid()?,
        gate(1)?.sigmoid()?,
        gate(2)?.tanh()?,
        gate(3)?.sigmoid()?,
    );
    let c = f.mul(&c)?.add(&i.mul(&g)?)?;
    let h = weights.projected(o.mul(&c.tanh()?)?)?;
    Ok([h, c])
}

/// Computes `n = tanh(xₙ + σ(r) hₙ)` and `h' = n + σ(z) (h - n)`.
pub(super) fn gru(weights: &Maps, input: &Tensor, [h]: [Tensor; 1]) -> Result<[Tensor; 1]> {
    let state = weights.of_state(&h)?;
    let hidden = h.shape()[1];
    let of = |t: &Tensor, i: usize| t.narrow(1, i * hidden, hidden);
    let r = of(input, 0)?.add(&of(&state, 0)?)?.sigmoid()?;
    let z = of(input, 1)?.add(&of(&state, 1)?)?.sigmoid()?;
    let n = of(input, 2)?.add(&r.mul(&of(&state, 2)?)?)?.tanh()?;
    Ok([n.add(&z.mul(&h.sub(&n)?)?)?])
}

/// Applies `f` to each part of a state.
pub(super) fn each<const S: usize>(
    state: &[Tensor; S],
    f: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<[Tensor; S]> {
    let mut new = state.clone();
    for part in &mut new {
        *part = f(part)?;
    }
    Ok(new)
}
