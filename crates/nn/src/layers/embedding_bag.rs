//! `EmbeddingBag`: a table of vectors with reduction over bags of indices.

use super::embedding::{lookup_repr, starting_table};
use crate::functional::{self, EmbeddingBagOptions};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Result, Tensor};

/// Computes sums, means or maxima of rows of a table: integers `[bags, n] → [bags, width]`, or a vector of integers split into bags at
/// offsets. PyTorch: `nn.EmbeddingBag`.
///
/// The call takes the indices; indices and offsets; or indices, offsets and a weight for each sample. The table is initialized with the
/// standard normal distribution. Row `padding_idx` is initialized to zero, is excluded from the reduction, and gets no gradient.
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
    /// The table, `[rows, width]`.
    pub weight: Parameter,
    #[module(skip)]
    options: EmbeddingBagOptions,
    state: ModuleState,
}

impl EmbeddingBag {
    /// Creates a table of `num_embeddings` rows of `embedding_dim` numbers, with the mean as its reduction.
    ///
    /// # Errors
    /// Returns an error if the table does not fit in memory.
    #[track_caller]
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Result<EmbeddingBag> {
        EmbeddingBag::with(num_embeddings, embedding_dim, ())
    }

    /// Creates a table with options.
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
    /// Returns an error if `padding_idx` is out of range, or the table does not fit in memory.
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

    /// Returns the options, without dtype and device; `padding_idx` counts from the start.
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
