//! Embedding bags: sums, means and maxima of rows of a table.

use super::embedding::{integers, look_up, padding_row, renormalize_, table};
use rushlight_tensor::backend::IndexRole;
use rushlight_tensor::{Check, DType, Error, Result, Tensor, named_enum, options};

named_enum! {
    /// How [`embedding_bag`] reduces the rows of a bag.
    BagMode {
        /// The sum of the rows, each multiplied by its sample's weight if weights are given.
        Sum = "sum",
        /// The mean of the rows.
        #[default]
        Mean = "mean",
        /// The maximum of each column; the gradient goes entirely to the first row that attains it.
        Max = "max",
    }
}

options! {
    /// Options of [`embedding_bag`] and of an [`EmbeddingBag`](crate::EmbeddingBag).
    EmbeddingBagOptions from(mode: BagMode) {
        /// The largest norm a row may have when it is looked up; longer rows are scaled down, in place. By default there is no limit.
        max_norm(into): Option<f64> = None,
        /// The order of that norm; by default 2.
        norm_type: f64 = 2.0,
        /// Whether a row's gradient is divided by the number of times the row was looked up; by default false. Not supported for
        /// [`BagMode::Max`].
        scale_grad_by_freq: bool = false,
        /// How the rows of a bag are reduced; by default to their mean.
        mode: BagMode = BagMode::Mean,
        /// Whether the last offset is the end of the last bag rather than the start of one; by default false.
        include_last_offset: bool = false,
        /// The padding row: it is excluded from the reduction and gets no gradient, and a layer initializes it to zero. A negative index
        /// counts from the end.
        padding_idx(into): Option<isize> = None,
    }
    parameters
}

const NAME: &str = "embedding_bag";

/// Reduces the rows of `weight: [rows, width]` at each bag of indices to one row: indices `[bags, n] → [bags, width]`, or a vector of
/// indices split into bags at `offsets`, the positions at which the bags start; the first must be 0. `per_sample_weights` holds one factor
/// per index, and is supported by [`BagMode::Sum`] only. The result is zero for an empty bag. PyTorch: `nn.functional.embedding_bag`.
///
/// ```
/// use rushlight::nn::functional::{BagMode, embedding_bag};
/// use rushlight::tensor;
/// let table = tensor!([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let (indices, offsets) = (tensor!([0, 1, 2]), tensor!([0, 2]));
/// let bags = embedding_bag(&indices, &table, Some(&offsets), None, BagMode::Sum)?;
/// assert_eq!(bags.to_vec2::<f32>()?, [[4.0, 6.0], [5.0, 6.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the weight is not a floating-point matrix, an index, an offset or `padding_idx` is out of range, the indices are a
/// vector without offsets or a matrix with offsets, `per_sample_weights` does not have the shape of the indices or the mode is not
/// [`BagMode::Sum`], or the options have a dtype or a device.
#[track_caller]
pub fn embedding_bag(
    indices: &Tensor,
    weight: &Tensor,
    offsets: Option<&Tensor>,
    per_sample_weights: Option<&Tensor>,
    options: impl Into<EmbeddingBagOptions>,
) -> Result<Tensor> {
    let options = options.into();
    reduced(indices, weight, offsets, per_sample_weights, &options)
}

#[track_caller]
fn reduced(
    indices: &Tensor,
    weight: &Tensor,
    offsets: Option<&Tensor>,
    per_sample_weights: Option<&Tensor>,
    options: &EmbeddingBagOptions,
) -> Result<Tensor> {
    options.no_parameters(NAME)?;
    let (rows, width) = table(NAME, weight)?;
    if !weight.dtype().is_float() {
        return Err(Error::dtype(format!(
            "{NAME}: the weight must be floating-point, not {}",
            weight.dtype()
        )));
    }
    integers(NAME, "indices", indices)?;
    check_mode(indices, weight, per_sample_weights, options)?;
    let padding = padding_row(NAME, options.padding_idx, rows)?;
    let bags = Bags::new(indices, offsets, options.include_last_offset)?;
    let _role = IndexRole::of(NAME).counting("rows").enter();
    if let Some(max_norm) = options.max_norm {
        renormalize_(weight, indices, max_norm, options.norm_type)?;
    }
    let indices = indices.long()?.reshape(-1)?;
    // Sums of half-precision rows and of their gradients are rounded once, at the end.
    let found = look_up(
        NAME,
        weight,
        &indices,
        padding,
        options.scale_grad_by_freq,
        weight.dtype().compute(),
    )?;
    if found.numel() == 0 {
        return weight.new_zeros([bags.count, width]);
    }
    let skipped = match padding {
        Some(padding) => Some(indices.eq(padding as i64)?.unsqueeze(1)?),
        None => None,
    };
    let made = match options.mode {
        BagMode::Sum => bags.sum(&found, per_sample_weights, skipped.as_ref())?,
        BagMode::Mean => bags.mean(&found, skipped.as_ref())?,
        BagMode::Max => bags.max(&found, skipped.as_ref())?,
    };
    made.narrow(0, 0, bags.count)?.to(weight.dtype())
}

#[track_caller]
fn check_mode(
    indices: &Tensor,
    weight: &Tensor,
    per_sample_weights: Option<&Tensor>,
    options: &EmbeddingBagOptions,
) -> Result<()> {
    if options.scale_grad_by_freq && options.mode == BagMode::Max {
        return Err(Error::value(format!(
            "{NAME}: scale_grad_by_freq is not supported for the maximum"
        )));
    }
    let Some(factors) = per_sample_weights else {
        return Ok(());
    };
    if options.mode != BagMode::Sum {
        return Err(Error::value(format!(
            "{NAME}: per_sample_weights is supported for sums only, not for {:?}",
            options.mode
        )));
    }
    if factors.shape() != indices.shape() {
        return Err(Error::shape(format!(
            "{NAME}: per_sample_weights has shape {:?}, but must have the shape of the indices, {:?}",
            factors.shape(),
            indices.shape()
        )));
    }
    if factors.dtype() != weight.dtype() {
        return Err(Error::dtype(format!(
            "{NAME}: per_sample_weights must be {}, the dtype of the weight, not {}",
            weight.dtype(),
            factors.dtype()
        )));
    }
    Ok(())
}

/// The assignment of indices to bags.
struct Bags {
    of_index: Tensor,
    count: usize,
    /// One more than `count` if the last offset is the end of the last bag: invalid offsets could assign indices to that slot.
    slots: usize,
}

impl Bags {
    #[track_caller]
    fn new(indices: &Tensor, offsets: Option<&Tensor>, include_last: bool) -> Result<Bags> {
        match (indices.shape(), offsets) {
            (&[count, n], None) => {
                let bag = Tensor::arange(0, count, 1, indices.device())?.unsqueeze(1)?;
                Ok(Bags {
                    of_index: bag.expand([count, n])?.reshape(-1)?,
                    count,
                    slots: count,
                })
            }
            (&[n], Some(offsets)) => Bags::at(offsets, n, include_last),
            (shape, offsets) => Err(Error::shape(format!(
                "{NAME}: expected indices [bags, n] without offsets, or [n] with them; got {shape:?} {} offsets",
                if offsets.is_some() { "with" } else { "without" }
            ))),
        }
    }

    /// Creates bags of `n` indices that start at the offsets.
    #[track_caller]
    fn at(offsets: &Tensor, n: usize, include_last: bool) -> Result<Bags> {
        integers(NAME, "offsets", offsets)?;
        let &[slots] = offsets.shape() else {
            return Err(Error::shape(format!(
                "{NAME}: the offsets must be a vector, not of shape {:?}",
                offsets.shape()
            )));
        };
        if include_last && slots == 0 {
            return Err(Error::shape(format!(
                "{NAME}: include_last_offset requires at least one offset, the end of the last bag"
            )));
        }
        let offsets = offsets.long()?;
        offsets.check(Check::Offsets { most: n })?;
        // A bag's number is the number of bags started so far, minus one. Invalid offsets are clamped, as some devices report them later.
        let within = offsets.clamp(0, n as i64)?;
        let started = Tensor::zeros(n + 1, (offsets.dtype(), offsets.device()))?
            .index_add(0, &within, &offsets.ones_like()?)?
            .cumsum(0)?;
        Ok(Bags {
            of_index: started.sub(1)?.clamp_min(0)?.narrow(0, 0, n)?,
            count: slots - include_last as usize,
            slots,
        })
    }

    #[track_caller]
    fn sum(
        &self,
        rows: &Tensor,
        factors: Option<&Tensor>,
        skipped: Option<&Tensor>,
    ) -> Result<Tensor> {
        let rows = match factors {
            Some(factors) => rows.mul(&factors.reshape([-1, 1])?)?,
            None => rows.clone(),
        };
        let rows = match skipped {
            Some(skipped) => rows.masked_fill(skipped, 0)?,
            None => rows,
        };
        rows.new_zeros([self.slots, rows.shape()[1]])?
            .index_add(0, &self.of_index, &rows)
    }

    #[track_caller]
    fn mean(&self, rows: &Tensor, skipped: Option<&Tensor>) -> Result<Tensor> {
        let one = Tensor::ones([rows.shape()[0], 1], (DType::I32, rows.device()))?;
        let size = self.sum(&one, None, skipped)?.clamp_min(1)?;
        self.sum(rows, None, skipped)?.div(&size)
    }

    #[track_caller]
    fn max(&self, rows: &Tensor, skipped: Option<&Tensor>) -> Result<Tensor> {
        let (n, width) = (rows.shape()[0], rows.shape()[1]);
        let values = rows.detach();
        let values = match skipped {
            Some(skipped) => values.masked_fill(skipped, f64::NEG_INFINITY)?,
            None => values,
        };
        let bag = self.of_index.unsqueeze(1)?.expand([n, width])?;
        let largest = values
            .new_full([self.slots, width], f64::NEG_INFINITY)?
            .scatter_amax(0, &bag, &values)?;
        let mut hit = values
            .eq(&largest.index_select(0, &self.of_index)?)?
            .logical_or(&values.isnan()?)?;
        if let Some(skipped) = skipped {
            hit = hit.logical_and(&skipped.logical_not()?)?;
        }
        // The first position of the maximum within the bag, or `n` if the bag is empty.
        let place = Tensor::arange(0, n, 1, rows.device())?.unsqueeze(1)?;
        let place = hit.where_cond(&place, n as i64)?;
        let first = place
            .new_full([self.slots, width], n as i64)?
            .scatter_amin(0, &bag, &place)?;
        let empty = first.eq(n as i64)?;
        rows.gather(0, &first.masked_fill(&empty, 0)?)?
            .masked_fill(&empty, 0)
    }
}
