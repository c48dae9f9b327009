//! The weights of one cell, under PyTorch's names.

use crate::{CopyMemo, Node, Parameter, Visitor, VisitorMut, init};
use rushlight_tensor::{Half, Options, Result, Tensor};

/// The weights of one cell, or of one layer and direction of a network.
#[derive(Debug)]
pub(super) struct Weights {
    /// `weight_ih`: `[gates hidden, input]`.
    ih: Parameter,
    /// `weight_hh`: `[gates hidden, width of h]`.
    hh: Parameter,
    /// `bias_ih` and `bias_hh`: `[gates hidden]`.
    biases: Option<[Parameter; 2]>,
    /// `weight_hr`: `[projection, hidden]`.
    hr: Option<Parameter>,
    /// The suffix of each name, such as `_l0_reverse`.
    suffix: String,
}

/// The sizes of the weights.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub gates: usize,
    pub input: usize,
    pub hidden: usize,
    pub projection: Option<usize>,
    pub bias: bool,
}

/// Creates a parameter with uniform values in ±`bound`.
#[track_caller]
fn drawn(shape: &[usize], bound: f64, options: &Options) -> Result<Parameter> {
    let t = Tensor::empty(shape, options.clone())?;
    init::uniform_(&t, -bound, bound)?;
    Parameter::new(t)
}

impl Weights {
    /// Creates the weights uniformly in ±1/√hidden, drawn in PyTorch's order.
    #[track_caller]
    pub fn draw(sizes: Sizes, suffix: String, options: &Options) -> Result<Weights> {
        let Sizes {
            gates,
            input,
            hidden,
            projection,
            bias,
        } = sizes;
        let bound = if hidden > 0 {
            1.0 / (hidden as f64).sqrt()
        } else {
            0.0
        };
        let rows = gates.saturating_mul(hidden);
        let ih = drawn(&[rows, input], bound, options)?;
        let hh = drawn(&[rows, projection.unwrap_or(hidden)], bound, options)?;
        let biases = match bias {
            true => Some([
                drawn(&[rows], bound, options)?,
                drawn(&[rows], bound, options)?,
            ]),
            false => None,
        };
        let hr = match projection {
            Some(width) => Some(drawn(&[width, hidden], bound, options)?),
            None => None,
        };
        Ok(Weights {
            ih,
            hh,
            biases,
            hr,
            suffix,
        })
    }

    /// Returns the weights for the steps of a cell; half-precision weights are converted to `float32` once for all steps.
    pub fn maps(&self, half: Option<Half>) -> Result<Maps> {
        let map = |t: &Tensor| half.map_or_else(|| Ok(t.clone()), |half| half.widen(t));
        let biases = match &self.biases {
            Some([ih, hh]) => Some([map(ih)?, map(hh)?]),
            None => None,
        };
        Ok(Maps {
            ih: map(&self.ih)?,
            hh: map(&self.hh)?,
            biases,
            hr: self.hr.as_ref().map(|hr| map(hr)).transpose()?,
        })
    }

    /// Returns an error unless `x` has the dtype of the weights.
    pub fn check_dtype(&self, name: &str, x: &Tensor) -> Result<()> {
        match x.dtype() == self.ih.dtype() {
            true => Ok(()),
            false => Err(rushlight_tensor::Error::dtype(format!(
                "{name}: the input is {}, but the weights are {}; convert one of them",
                x.dtype(),
                self.ih.dtype()
            ))),
        }
    }
}

/// The affine maps of one cell.
pub(super) struct Maps {
    ih: Tensor,
    hh: Tensor,
    biases: Option<[Tensor; 2]>,
    hr: Option<Tensor>,
}

impl Maps {
    /// Computes the input's part of the gates, for one step or for all: `[.., input] → [.., gates hidden]`.
    pub fn of_input(&self, x: &Tensor) -> Result<Tensor> {
        x.linear(&self.ih, self.biases.as_ref().map(|[ih, _]| ih))
    }

    /// Computes the state's part of the gates: `[n, width of h] → [n, gates hidden]`.
    pub fn of_state(&self, h: &Tensor) -> Result<Tensor> {
        h.linear(&self.hh, self.biases.as_ref().map(|[_, hh]| hh))
    }

    /// The weight and the bias of [`Maps::of_state`], unless the state is projected.
    pub fn state_map(&self) -> Option<(&Tensor, Option<&Tensor>)> {
        let bias = self.biases.as_ref().map(|[_, hh]| hh);
        self.hr.is_none().then_some((&self.hh, bias))
    }

    /// Projects the output, if there is a projection: `[n, hidden] → [n, projection]`.
    pub fn projected(&self, h: Tensor) -> Result<Tensor> {
        match &self.hr {
            Some(hr) => h.linear(hr, None),
            None => Ok(h),
        }
    }
}

impl Node for Weights {
    fn visit_node<'a>(&'a self, _name: &str, visitor: &mut dyn Visitor<'a>) {
        let suffix = &self.suffix;
        visitor.parameter(&format!("weight_ih{suffix}"), &self.ih);
        visitor.parameter(&format!("weight_hh{suffix}"), &self.hh);
        if let Some([ih, hh]) = &self.biases {
            visitor.parameter(&format!("bias_ih{suffix}"), ih);
            visitor.parameter(&format!("bias_hh{suffix}"), hh);
        }
        if let Some(hr) = &self.hr {
            visitor.parameter(&format!("weight_hr{suffix}"), hr);
        }
    }
    fn visit_node_mut(&mut self, _name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        let suffix = &self.suffix;
        visitor.parameter(&format!("weight_ih{suffix}"), &mut self.ih)?;
        visitor.parameter(&format!("weight_hh{suffix}"), &mut self.hh)?;
        if let Some([ih, hh]) = &mut self.biases {
            visitor.parameter(&format!("bias_ih{suffix}"), ih)?;
            visitor.parameter(&format!("bias_hh{suffix}"), hh)?;
        }
        match &mut self.hr {
            Some(hr) => visitor.parameter(&format!("weight_hr{suffix}"), hr),
            None => Ok(()),
        }
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        Ok(Weights {
            ih: self.ih.copy_node(memo)?,
            hh: self.hh.copy_node(memo)?,
            biases: self.biases.copy_node(memo)?,
            hr: self.hr.copy_node(memo)?,
            suffix: self.suffix.clone(),
        })
    }
}
