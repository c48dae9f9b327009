//! `EmbeddingBag`: a table of vectors, reduced over bags of indices.

use super::embedding::{lookup_repr, starting_table};
use crate::functional::{self, EmbeddingBagOptions};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Result, Tensor};

/// Sums, means or maxima of rows of a table: integers `[bags, n] → [bags, width]`, or a vector of integers cut into bags at offsets.
/// PyTorch: `nn.EmbeddingBag`.
///
/// Takes the indices; or indices and offsets; or indices, offsets and a weight for each sample.
/// Starts standard normal. Row `padding_idx` starts at zero, does not count, and gets no gradient.
///
/// ```
/// use rushlight::nn::{Call, EmbeddingBag};
/// use rushlight::tensor;
/// let words = EmbeddingBag::new(100, 16)?;
/// assert_eq!(words.call(&tensor!([[1, 5, 0], [2, 0, 0]]))?.shape(), [2, 16]);
/// let (indices, offsets) = (tensor!([1, 5, 0, 2]), tensor!([0, 3]));
/// assert_eq!(words.call(&(indices, offsets))?.shape(), [2, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct EmbeddingBag {
    /// `[rows, width]`.
    pub weight: Parameter,
    #[module(skip)]
    options: EmbeddingBagOptions,
    state: ModuleState,
}

impl EmbeddingBag {
    /// A table of `num_embeddings` rows of `embedding_dim` numbers, whose means are taken.
    ///
    /// # Errors
    /// If the table does not fit the memory.
    #[track_caller]
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Result<EmbeddingBag> {
        EmbeddingBag::with(num_embeddings, embedding_dim, ())
    }

    /// A table with options.
    ///
    /// ```
    /// use rushlight::nn::EmbeddingBag;
    /// use rushlight::nn::functional::BagMode;
    /// let words = EmbeddingBag::with(100, 16, BagMode::Sum)?;
    /// assert_eq!(words.options().mode, BagMode::Sum);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `padding_idx` is out of range, or the table does not fit the memory.
    #[track_caller]
    pub fn with(
        num_embeddings: usize,
        embedding_dim: usize,
        options: impl Into<EmbeddingBagOptions>,
    ) -> Result<EmbeddingBag> {
        let mut options = options.into();
        let factory = options.take_factory();
        options.padding_idx =
            functional::padding_row("EmbeddingBag", options.padding_idx, num_embeddings)?;
        let weight = starting_table(num_embeddings, embedding_dim, options.padding_idx, factory)?;
        Ok(EmbeddingBag {
            weight,
            options,
            state: ModuleState::default(),
        })
    }

    /// The options, without dtype and device; `padding_idx` counts from the start.
    pub fn options(&self) -> &EmbeddingBagOptions {
        &self.options
    }

    fn repr(&self) -> String {
        let o = &self.options;
        let (rows, width) = (self.weight.shape()[0], self.weight.shape()[1]);
        let lookup = lookup_repr(o.max_norm, o.norm_type, o.scale_grad_by_freq);
        let mut out = format!("{rows}, {width}{lookup}, mode='{}'", o.mode);
        if let Some(padding) = o.padding_idx {
            out += &format!(", padding_idx={padding}");
        }
        out
    }

    fn sizes(&self) -> String {
        format!(
            "EmbeddingBag {}→{}",
            self.weight.shape()[0],
            self.weight.shape()[1]
        )
    }
}

impl Forward for EmbeddingBag {
    type Output = Tensor;
    fn forward(&self, indices: &Tensor) -> Result<Tensor> {
        functional::embedding_bag(indices, &self.weight, None, None, &self.options)
    }
}

impl Forward<(Tensor, Tensor)> for EmbeddingBag {
    type Output = Tensor;
    fn forward(&self, (indices, offsets): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::embedding_bag(indices, &self.weight, Some(offsets), None, &self.options)
    }
}

impl Forward<(Tensor, Tensor, Tensor)> for EmbeddingBag {
    type Output = Tensor;
    fn forward(&self, (indices, offsets, factors): &(Tensor, Tensor, Tensor)) -> Result<Tensor> {
        let (offsets, factors) = (Some(offsets), Some(factors));
        functional::embedding_bag(indices, &self.weight, offsets, factors, &self.options)
    }
}
