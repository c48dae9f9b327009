//! Embedding: lookup of rows of a table by index.

use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::backend::IndexRole;
use rushlight_tensor::{DType, Error, GradMode, Half, Result, Tensor, options};

options! {
    /// Options of [`embedding`] and of an [`Embedding`](crate::Embedding).
    EmbeddingOptions {
        /// The padding row: it gets no gradient, and a layer initializes it to zero. A negative index counts from the end.
        padding_idx(into): Option<isize> = None,
        /// The largest norm a row may have when it is looked up; longer rows are scaled down, in place. By default there is no limit.
        max_norm(into): Option<f64> = None,
        /// The order of that norm; by default 2.
        norm_type: f64 = 2.0,
        /// Whether a row's gradient is divided by the number of times the row was looked up; by default false.
        scale_grad_by_freq: bool = false,
    }
    parameters
}

/// Looks up the rows of `weight: [rows, width]` at the indices (`int64` or `int32`): `[..] → [.., width]`.
/// PyTorch: `nn.functional.embedding`.
///
/// ```
/// use rushlight::nn::functional::embedding;
/// use rushlight::tensor;
/// let table = tensor!([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let rows = embedding(&tensor!([2, 0]), &table, ())?;
/// assert_eq!(rows.to_vec2::<f32>()?, [[5.0, 6.0], [1.0, 2.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the weight is not a matrix, an index or `padding_idx` is out of range, or the options have a dtype or a device.
#[track_caller]
pub fn embedding(
    indices: &Tensor,
    weight: &Tensor,
    options: impl Into<EmbeddingOptions>,
) -> Result<Tensor> {
    rows_of(indices, weight, &options.into())
}

#[track_caller]
fn rows_of(indices: &Tensor, weight: &Tensor, options: &EmbeddingOptions) -> Result<Tensor> {
    const NAME: &str = "embedding";
    options.no_parameters(NAME)?;
    let (rows, width) = table(NAME, weight)?;
    integers(NAME, "indices", indices)?;
    let padding = padding_row(NAME, options.padding_idx, rows)?;
    if let Some(max_norm) = options.max_norm {
        let _role = IndexRole::of(NAME).counting("rows").enter();
        renormalize_(weight, indices, max_norm, options.norm_type)?;
    }
    let mut shape = indices.shape().to_vec();
    shape.push(width);
    let flat = indices.long()?.reshape(-1)?;
    let dtype = weight.dtype();
    look_up(
        NAME,
        weight,
        &flat,
        padding,
        options.scale_grad_by_freq,
        dtype,
    )?
    .reshape(shape)
}

/// Scales down, in place, the rows at the indices whose `p`-norm exceeds `max_norm`.
/// `weight: [rows, width]` has a floating-point dtype; `indices` have an integer dtype and any shape. PyTorch: `torch.embedding_renorm_`.
///
/// ```
/// use rushlight::nn::functional::renormalize_;
/// use rushlight::tensor;
/// let table = tensor!([[3.0, 4.0], [30.0, 40.0]]);
/// renormalize_(&table, &tensor!([1]), 5.0, 2.0)?;
/// assert!(table.allclose(&tensor!([[3.0, 4.0], [3.0, 4.0]]), 1e-5, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if an index is out of range or not an integer.
#[track_caller]
pub fn renormalize_(weight: &Tensor, indices: &Tensor, max_norm: f64, p: f64) -> Result<()> {
    let _no_grad = GradMode::set(false);
    if !weight.device().reads_at_once() {
        return renormalize_unread_(weight, indices, max_norm, p);
    }
    let mut rows = indices.long()?.to_vec::<i64>()?;
    rows.sort_unstable();
    rows.dedup();
    let rows = Tensor::from_slice_on(&rows, rows.len(), weight.device())?;
    let mut old = weight.detach().index_select(0, &rows)?;
    let half = Half::among([weight]);
    if let Some(half) = half {
        old = half.widen(&old)?;
    }
    let norm = old.norm_dim(p, -1, true)?;
    let scale = norm
        .gt(max_norm)?
        .where_cond(&norm.add(1e-7)?.rdiv(max_norm)?, 1.0)?;
    let mut new = old.mul(&scale)?;
    if let Some(half) = half {
        new = half.round(new)?;
    }
    weight.index_copy_(0, &rows, &new)
}

/// The same without a device synchronization: it processes all rows, and multiplies those that are not indexed by 1.
#[track_caller]
fn renormalize_unread_(weight: &Tensor, indices: &Tensor, max_norm: f64, p: f64) -> Result<()> {
    let mut table = weight.detach();
    if let Some(half) = Half::among([weight]) {
        table = half.widen(&table)?;
    }
    let norm = table.norm_dim(p, -1, true)?;
    let named = indices.long()?.reshape(-1)?;
    let ones = norm.new_ones([named.numel(), 1])?;
    let named = norm.zeros_like()?.index_copy(0, &named, &ones)?.ne(0)?;
    let scale = norm
        .gt(max_norm)?
        .logical_and(&named)?
        .where_cond(&norm.add(1e-7)?.rdiv(max_norm)?, 1.0)?;
    weight.mul_(&scale)
}

/// The number of rows of a table, and their width.
#[track_caller]
pub(super) fn table(name: &str, weight: &Tensor) -> Result<(usize, usize)> {
    match weight.shape() {
        &[rows, width] => Ok((rows, width)),
        shape => Err(Error::shape(format!(
            "{name}: the weight must be [rows, width], not {shape:?}"
        ))),
    }
}

#[track_caller]
pub(super) fn integers(name: &str, what: &str, t: &Tensor) -> Result<()> {
    match t.dtype() {
        DType::I64 | DType::I32 => Ok(()),
        dtype => Err(Error::dtype(format!(
            "{name}: {what} must be integers, int64 or int32, not {dtype}"
        ))),
    }
}

/// The padding row, counted from the start.
#[track_caller]
pub(crate) fn padding_row(
    name: &str,
    padding_idx: Option<isize>,
    rows: usize,
) -> Result<Option<isize>> {
    let Some(given) = padding_idx else {
        return Ok(None);
    };
    let row = if given < 0 {
        given + rows as isize
    } else {
        given
    };
    match (0..rows as isize).contains(&row) {
        true => Ok(Some(row)),
        false => Err(Error::index(format!(
            "{name}: padding_idx {given} is out of range for {rows} rows"
        ))),
    }
}

/// Looks up rows by a vector of indices, in `dtype`: `[n] → [n, width]`. The gradients of the rows are accumulated in the compute dtype of
/// `dtype`, and rounded once to the table's dtype.
#[track_caller]
pub(super) fn look_up(
    name: &'static str,
    weight: &Tensor,
    indices: &Tensor,
    padding: Option<isize>,
    by_frequency: bool,
    dtype: DType,
) -> Result<Tensor> {
    let rows = weight.shape()[0];
    let _role = IndexRole::of(name).counting("rows").enter();
    if padding.is_none() && !by_frequency && dtype == weight.dtype() {
        return weight.index_select(0, indices);
    }
    let lookup = Lookup {
        rows,
        padding,
        by_frequency,
        dtypes: [weight.dtype(), dtype],
    };
    Ok(function(lookup, &[weight, indices])?.remove(0))
}

/// A lookup of rows whose gradient differs from their plain sum.
struct Lookup {
    rows: usize,
    /// The row without a gradient.
    padding: Option<isize>,
    /// Whether each row's gradient is divided by the number of its indices.
    by_frequency: bool,
    /// The dtypes of the table and of the rows.
    dtypes: [DType; 2],
}

impl Function for Lookup {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        ctx.save(inputs[1]);
        let rows = inputs[0].index_select(0, inputs[1])?;
        Ok(vec![rows.to(self.dtypes[1])?])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let [indices] = ctx.saved() else {
            return Err(Error::autograd("embedding: the saved indices are missing"));
        };
        let mut g = grads[0].clone();
        if let Some(padding) = self.padding {
            g = g.masked_fill(&indices.eq(padding as i64)?.unsqueeze(1)?, 0)?;
        }
        if self.by_frequency {
            let options = (DType::I32, g.device());
            let ones = Tensor::ones(indices.shape(), options)?;
            let counts = Tensor::zeros(self.rows, options)?.index_add(0, indices, &ones)?;
            let wide = g.to(g.dtype().compute())?;
            g = wide.div(&counts.index_select(0, indices)?.unsqueeze(1)?)?;
        }
        let shape = [self.rows, g.shape()[1]];
        let sums = g.new_zeros(shape)?.index_add(0, indices, &g)?;
        Ok(vec![Some(sums.to(self.dtypes[0])?), None])
    }

    fn name(&self) -> &str {
        "embedding"
    }
}
