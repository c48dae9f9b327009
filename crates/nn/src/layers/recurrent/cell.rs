//! The code that recurrent cells share. A cell is a layer that computes a single step, for custom loops over a sequence.

use super::step::each;
use super::weights::{Maps, Sizes, Weights};
use crate::{CopyMemo, Node, Visitor, VisitorMut};
use rushlight_tensor::{Error, Half, Options, Result, Tensor};

/// A cell's weights and their sizes.
#[derive(Debug)]
pub(super) struct Cell {
    name: &'static str,
    input: usize,
    hidden: usize,
    bias: bool,
    weights: Weights,
}

impl Cell {
    /// Draws the weights.
    #[track_caller]
    pub fn draw(
        name: &'static str,
        gates: usize,
        input: usize,
        hidden: usize,
        bias: bool,
        options: &Options,
    ) -> Result<Cell> {
        let sizes = Sizes {
            gates,
            input,
            hidden,
            projection: None,
            bias,
        };
        Ok(Cell {
            name,
            input,
            hidden,
            bias,
            weights: Weights::draw(sizes, String::new(), options)?,
        })
    }

    /// Computes one step from a given state, or from zeros.
    pub fn run<const S: usize>(
        &self,
        x: &Tensor,
        state: Option<[Tensor; S]>,
        step: impl Fn(&Maps, &Tensor, [Tensor; S]) -> Result<[Tensor; S]>,
    ) -> Result<[Tensor; S]> {
        let Cell {
            name,
            input,
            hidden,
            ..
        } = *self;
        let n = match *x.shape() {
            [width] if width == input => None,
            [n, width] if width == input => Some(n),
            _ => {
                return Err(Error::shape(format!(
                    "{name}: expected [n, {input}] or [{input}], got shape {:?}",
                    x.shape()
                )));
            }
        };
        self.weights.check_dtype(name, x)?;
        let expected: Vec<usize> = n.into_iter().chain([hidden]).collect();
        for (part, what) in state.iter().flatten().zip(["h", "c"]) {
            if part.shape() != expected {
                return Err(Error::shape(format!(
                    "{name}: for input {:?} the state {what} must be {expected:?}, not {:?}",
                    x.shape(),
                    part.shape()
                )));
            }
            self.weights.check_dtype(name, part)?;
        }
        let half = Half::among([x]);
        let with_batch = |t: &Tensor| {
            let t = half.map_or_else(|| Ok(t.clone()), |half| half.widen(t))?;
            match n {
                Some(_) => Ok(t),
                None => t.unsqueeze(0),
            }
        };
        let x = with_batch(x)?;
        let state = match state {
            Some(state) => each(&state, with_batch)?,
            None => {
                let zeros = x.new_zeros([n.unwrap_or(1), hidden])?;
                std::array::from_fn(|_| zeros.clone())
            }
        };
        let maps = self.weights.maps(half)?;
        let mut new = step(&maps, &maps.of_input(&x)?, state)?;
        if let Some(half) = half {
            new = each(&new, |t| half.round(t.clone()))?;
        }
        match n {
            Some(_) => Ok(new),
            None => each(&new, |t| t.squeeze_dim(0)),
        }
    }

    /// The arguments as PyTorch prints them.
    pub fn repr(&self) -> String {
        let bias = if self.bias { "" } else { ", bias=False" };
        format!("{}, {}{bias}", self.input, self.hidden)
    }

    /// Type and sizes, for error messages.
    pub fn describe(&self) -> String {
        format!("{} {}→{}", self.name, self.input, self.hidden)
    }
}

impl Node for Cell {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn Visitor<'a>) {
        self.weights.visit_node(name, visitor);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.weights.visit_node_mut(name, visitor)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        Ok(Cell {
            weights: self.weights.copy_node(memo)?,
            ..*self
        })
    }
}
