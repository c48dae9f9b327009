//! `EmbeddingBag`: a table of vectors, reduced over bags of indices.

use super::embedding::{lookup_repr, starting_table};
use crate::builder::builder;
use crate::functional::{self, BagMode, EmbeddingBagOptions};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Result, Tensor};

/// Sums, means or maxima of rows of a table: integers `[bags, n] → [bags, width]`, or a vector of integers cut into bags at offsets.
/// PyTorch: `nn.EmbeddingBag`.
///
/// Takes the indices; or indices and offsets; or indices, offsets and a weight for each sample.
/// Starts standard normal. Row `padding_idx` starts at zero, does not count, and gets no gradient.
///
/// ```
/// use rushlight_nn::{Call, EmbeddingBag};
/// use rushlight_tensor::tensor;
/// let words = EmbeddingBag::new(100, 16)?;
/// assert_eq!(words.call(&tensor!([[1, 5, 0], [2, 0, 0]]))?.shape(), [2, 16]);
/// let (indices, offsets) = (tensor!([1, 5, 0, 2]), tensor!([0, 3]));
/// assert_eq!(words.call(&(indices, offsets))?.shape(), [2, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct EmbeddingBag {
    /// `[rows, width]`.
    pub weight: Parameter,
    #[module(skip)]
    options: EmbeddingBagOptions<'static>,
    state: ModuleState,
}

builder! {
    /// Options of an [`EmbeddingBag`].
    EmbeddingBagBuilder(num_embeddings: usize, embedding_dim: usize) {
        /// What becomes of the rows of a bag; by default their mean.
        mode: BagMode = BagMode::Mean,
        /// Whether the last offset is the end of the last bag; by default not.
        include_last_offset: bool = false,
        /// A row that stands for nothing. Negative ones count from the end.
        padding_idx: Option<isize> = None,
        /// The largest norm a row may have when it is used; longer ones are shortened in place.
        max_norm: Option<f64> = None,
        /// Which norm that is; by default 2.
        norm_type: f64 = 2.0,
        /// Whether a row's gradient is divided by how often the row was looked up; by default not.
        scale_grad_by_freq: bool = false,
    }
}

impl EmbeddingBag {
    /// A table of `num_embeddings` rows of `embedding_dim` numbers, whose means are taken.
    #[track_caller]
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Result<EmbeddingBag> {
        EmbeddingBag::builder(num_embeddings, embedding_dim).build()
    }

    /// A table with options.
    pub fn builder(num_embeddings: usize, embedding_dim: usize) -> EmbeddingBagBuilder {
        EmbeddingBagBuilder::new(num_embeddings, embedding_dim)
    }

    fn repr(&self) -> String {
        let o = &self.options;
        let mode = match o.mode {
            BagMode::Sum => "sum",
            BagMode::Mean => "mean",
            BagMode::Max => "max",
        };
        let (rows, width) = (self.weight.shape()[0], self.weight.shape()[1]);
        let lookup = lookup_repr(o.max_norm, o.norm_type, o.scale_grad_by_freq);
        let mut out = format!("{rows}, {width}{lookup}, mode='{mode}'");
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

impl EmbeddingBagBuilder {
    /// Draws the table.
    #[track_caller]
    pub fn build(self) -> Result<EmbeddingBag> {
        let EmbeddingBagBuilder {
            num_embeddings: rows,
            embedding_dim,
            mode,
            include_last_offset,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            options,
        } = self;
        let padding_idx = functional::padding_row("EmbeddingBag", padding_idx, rows)?;
        Ok(EmbeddingBag {
            weight: starting_table(rows, embedding_dim, padding_idx, options)?,
            options: EmbeddingBagOptions {
                mode,
                include_last_offset,
                padding_idx,
                max_norm,
                norm_type,
                scale_grad_by_freq,
                ..EmbeddingBagOptions::default()
            },
            state: ModuleState::default(),
        })
    }
}

impl Forward for EmbeddingBag {
    type Output = Tensor;
    fn forward(&self, indices: &Tensor) -> Result<Tensor> {
        functional::embedding_bag(indices, &self.weight, &self.options)
    }
}

impl Forward<(Tensor, Tensor)> for EmbeddingBag {
    type Output = Tensor;
    fn forward(&self, (indices, offsets): &(Tensor, Tensor)) -> Result<Tensor> {
        let options = EmbeddingBagOptions {
            offsets: Some(offsets),
            ..self.options
        };
        functional::embedding_bag(indices, &self.weight, &options)
    }
}

impl Forward<(Tensor, Tensor, Tensor)> for EmbeddingBag {
    type Output = Tensor;
    fn forward(&self, (indices, offsets, factors): &(Tensor, Tensor, Tensor)) -> Result<Tensor> {
        let options = EmbeddingBagOptions {
            offsets: Some(offsets),
            per_sample_weights: Some(factors),
            ..self.options
        };
        functional::embedding_bag(indices, &self.weight, &options)
    }
}
