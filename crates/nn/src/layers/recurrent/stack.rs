//! Layers of cells over a sequence, in one or two directions.

use super::step::each;
use super::weights::{Maps, Sizes, Weights};
use crate::layers::sizes::room_for_layers;
use crate::{CopyMemo, Node, Visitor, VisitorMut, functional};
use rushlight_tensor::backend::{Fused, Recurrent, RecurrentCell};
use rushlight_tensor::{Error, Half, Options, Result, Tensor, apply_if_fused};

/// The configuration that RNN, LSTM and GRU share.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub name: &'static str,
    pub gates: usize,
    pub input_size: usize,
    pub hidden_size: usize,
    /// The width of a projected `h`; 0 without a projection.
    pub proj_size: usize,
    pub num_layers: usize,
    pub bias: bool,
    pub batch_first: bool,
    pub dropout: f64,
    pub bidirectional: bool,
}

impl Config {
    #[track_caller]
    fn check(&self) -> Result<()> {
        let name = self.name;
        for (what, size) in [
            ("input_size", self.input_size),
            ("hidden_size", self.hidden_size),
            ("num_layers", self.num_layers),
        ] {
            if size == 0 {
                return Err(Error::value(format!("{name}: {what} must be positive")));
            }
        }
        if self.proj_size >= self.hidden_size {
            return Err(Error::value(format!(
                "{name}: proj_size {} must be smaller than hidden_size {}",
                self.proj_size, self.hidden_size
            )));
        }
        functional::probability(name, self.dropout)
    }

    fn directions(&self) -> usize {
        1 + self.bidirectional as usize
    }

    /// The width of `h`.
    fn width(&self) -> usize {
        match self.proj_size {
            0 => self.hidden_size,
            width => width,
        }
    }
}

/// The cells of all layers and directions.
#[derive(Debug)]
pub(super) struct Stack {
    config: Config,
    /// The cells in order: for each layer the forward cell, and then the backward cell if there is one.
    cells: Vec<Weights>,
}

impl Stack {
    /// Draws the weights.
    #[track_caller]
    pub fn draw(config: Config, options: &Options) -> Result<Stack> {
        config.check()?;
        let directions = config.directions();
        room_for_layers(config.name, config.num_layers)?;
        let mut cells = Vec::new();
        for layer in 0..config.num_layers {
            let sizes = Sizes {
                gates: config.gates,
                input: match layer {
                    0 => config.input_size,
                    _ => config.width().saturating_mul(directions),
                },
                hidden: config.hidden_size,
                projection: (config.proj_size > 0).then_some(config.proj_size),
                bias: config.bias,
            };
            for way in &["", "_reverse"][..directions] {
                cells.push(Weights::draw(sizes, format!("_l{layer}{way}"), options)?);
            }
        }
        Ok(Stack { config, cells })
    }

    /// Computes all outputs and the last state of every cell. The parts of a state are `[layers directions, n, width]`; the default state
    /// is zero.
    pub fn run<const S: usize>(
        &self,
        x: &Tensor,
        initial: Option<[Tensor; S]>,
        training: bool,
        kind: RecurrentCell,
        step: impl Fn(&Maps, &Tensor, [Tensor; S]) -> Result<[Tensor; S]>,
    ) -> Result<(Tensor, [Tensor; S])> {
        let batched = self.check_input(x)?;
        if let Some(state) = &initial {
            self.check_state(x, state)?;
        }
        // Internally, the layout is [length, n, ..].
        let swapped = batched && self.config.batch_first;
        let half = Half::among([x]);
        let wide = |t: &Tensor| half.map_or_else(|| Ok(t.clone()), |half| half.widen(t));
        let with_batch = |t: &Tensor| {
            if batched {
                wide(t)
            } else {
                wide(t)?.unsqueeze(1)
            }
        };
        let x = match swapped {
            true => wide(x)?.transpose(0, 1)?,
            false => with_batch(x)?,
        };
        let initial = match initial {
            Some(state) => each(&state, with_batch)?,
            None => self.zeros(&x)?,
        };
        let (mut y, mut last) = self.layers(x, &initial, training, half, kind, step)?;
        if let Some(half) = half {
            y = half.round(y)?;
            last = each(&last, |t| half.round(t.clone()))?;
        }
        let y = match (batched, swapped) {
            (false, _) => y.squeeze_dim(1)?,
            (true, true) => y.transpose(0, 1)?,
            (true, false) => y,
        };
        match batched {
            true => Ok((y, last)),
            false => Ok((y, each(&last, |t| t.squeeze_dim(1))?)),
        }
    }

    fn layers<const S: usize>(
        &self,
        mut x: Tensor,
        initial: &[Tensor; S],
        training: bool,
        half: Option<Half>,
        kind: RecurrentCell,
        step: impl Fn(&Maps, &Tensor, [Tensor; S]) -> Result<[Tensor; S]>,
    ) -> Result<(Tensor, [Tensor; S])> {
        let directions = self.config.directions();
        let mut last: Vec<[Tensor; S]> = Vec::with_capacity(self.cells.len());
        for (layer, cells) in self.cells.chunks(directions).enumerate() {
            if layer > 0 {
                x = functional::dropout(&x, self.config.dropout, training)?;
            }
            let mut ways = Vec::with_capacity(directions);
            for (way, cell) in cells.iter().enumerate() {
                let cell = &cell.maps(half)?;
                let state = each(initial, |t| t.select(0, last.len() as isize))?;
                let gates = cell.of_input(&x)?;
                let reverse = way == 1;
                let (y, state) = match at_once(kind, cell, &gates, &state, reverse)? {
                    Some(done) => done,
                    None => step_by_step(&step, cell, &gates, state, reverse)?,
                };
                ways.push(y);
                last.push(state);
            }
            x = match &ways[..] {
                [forward] => forward.clone(),
                _ => Tensor::cat(&ways.iter().collect::<Vec<_>>(), -1)?,
            };
        }
        let mut state = initial.clone();
        for (i, part) in state.iter_mut().enumerate() {
            *part = Tensor::stack(&last.iter().map(|s| &s[i]).collect::<Vec<_>>(), 0)?;
        }
        Ok((x, state))
    }

    /// Creates a state of zeros for `x: [length, n, input]`.
    fn zeros<const S: usize>(&self, x: &Tensor) -> Result<[Tensor; S]> {
        let shape = self.state_shapes::<S>(Some(x.shape()[1]));
        let mut state = std::array::from_fn(|_| x.clone());
        for (part, shape) in state.iter_mut().zip(shape) {
            *part = x.new_zeros(shape)?;
        }
        Ok(state)
    }

    /// The shape of each part of a state: a projection changes the width of `h`, but not of `c`.
    fn state_shapes<const S: usize>(&self, n: Option<usize>) -> [Vec<usize>; S] {
        std::array::from_fn(|i| {
            let width = match i {
                0 => self.config.width(),
                _ => self.config.hidden_size,
            };
            [Some(self.cells.len()), n, Some(width)]
                .into_iter()
                .flatten()
                .collect()
        })
    }

    /// Returns whether the input has a batch dimension, or an error if its shape does not match.
    fn check_input(&self, x: &Tensor) -> Result<bool> {
        let Config {
            name,
            input_size,
            batch_first,
            ..
        } = self.config;
        let batched = match x.ndim() {
            2 => false,
            3 => true,
            _ => {
                let order = if batch_first {
                    "n, length"
                } else {
                    "length, n"
                };
                return Err(Error::shape(format!(
                    "{name}: expected [{order}, {input_size}] or [length, {input_size}], got shape {:?}",
                    x.shape()
                )));
            }
        };
        let last = x.shape()[x.ndim() - 1];
        if last != input_size {
            return Err(Error::shape(format!(
                "{name}: the last dimension must be input_size {input_size}, got shape {:?}",
                x.shape()
            )));
        }
        if x.shape()[(batched && batch_first) as usize] == 0 {
            return Err(Error::shape(format!(
                "{name}: a sequence must have at least one step, got shape {:?}",
                x.shape()
            )));
        }
        self.cells[0].check_dtype(name, x)?;
        Ok(batched)
    }

    fn check_state<const S: usize>(&self, x: &Tensor, state: &[Tensor; S]) -> Result<()> {
        let n = (x.ndim() == 3).then(|| x.shape()[!self.config.batch_first as usize]);
        for ((part, shape), what) in state.iter().zip(self.state_shapes::<S>(n)).zip(["h", "c"]) {
            if part.shape() != shape {
                return Err(Error::shape(format!(
                    "{}: for input {:?} the state {what} must be {shape:?}, not {:?}",
                    self.config.name,
                    x.shape(),
                    part.shape()
                )));
            }
            self.cells[0].check_dtype(self.config.name, part)?;
        }
        Ok(())
    }

    /// The arguments as PyTorch prints them.
    pub fn repr(&self) -> String {
        let c = &self.config;
        let mut out = format!("{}, {}", c.input_size, c.hidden_size);
        if c.proj_size != 0 {
            out += &format!(", proj_size={}", c.proj_size);
        }
        if c.num_layers != 1 {
            out += &format!(", num_layers={}", c.num_layers);
        }
        if !c.bias {
            out += ", bias=False";
        }
        if c.batch_first {
            out += ", batch_first=True";
        }
        if c.dropout != 0.0 {
            out += &format!(", dropout={:?}", c.dropout);
        }
        if c.bidirectional {
            out += ", bidirectional=True";
        }
        out
    }

    /// Type and sizes, for error messages.
    pub fn describe(&self) -> String {
        let c = &self.config;
        format!("{} {}→{}", c.name, c.input_size, c.hidden_size)
    }
}

impl Node for Stack {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        self.cells.visit_node(name, visitor);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.cells.visit_node_mut(name, visitor)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        Ok(Stack {
            config: self.config.clone(),
            cells: self.cells.copy_node(memo)?,
        })
    }
}

/// The outputs of all steps and the last state, if the device has a kernel for a whole direction of a layer.
fn at_once<const S: usize>(
    kind: RecurrentCell,
    cell: &Maps,
    gates: &Tensor,
    state: &[Tensor; S],
    reverse: bool,
) -> Result<Option<(Tensor, [Tensor; S])>> {
    let Some((w, bias)) = cell.state_map() else {
        return Ok(None);
    };
    let layer = Recurrent {
        cell: kind,
        reverse,
        bias: bias.is_some(),
    };
    let mut inputs = vec![gates, w];
    inputs.extend(state);
    inputs.extend(bias);
    let Some(states) = apply_if_fused(Fused::Recurrent(layer), &inputs)? else {
        return Ok(None);
    };
    let end = if reverse { 0 } else { -1 };
    let mut last = state.clone();
    for (i, part) in last.iter_mut().enumerate() {
        *part = states.select(0, i as isize)?.select(0, end)?;
    }
    Ok(Some((states.select(0, 0)?, last)))
}

/// The same by a step after the other.
fn step_by_step<const S: usize>(
    step: &impl Fn(&Maps, &Tensor, [Tensor; S]) -> Result<[Tensor; S]>,
    cell: &Maps,
    gates: &Tensor,
    mut state: [Tensor; S],
    reverse: bool,
) -> Result<(Tensor, [Tensor; S])> {
    let mut inputs = Vec::with_capacity(gates.shape()[0]);
    split_steps(gates, &mut inputs)?;
    if reverse {
        inputs.reverse();
    }
    let mut outputs = Vec::with_capacity(inputs.len());
    for input in &inputs {
        state = step(cell, input, state)?;
        outputs.push(state[0].clone());
    }
    if reverse {
        outputs.reverse();
    }
    Ok((Tensor::stack(&outputs, 0)?, state))
}

/// Splits `[length, ..]` into its entries as views, by recursive halving: the gradient of a view is as large as its base, so direct views
/// of the whole tensor would take quadratic time in the length.
fn split_steps(x: &Tensor, into: &mut Vec<Tensor>) -> Result<()> {
    match x.shape()[0] {
        0 => {}
        1 => into.push(x.select(0, 0)?),
        n => {
            split_steps(&x.narrow(0, 0, n / 2)?, into)?;
            split_steps(&x.narrow(0, n / 2, n - n / 2)?, into)?;
        }
    }
    Ok(())
}
