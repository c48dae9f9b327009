//! Rows of a table by number.

use rushlight_tensor::{Category, Error, GradMode, Result, Tensor};

/// The rows of `weight: [rows, width]` that the indices name: `[..] → [.., width]`. Row `padding_idx` gets no gradient.
#[track_caller]
pub fn embedding(indices: &Tensor, weight: &Tensor, padding_idx: Option<usize>) -> Result<Tensor> {
    let &[rows, width] = weight.shape() else {
        return Err(Error::shape(format!(
            "embedding: the weight must be [rows, width], not {:?}",
            weight.shape()
        )));
    };
    if indices.dtype().category() != Category::Int {
        return Err(Error::dtype(format!(
            "embedding: indices must be integers, not {}",
            indices.dtype()
        )));
    }
    if padding_idx.is_some_and(|p| p >= rows) {
        return Err(Error::index(format!(
            "embedding: padding_idx {padding_idx:?} is out of range for {rows} rows"
        )));
    }
    let mut shape = indices.shape().to_vec();
    shape.push(width);
    let flat = indices.long()?.reshape(-1)?;
    let found = match weight.index_select(0, &flat) {
        Ok(found) => found,
        Err(e) => {
            return Err(e
                .context(format!("embedding in a table of {rows} rows"))
                .here());
        }
    };
    let found = match padding_idx {
        // The same value, once without history.
        Some(p) => flat
            .eq(p as i64)?
            .unsqueeze(-1)?
            .where_cond(&found.detach(), &found)?,
        None => found,
    };
    found.reshape(&shape)
}

/// Shortens, in place, the rows that the indices name to a `p`-norm of at most `max_norm`.
#[track_caller]
pub fn renormalize_(weight: &Tensor, indices: &Tensor, max_norm: f64, p: f64) -> Result<()> {
    let _no_grad = GradMode::set(false);
    let mut rows = indices.long()?.to_vec::<i64>()?;
    rows.sort_unstable();
    rows.dedup();
    let rows = Tensor::from_slice_on(&rows, rows.len(), weight.device())?;
    let old = weight.detach().index_select(0, &rows)?;
    let norm = old.norm_dim(p, -1, true)?;
    let scale = norm
        .gt(max_norm)?
        .where_cond(&norm.add(1e-7)?.rdiv(max_norm)?, 1.0)?;
    weight.index_copy_(0, &rows, &old.mul(&scale)?)
}
