//! Recurrent layers and their cells.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::value::Value;
use rushlight::Tensor;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.GRU" = "nn::GRU": |a| {
        let Network { input, hidden, layers, bias, batch_first, dropout, both } = network(a, 2)?;
        let options = GRUOptions::new().num_layers(layers).bias(bias).batch_first(batch_first);
        GRU::with(input, hidden, options.dropout(dropout).bidirectional(both))?
    } => |m, a| Ok(match a.maybe_tensor(1, "hx")? {
        Some(h) => m.call_with_state(a.x()?, h)?,
        None => m.call(a.x()?)?,
    });
    "nn.GRUCell" = "nn::GRUCell": |a| {
        let options = GRUCellOptions::new().bias(a.flag(2, "bias", true)?);
        GRUCell::with(a.size(0, "input_size")?, a.size(1, "hidden_size")?, options)?
    } => |m, a| Ok(match a.maybe_tensor(1, "hx")? {
        Some(h) => m.call_with_state(a.x()?, h)?,
        None => m.call(a.x()?)?,
    });
    "nn.LSTM" = "nn::LSTM": |a| {
        let Network { input, hidden, layers, bias, batch_first, dropout, both } = network(a, 2)?;
        let options = LSTMOptions::new().num_layers(layers).bias(bias).batch_first(batch_first);
        let options = options.dropout(dropout).bidirectional(both);
        LSTM::with(input, hidden, options.proj_size(a.size_or(7, "proj_size", 0)?))?
    } => |m, a| {
        let (y, (h, c)) = match two(a)? {
            Some(state) => m.call_with_state(a.x()?, &state)?,
            None => m.call(a.x()?)?,
        };
        Ok((y, h, c))
    };
    "nn.LSTMCell" = "nn::LSTMCell": |a| {
        let options = LSTMCellOptions::new().bias(a.flag(2, "bias", true)?);
        LSTMCell::with(a.size(0, "input_size")?, a.size(1, "hidden_size")?, options)?
    } => |m, a| Ok(match two(a)? {
        Some(state) => m.call_with_state(a.x()?, &state)?,
        None => m.call(a.x()?)?,
    });
    "nn.RNN" = "nn::RNN": |a| {
        // Here alone the fourth argument is the nonlinearity.
        let after = if a.count() > 3 { 3 } else { 2 };
        let Network { input, hidden, layers, bias, batch_first, dropout, both } = network(a, after)?;
        let options = RNNOptions::new().num_layers(layers).bias(bias).batch_first(batch_first);
        let options = options.dropout(dropout).bidirectional(both);
        RNN::with(input, hidden, options.nonlinearity(nonlinearity(a, 3)?))?
    } => |m, a| Ok(match a.maybe_tensor(1, "hx")? {
        Some(h) => m.call_with_state(a.x()?, h)?,
        None => m.call(a.x()?)?,
    });
    "nn.RNNCell" = "nn::RNNCell": |a| {
        let options = RNNCellOptions::new().bias(a.flag(2, "bias", true)?).nonlinearity(nonlinearity(a, 3)?);
        RNNCell::with(a.size(0, "input_size")?, a.size(1, "hidden_size")?, options)?
    } => |m, a| Ok(match a.maybe_tensor(1, "hx")? {
        Some(h) => m.call_with_state(a.x()?, h)?,
        None => m.call(a.x()?)?,
    });
};

/// What all three networks take.
struct Network {
    input: usize,
    hidden: usize,
    layers: usize,
    bias: bool,
    batch_first: bool,
    dropout: f64,
    both: bool,
}

/// `num_layers` is the third argument; those after it follow position `at`.
fn network(a: &Args, at: usize) -> Answer<Network> {
    Ok(Network {
        input: a.size(0, "input_size")?,
        hidden: a.size(1, "hidden_size")?,
        layers: a.size_or(2, "num_layers", 1)?,
        bias: a.flag(at + 1, "bias", true)?,
        batch_first: a.flag(at + 2, "batch_first", false)?,
        dropout: a.float_or(at + 3, "dropout", 0.0)?,
        both: a.flag(at + 4, "bidirectional", false)?,
    })
}

fn nonlinearity(a: &Args, at: usize) -> Answer<RNNNonlinearity> {
    let name = a.word(at, "nonlinearity", "tanh")?;
    name.parse()
        .or_else(|_| unsupported(format!("nonlinearity {name:?}")))
}

/// The state `(h, c)`, if one is given.
fn two(a: &Args) -> Answer<Option<(Tensor, Tensor)>> {
    match a.get(1, "hx") {
        None => Ok(None),
        Some(Value::List(parts) | Value::Tuple(parts)) => match &parts[..] {
            [Value::Tensor(_, h), Value::Tensor(_, c)] => Ok(Some((h.clone(), c.clone()))),
            _ => unsupported("a state that is not two tensors"),
        },
        Some(other) => unsupported(format!("a state that is {}", other.kind())),
    }
}
