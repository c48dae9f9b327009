//! `Embedding`: a table of vectors, looked up by index.

use crate::builder::builder;
use crate::functional::{self, EmbeddingOptions};
use crate::{Forward, Module, ModuleState, Parameter, init};
use rushlight_tensor::{Error, GradMode, Options, Result, Tensor};

/// Rows of a table by number: integers `[..] → [.., width]`. PyTorch: `nn.Embedding`.
///
/// Starts standard normal. Row `padding_idx` starts at zero and gets no gradient.
///
/// ```
/// use rushlight_nn::{Call, Embedding};
/// use rushlight_tensor::tensor;
/// let words = Embedding::builder(100, 16).padding_idx(0).build()?;
/// assert_eq!(words.call(&tensor!([[1, 5, 0], [2, 0, 0]]))?.shape(), [2, 3, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct Embedding {
    /// `[rows, width]`.
    pub weight: Parameter,
    #[module(skip)]
    options: EmbeddingOptions,
    state: ModuleState,
}

builder! {
    /// Options of an [`Embedding`].
    EmbeddingBuilder(num_embeddings: usize, embedding_dim: usize) {
        /// A row that stands for nothing: it starts at zero and gets no gradient. Negative ones count from the end.
        padding_idx: Option<isize> = None,
        /// The largest norm a row may have when it is used; longer ones are shortened in place.
        max_norm: Option<f64> = None,
        /// Which norm that is; by default 2.
        norm_type: f64 = 2.0,
        /// Whether a row's gradient is divided by how often the row was looked up; by default not.
        scale_grad_by_freq: bool = false,
    }
}

impl Embedding {
    /// A table of `num_embeddings` rows of `embedding_dim` numbers.
    #[track_caller]
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Result<Embedding> {
        Embedding::builder(num_embeddings, embedding_dim).build()
    }

    /// A table with options.
    pub fn builder(num_embeddings: usize, embedding_dim: usize) -> EmbeddingBuilder {
        EmbeddingBuilder::new(num_embeddings, embedding_dim)
    }

    /// A table that exists, `[rows, width]`, frozen or not. PyTorch: `nn.Embedding.from_pretrained`.
    #[track_caller]
    pub fn from_pretrained(table: Tensor, freeze: bool) -> Result<Embedding> {
        if table.ndim() != 2 {
            return Err(Error::shape(format!(
                "Embedding: a table must be [rows, width], not {:?}",
                table.shape()
            )));
        }
        let weight = if freeze {
            Parameter::frozen(table)
        } else {
            Parameter::new(table)?
        };
        Ok(Embedding {
            weight,
            options: EmbeddingOptions::default(),
            state: ModuleState::default(),
        })
    }

    fn repr(&self) -> String {
        let mut out = format!("{}, {}", self.weight.shape()[0], self.weight.shape()[1]);
        if let Some(padding) = self.options.padding_idx {
            out += &format!(", padding_idx={padding}");
        }
        let o = &self.options;
        out + &lookup_repr(o.max_norm, o.norm_type, o.scale_grad_by_freq)
    }

    fn sizes(&self) -> String {
        format!(
            "Embedding {}→{}",
            self.weight.shape()[0],
            self.weight.shape()[1]
        )
    }
}

impl EmbeddingBuilder {
    /// Draws the table.
    #[track_caller]
    pub fn build(self) -> Result<Embedding> {
        let EmbeddingBuilder {
            num_embeddings: rows,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            options,
        } = self;
        let padding_idx = functional::padding_row("Embedding", padding_idx, rows)?;
        let weight = starting_table(rows, embedding_dim, padding_idx, options)?;
        Ok(Embedding {
            weight,
            options: EmbeddingOptions {
                padding_idx,
                max_norm,
                norm_type,
                scale_grad_by_freq,
            },
            state: ModuleState::default(),
        })
    }
}

/// The arguments on norms and frequencies as PyTorch prints them, each after a comma.
pub(super) fn lookup_repr(
    max_norm: Option<f64>,
    norm_type: f64,
    scale_grad_by_freq: bool,
) -> String {
    let mut out = String::new();
    if let Some(norm) = max_norm {
        out += &format!(", max_norm={norm:?}");
    }
    if norm_type != 2.0 {
        out += &format!(", norm_type={norm_type:?}");
    }
    if scale_grad_by_freq {
        out += ", scale_grad_by_freq=True";
    }
    out
}

/// A standard normal table, zero in the padding row.
#[track_caller]
pub(super) fn starting_table(
    rows: usize,
    width: usize,
    padding: Option<isize>,
    options: Options,
) -> Result<Parameter> {
    let weight = Tensor::empty([rows, width], options)?;
    init::normal_(&weight, 0.0, 1.0)?;
    if let Some(padding) = padding {
        let _no_grad = GradMode::set(false);
        weight.select(0, padding)?.zero_()?;
    }
    Parameter::new(weight)
}

impl Forward for Embedding {
    type Output = Tensor;
    fn forward(&self, indices: &Tensor) -> Result<Tensor> {
        functional::embedding(indices, &self.weight, &self.options)
    }
}
