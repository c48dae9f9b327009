//! A table of vectors, looked up by number.

use crate::builder::builder;
use crate::{Forward, Module, ModuleState, Parameter, functional, init};
use rushlight_tensor::{Error, GradMode, Result, Tensor};

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
    padding_idx: Option<usize>,
    #[module(skip)]
    max_norm: Option<f64>,
    #[module(skip)]
    norm_type: f64,
    state: ModuleState,
}

builder! {
    /// Options of an [`Embedding`].
    EmbeddingBuilder(num_embeddings: usize, embedding_dim: usize) {
        /// A row that stands for nothing: it starts at zero and gets no gradient.
        padding_idx: Option<usize> = None,
        /// The largest norm a row may have when it is used; longer ones are shortened in place.
        max_norm: Option<f64> = None,
        /// Which norm that is; by default 2.
        norm_type: f64 = 2.0,
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
            padding_idx: None,
            max_norm: None,
            norm_type: 2.0,
            state: ModuleState::default(),
        })
    }

    fn repr(&self) -> String {
        let mut out = format!("{}, {}", self.weight.shape()[0], self.weight.shape()[1]);
        if let Some(padding) = self.padding_idx {
            out += &format!(", padding_idx={padding}");
        }
        if let Some(norm) = self.max_norm {
            out += &format!(", max_norm={norm:?}");
        }
        if self.norm_type != 2.0 {
            out += &format!(", norm_type={:?}", self.norm_type);
        }
        out
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
            options,
        } = self;
        if let Some(padding) = padding_idx
            && padding >= rows
        {
            return Err(Error::index(format!(
                "Embedding: padding_idx {padding} is out of range for {rows} rows"
            )));
        }
        let weight = Tensor::empty([rows, embedding_dim], options)?;
        init::normal_(&weight, 0.0, 1.0)?;
        if let Some(padding) = padding_idx {
            let _no_grad = GradMode::set(false);
            weight.select(0, padding as isize)?.zero_()?;
        }
        let weight = Parameter::new(weight)?;
        Ok(Embedding {
            weight,
            padding_idx,
            max_norm,
            norm_type,
            state: ModuleState::default(),
        })
    }
}

impl Forward for Embedding {
    type Output = Tensor;
    fn forward(&self, indices: &Tensor) -> Result<Tensor> {
        if let Some(max_norm) = self.max_norm {
            functional::renormalize_(&self.weight, indices, max_norm, self.norm_type)?;
        }
        functional::embedding(indices, &self.weight, self.padding_idx)
    }
}
