//! `Embedding`: a table of vectors with lookup by index.

use crate::functional::{self, EmbeddingOptions};
use crate::{Forward, Module, ModuleState, Parameter, init};
use rushlight_tensor::{Error, GradMode, Options, Result, Tensor};

/// Looks up rows of a table by index: integers `[..] → [.., width]`. PyTorch: `nn.Embedding`.
///
/// The table is initialized with the standard normal distribution. Row `padding_idx` is initialized to zero and gets no gradient.
///
/// ```
/// use rushlight::nn::{Call, Embedding, EmbeddingOptions};
/// use rushlight::tensor;
/// let words = Embedding::with(100, 16, EmbeddingOptions::new().padding_idx(0))?;
/// assert_eq!(words.call(&tensor!([[1, 5, 0], [2, 0, 0]]))?.shape(), [2, 3, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct Embedding {
    /// The table, `[rows, width]`.
    pub weight: Parameter,
    #[module(skip)]
    options: EmbeddingOptions,
    state: ModuleState,
}

impl Embedding {
    /// Creates a table of `num_embeddings` rows of `embedding_dim` numbers.
    ///
    /// # Errors
    /// Returns an error if the table does not fit in memory.
    #[track_caller]
    pub fn new(num_embeddings: usize, embedding_dim: usize) -> Result<Embedding> {
        Embedding::with(num_embeddings, embedding_dim, ())
    }

    /// Creates a table with options.
    ///
    /// # Errors
    /// Returns an error if `padding_idx` is out of range, or the table does not fit in memory.
    #[track_caller]
    pub fn with(
        num_embeddings: usize,
        embedding_dim: usize,
        options: impl Into<EmbeddingOptions>,
    ) -> Result<Embedding> {
        let mut options = options.into();
        let factory = options.take_factory();
        options.padding_idx =
            functional::padding_row("Embedding", options.padding_idx, num_embeddings)?;
        let weight = starting_table(num_embeddings, embedding_dim, options.padding_idx, factory)?;
        Ok(Embedding {
            weight,
            options,
            state: ModuleState::default(),
        })
    }

    /// Creates a layer from an existing table, `[rows, width]`, frozen or not. Row `padding_idx` of the table is not changed.
    /// PyTorch: `nn.Embedding.from_pretrained`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Embedding, EmbeddingOptions};
    /// use rushlight::tensor;
    /// let table = tensor!([[0.0, 0.0], [3.0, 4.0]]);
    /// let words = Embedding::from_pretrained(table, false, EmbeddingOptions::new().padding_idx(0))?;
    /// assert_eq!(words.call(&tensor!([1]))?.to_vec::<f32>()?, [3.0, 4.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the table is not a matrix, `padding_idx` is out of range, or the options have a dtype or a device, which are
    /// those of the table.
    #[track_caller]
    pub fn from_pretrained(
        table: Tensor,
        freeze: bool,
        options: impl Into<EmbeddingOptions>,
    ) -> Result<Embedding> {
        let mut options = options.into();
        if options.dtype.is_some() || options.device.is_some() {
            return Err(Error::value(
                "Embedding: dtype and device are those of the table; the options cannot set them",
            ));
        }
        let &[rows, _] = table.shape() else {
            return Err(Error::shape(format!(
                "Embedding: the table must be [rows, width], not {:?}",
                table.shape()
            )));
        };
        options.padding_idx = functional::padding_row("Embedding", options.padding_idx, rows)?;
        let weight = if freeze {
            Parameter::frozen(table)
        } else {
            Parameter::new(table)?
        };
        Ok(Embedding {
            weight,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device; `padding_idx` counts from the start.
    pub fn options(&self) -> &EmbeddingOptions {
        &self.options
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

/// The norm and gradient arguments as PyTorch prints them, each preceded by a comma.
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

/// Creates a table with the standard normal distribution, and zeros in the padding row.
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
