//! `Sequential`: layers applied in order.

use crate::{Call, CopyMemo, Forward, Layer, Module, ModuleState, Node, Visitor, VisitorMut};
use rushlight_tensor::{Error, Result, Tensor};
use std::fmt;
use std::ops::Index;

/// A sequence of layers, each of which is called with the result of the one before. PyTorch: `nn.Sequential`.
///
/// ```
/// use rushlight::nn::{Call, Linear, ReLU, Sequential, sequential};
/// use rushlight::Tensor;
/// let model = sequential![Linear::new(10, 20)?, ReLU::new(), Linear::new(20, 1)?];
/// assert_eq!(model.call(&Tensor::zeros([32, 10], ())?)?.shape(), [32, 1]);
/// let same = Sequential::new().add(Linear::new(10, 20)?).add(ReLU::new()).add(Linear::new(20, 1)?);
/// assert_eq!(same.len(), model.len());
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Default)]
pub struct Sequential {
    layers: Vec<(String, Box<dyn Layer>)>,
    state: ModuleState,
}

/// Creates a [`Sequential`](crate::Sequential) of the given layers.
#[macro_export]
macro_rules! sequential {
    ($($layer:expr),* $(,)?) => {
        $crate::Sequential::from(::std::vec![$(::std::boxed::Box::new($layer) as ::std::boxed::Box<dyn $crate::Layer>),*])
    };
}

impl Sequential {
    /// Creates a sequence without layers, which returns its input.
    pub fn new() -> Sequential {
        Sequential::default()
    }

    /// Returns the sequence with one more layer, named by its position.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "adding a layer is what it does; no one adds sequences with +"
    )]
    pub fn add(mut self, layer: impl Layer) -> Sequential {
        self.push(Box::new(layer));
        self
    }

    /// Returns the sequence with one more layer under the given name, as from PyTorch's `OrderedDict`, or an error if the name is taken, is
    /// empty or contains a dot.
    #[track_caller]
    pub fn add_named(mut self, name: &str, layer: impl Layer) -> Result<Sequential> {
        if name.is_empty() || name.contains('.') || self.layers.iter().any(|(n, _)| n == name) {
            return Err(Error::value(format!(
                "Sequential: the name {name:?} is taken, is empty or contains a dot"
            )));
        }
        self.layers.push((name.to_owned(), Box::new(layer)));
        Ok(self)
    }

    /// Appends a layer, named by its position. PyTorch: `append`.
    pub fn push(&mut self, layer: impl Layer) {
        self.layers
            .push((self.layers.len().to_string(), Box::new(layer)));
    }

    /// Returns the number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Returns the layer at that position, if there is one.
    pub fn get(&self, position: usize) -> Option<&dyn Layer> {
        self.layers.get(position).map(|(_, layer)| &**layer)
    }

    /// Returns the layers in order.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Layer> {
        self.layers.iter().map(|(_, layer)| &**layer)
    }
}

/// `model[1]`, the layer at a position. Like the index of a list it panics if there is none; [`Sequential::get`] does not.
///
/// ```
/// use rushlight::nn::{Call, Linear, ReLU, sequential};
/// use rushlight::tensor;
/// let model = sequential![Linear::new(2, 2)?, ReLU::new()];
/// assert_eq!(model[1].call(&tensor!([-1.0, 1.0]))?.to_vec::<f32>()?, [0.0, 1.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
impl Index<usize> for Sequential {
    type Output = dyn Layer;

    #[track_caller]
    fn index(&self, position: usize) -> &dyn Layer {
        match self.get(position) {
            Some(layer) => layer,
            None => panic!(
                "Sequential: there is no layer {position}; it has {}",
                self.len()
            ),
        }
    }
}

impl From<Vec<Box<dyn Layer>>> for Sequential {
    fn from(layers: Vec<Box<dyn Layer>>) -> Sequential {
        layers.into_iter().collect()
    }
}

impl FromIterator<Box<dyn Layer>> for Sequential {
    fn from_iter<I: IntoIterator<Item = Box<dyn Layer>>>(layers: I) -> Sequential {
        let layers = layers
            .into_iter()
            .enumerate()
            .map(|(i, layer)| (i.to_string(), layer))
            .collect();
        Sequential {
            layers,
            state: ModuleState::default(),
        }
    }
}

impl Module for Sequential {
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>) {
        self.layers
            .iter()
            .for_each(|(name, layer)| layer.visit_node(name, visitor));
        self.state.visit_node("", visitor);
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.layers
            .iter_mut()
            .try_for_each(|(name, layer)| layer.visit_node_mut(name, visitor))?;
        self.state.visit_node_mut("", visitor)
    }
    #[inline]
    fn state(&self) -> Option<&ModuleState> {
        Some(&self.state)
    }
    fn state_mut(&mut self) -> Option<&mut ModuleState> {
        Some(&mut self.state)
    }
    fn type_name(&self) -> &'static str {
        "Sequential"
    }
    fn copy_with(&self, memo: &mut CopyMemo) -> Result<Self> {
        let copy =
            |(name, layer): &(String, Box<dyn Layer>)| Ok((name.clone(), layer.copy_node(memo)?));
        Ok(Sequential {
            layers: self.layers.iter().map(copy).collect::<Result<_>>()?,
            state: self.state.copy_node(memo)?,
        })
    }
    fn as_module(&self) -> &dyn Module {
        self
    }
    fn as_module_mut(&mut self) -> &mut dyn Module {
        self
    }
}

impl Forward for Sequential {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let Some(((_, first), rest)) = self.layers.split_first() else {
            return Ok(x.clone());
        };
        rest.iter()
            .try_fold(first.call(x)?, |x, (_, layer)| layer.call(&x))
    }
}

impl fmt::Display for Sequential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_module(), f)
    }
}

impl fmt::Debug for Sequential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_module(), f)
    }
}
