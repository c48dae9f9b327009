//! Recurrent layers of width 256 over 32 sequences of 64 positions of 128 numbers, forward, and with the gradients of input and weights.

use super::recurrent_reference::{Cell, Weights};
use super::{Reference, Row, Workload, gradient, host, randn};
use rushlight::nn::{GRU, GRUOptions, LSTM, LSTMOptions, RNN, RNNOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result, Tensor};
use std::rc::Rc;

const BATCH: usize = 32;
pub(super) const LENGTH: usize = 64;
pub(super) const INPUT: usize = 128;
pub(super) const HIDDEN: usize = 256;

pub(super) fn rows() -> Vec<Row> {
    let lstm = || LSTM::with(INPUT, HIDDEN, LSTMOptions::new().batch_first(true));
    let gru = || GRU::with(INPUT, HIDDEN, GRUOptions::new().batch_first(true));
    let rnn = || RNN::with(INPUT, HIDDEN, RNNOptions::new().batch_first(true));
    vec![
        Row::new("lstm_fwd", move || forward(Cell::Lstm, lstm()?)),
        Row::new("lstm_fwdbwd", move || {
            forward_and_backward(Cell::Lstm, lstm()?)
        }),
        Row::new("gru_fwd", move || forward(Cell::Gru, gru()?)),
        Row::new("gru_fwdbwd", move || {
            forward_and_backward(Cell::Gru, gru()?)
        }),
        Row::new("rnn_fwd", move || forward(Cell::Rnn, rnn()?)),
        Row::new("rnn_fwdbwd", move || {
            forward_and_backward(Cell::Rnn, rnn()?)
        }),
    ]
}

/// The four parameters of a layer: weights of input and state, biases of input and state.
fn parameters(layer: &impl Module) -> Result<[Tensor; 4]> {
    let of = |name| Ok::<_, Error>(layer.get_parameter(name)?.tensor().clone());
    Ok([
        of("weight_ih_l0")?,
        of("weight_hh_l0")?,
        of("bias_ih_l0")?,
        of("bias_hh_l0")?,
    ])
}

fn hosts(tensors: &[Tensor; 4]) -> Result<[Vec<f64>; 4]> {
    let [a, b, c, d] = tensors;
    Ok([host(a)?, host(b)?, host(c)?, host(d)?])
}

fn forward<State: 'static>(
    cell: Cell,
    layer: impl Forward<Output = (Tensor, State)> + 'static,
) -> Result<Workload> {
    let x = randn(&[BATCH, LENGTH, INPUT])?;
    let layer = Rc::new(layer);
    let (input, checked) = (x.clone(), Rc::clone(&layer));
    let workload = Workload::recorded(
        move || layer.call(&input).map(drop),
        move || {
            let (y, _) = no_grad(|| checked.call(&x))?;
            let weights = Weights::new(cell, hosts(&parameters(&*checked)?)?);
            for sample in [0, BATCH - 1] {
                let want = weights.outputs(&host(&x.i(sample)?)?);
                Reference::values(want)
                    .within(1e-5)
                    .agrees(&format!("result for sample {sample}"), &y.i(sample)?)?;
            }
            Ok(())
        },
    );
    Ok(Workload {
        recorded: false,
        ..workload
    })
}

/// The gradients of the sum of the outputs.
fn forward_and_backward<State: 'static>(
    cell: Cell,
    layer: impl Forward<Output = (Tensor, State)> + 'static,
) -> Result<Workload> {
    let x = randn(&[BATCH, LENGTH, INPUT])?.requires_grad_(true)?;
    let parameters = parameters(&layer)?;
    let input = x.clone();
    Ok(Workload::recorded(
        move || {
            input.zero_grad();
            layer.zero_grad();
            layer.call(&input)?.0.sum()?.backward()
        },
        move || {
            places(cell, &x, &parameters)?;
            direction(cell, &x, &parameters)
        },
    ))
}

/// Compares the gradient with finite differences at the first, a middle and the last position of the first sequence.
fn places(cell: Cell, x: &Tensor, parameters: &[Tensor; 4]) -> Result<()> {
    const EPS: f64 = 1e-5;
    let weights = Weights::new(cell, hosts(parameters)?);
    let mut sequence = host(&x.detach().i(0)?)?;
    let gradient = host(&gradient(x)?.i(0)?)?;
    for at in [0, LENGTH / 2 * INPUT + 5, LENGTH * INPUT - 1] {
        let value = sequence[at];
        let mut sum = |x: f64| {
            sequence[at] = x;
            weights.outputs(&sequence).iter().sum::<f64>()
        };
        let slope = (sum(value + EPS) - sum(value - EPS)) / (2.0 * EPS);
        sequence[at] = value;
        close(
            &format!("gradient of the input at {at}"),
            gradient[at],
            slope,
        )?;
    }
    Ok(())
}

/// Compares the derivative in one random direction of all parameters and inputs with a finite difference.
fn direction(cell: Cell, x: &Tensor, parameters: &[Tensor; 4]) -> Result<()> {
    const EPS: f64 = 1e-6;
    let mut got = 0.0;
    let mut moved = |tensor: &Tensor| -> Result<[Vec<f64>; 2]> {
        let values = host(&tensor.detach())?;
        let along = host(&randn(tensor.shape())?)?;
        let gradient = host(&gradient(tensor)?)?;
        got += gradient.iter().zip(&along).map(|(g, d)| g * d).sum::<f64>();
        let by = |eps: f64| {
            values
                .iter()
                .zip(&along)
                .map(|(v, d)| v + eps * d)
                .collect()
        };
        Ok([by(EPS), by(-EPS)])
    };
    let [up, down] = moved(x)?;
    let [wi, wh, bi, bh] = parameters;
    let [wi, wh, bi, bh] = [moved(wi)?, moved(wh)?, moved(bi)?, moved(bh)?];
    let ([wi_up, wi_down], [wh_up, wh_down]) = (wi, wh);
    let ([bi_up, bi_down], [bh_up, bh_down]) = (bi, bh);
    let sum = |x: &[f64], parameters| {
        let weights = Weights::new(cell, parameters);
        let samples = x.chunks(LENGTH * INPUT);
        samples
            .map(|x| weights.outputs(x).iter().sum::<f64>())
            .sum::<f64>()
    };
    let rise =
        sum(&up, [wi_up, wh_up, bi_up, bh_up]) - sum(&down, [wi_down, wh_down, bi_down, bh_down]);
    close("derivative in a random direction", got, rise / (2.0 * EPS))
}

fn close(what: &str, got: f64, want: f64) -> Result<()> {
    // A NaN is not close.
    match (got - want).abs() <= 1e-3 * want.abs().max(1.0) {
        true => Ok(()),
        false => Err(Error::value(format!(
            "the {what} is {got}, and a finite difference gives {want}"
        ))),
    }
}
