//! Recurrent layers, step by step.

use crate::Tensor;
use crate::dispatch::Results;
use rushlight_backend::{Recurrent, RecurrentCell, Result};
use smallvec::{SmallVec, smallvec};

/// What a step reads and computes.
struct Step {
    /// The parts of the state before and after the step.
    before: SmallVec<[Tensor; 2]>,
    after: SmallVec<[Tensor; 2]>,
    /// The gates after their nonlinearity, and for a GRU the state's part of the last one.
    kept: Vec<Tensor>,
}

/// The states after each step, and what the backward pass reads besides.
#[track_caller]
pub(super) fn forward(f: &Recurrent, inputs: &[&Tensor]) -> Result<Results> {
    let steps = steps(f, inputs)?;
    let in_order = |of: &dyn Fn(&Step) -> Result<Tensor>| -> Result<Tensor> {
        let mut list = steps.iter().map(of).collect::<Result<Vec<_>>>()?;
        if f.reverse {
            list.reverse();
        }
        Tensor::stack(&list, 0)
    };
    let states = (0..f.cell.states()).map(|i| in_order(&|step| Ok(step.after[i].clone())));
    let out = Tensor::stack(&states.collect::<Result<Vec<_>>>()?, 0)?;
    let aux = match f.cell.kept() {
        0 => smallvec![],
        _ => smallvec![in_order(&|step| Tensor::cat(&step.kept, -1))?],
    };
    Ok(Results { out, aux })
}

/// All steps in the order in which they are computed.
#[track_caller]
fn steps(f: &Recurrent, inputs: &[&Tensor]) -> Result<Vec<Step>> {
    let (x, w) = (inputs[0], inputs[1].t()?);
    let (first, bias) = inputs[2..].split_at(f.cell.states());
    let count = x.shape()[0];
    let mut state: SmallVec<[Tensor; 2]> = first.iter().map(|&t| t.clone()).collect();
    let mut steps = Vec::with_capacity(count);
    for i in 0..count {
        let place = if f.reverse { count - 1 - i } else { i };
        let mut s = state[0].matmul(&w)?;
        if let Some(bias) = bias.first() {
            s = s.add(*bias)?;
        }
        let step = step(f.cell, &x.select(0, place as isize)?, &s, state)?;
        state = step.after.clone();
        steps.push(step);
    }
    Ok(steps)
}

#[track_caller]
fn step(
    cell: RecurrentCell,
    x: &Tensor,
    s: &Tensor,
    before: SmallVec<[Tensor; 2]>,
) -> Result<Step> {
    let hidden = before[0].shape()[1];
    let gate = |t: &Tensor, i: usize| t.narrow(1, i * hidden, hidden);
    let (kept, after): (Vec<Tensor>, SmallVec<[Tensor; 2]>) = match cell {
        RecurrentCell::Tanh => (vec![], smallvec![x.add(s)?.tanh()?]),
        RecurrentCell::Relu => (vec![], smallvec![x.add(s)?.relu()?]),
        RecurrentCell::Gru => {
            let r = gate(x, 0)?.add(&gate(s, 0)?)?.sigmoid()?;
            let z = gate(x, 1)?.add(&gate(s, 1)?)?.sigmoid()?;
            let part = gate(s, 2)?;
            let n = gate(x, 2)?.add(&r.mul(&part)?)?.tanh()?;
            let h = n.add(&z.mul(&before[0].sub(&n)?)?)?;
            (vec![r, z, n, part], smallvec![h])
        }
        RecurrentCell::Lstm => {
            let gates = x.add(s)?;
            let (i, f) = (gate(&gates, 0)?.sigmoid()?, gate(&gates, 1)?.sigmoid()?);
            let (g, o) = (gate(&gates, 2)?.tanh()?, gate(&gates, 3)?.sigmoid()?);
            let c = f.mul(&before[1])?.add(&i.mul(&g)?)?;
            let h = o.mul(&c.tanh()?)?;
            (vec![i, f, g, o], smallvec![h, c])
        }
    };
    Ok(Step {
        before,
        after,
        kept,
    })
}

/// The gradients of x, of the parts of the first state, and for a GRU of the state's part of the gates. The steps are computed anew, so that
/// the gradients have a history.
#[track_caller]
pub(super) fn backward(f: &Recurrent, inputs: &[&Tensor]) -> Result<Results> {
    let (g, layer) = (inputs[0], &inputs[1..1 + f.inputs()]);
    let (w, steps) = (layer[1], steps(f, layer)?);
    let mut carried: Vec<Tensor> = layer[2..2 + f.cell.states()]
        .iter()
        .map(|t| t.zeros_like())
        .collect::<Result<_>>()?;
    let (mut all_dx, mut all_ds) = (Vec::new(), Vec::new());
    for (i, step) in steps.iter().enumerate().rev() {
        let place = if f.reverse { steps.len() - 1 - i } else { i };
        for (part, carried) in carried.iter_mut().enumerate() {
            let g = g.select(0, part as isize)?.select(0, place as isize)?;
            *carried = carried.add(&g)?;
        }
        let Gradients {
            dx,
            ds,
            direct,
            before_c,
        } = gradients(f.cell, step, &carried)?;
        carried[0] = ds.matmul(w)?;
        if let Some(direct) = direct {
            carried[0] = carried[0].add(&direct)?;
        }
        if let Some(c) = before_c {
            carried[1] = c;
        }
        all_dx.push(dx);
        all_ds.push(ds);
    }
    // The last step came first.
    if !f.reverse {
        all_dx.reverse();
        all_ds.reverse();
    }
    let mut aux: SmallVec<[Tensor; 2]> = carried.into_iter().collect();
    if f.cell == RecurrentCell::Gru {
        aux.push(Tensor::stack(&all_ds, 0)?);
    }
    Ok(Results {
        out: Tensor::stack(&all_dx, 0)?,
        aux,
    })
}

/// The gradients of a step.
struct Gradients {
    /// Those of both parts of the gates.
    dx: Tensor,
    ds: Tensor,
    /// That of `h` before the step where it does not come through the gates.
    direct: Option<Tensor>,
    /// That of `c` before the step.
    before_c: Option<Tensor>,
}

/// `d / dv` of `tanh` and of the sigmoid, by their results.
fn tanh_slope(y: &Tensor) -> Result<Tensor> {
    y.square()?.neg()?.add(1.0)
}
fn sigmoid_slope(y: &Tensor) -> Result<Tensor> {
    y.sub(&y.square()?)
}

#[track_caller]
fn gradients(cell: RecurrentCell, step: &Step, g: &[Tensor]) -> Result<Gradients> {
    let dh = &g[0];
    let same = |dx: Tensor| Gradients {
        ds: dx.clone(),
        dx,
        direct: None,
        before_c: None,
    };
    match cell {
        RecurrentCell::Tanh => Ok(same(dh.mul(&tanh_slope(&step.after[0])?)?)),
        RecurrentCell::Relu => Ok(same(step.after[0].gt(0.0)?.where_cond(dh, 0.0)?)),
        RecurrentCell::Gru => {
            let [r, z, n, s] = [0, 1, 2, 3].map(|i| &step.kept[i]);
            let dn = dh.sub(&dh.mul(z)?)?.mul(&tanh_slope(n)?)?;
            let dz = dh.mul(&step.before[0].sub(n)?)?.mul(&sigmoid_slope(z)?)?;
            let dr = dn.mul(s)?.mul(&sigmoid_slope(r)?)?;
            Ok(Gradients {
                ds: Tensor::cat(&[&dr, &dz, &dn.mul(r)?], 1)?,
                dx: Tensor::cat(&[&dr, &dz, &dn], 1)?,
                direct: Some(dh.mul(z)?),
                before_c: None,
            })
        }
        RecurrentCell::Lstm => {
            let [i, f, g_, o] = [0, 1, 2, 3].map(|i| &step.kept[i]);
            let tanh = step.after[1].tanh()?;
            let dc = g[1].add(&dh.mul(o)?.mul(&tanh_slope(&tanh)?)?)?;
            let di = dc.mul(g_)?.mul(&sigmoid_slope(i)?)?;
            let df = dc.mul(&step.before[1])?.mul(&sigmoid_slope(f)?)?;
            let dg = dc.mul(i)?.mul(&tanh_slope(g_)?)?;
            let d_o = dh.mul(&tanh)?.mul(&sigmoid_slope(o)?)?;
            Ok(Gradients {
                before_c: Some(dc.mul(f)?),
                ..same(Tensor::cat(&[&di, &df, &dg, &d_o], 1)?)
            })
        }
    }
}
