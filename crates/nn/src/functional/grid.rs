//! `grid_sample` and `affine_grid`.

use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::{DType, Error, Half, Ints, Result, Tensor, named_enum, options};

/// The coefficient of cubic convolution, its slope at distance 1.
const SLOPE: f64 = -0.75;

named_enum! {
    /// How [`grid_sample`] interpolates between elements.
    GridSampleMode {
        /// Linear interpolation of the four (in a volume eight) neighbours.
        #[default]
        Bilinear = "bilinear",
        /// The nearest element.
        Nearest = "nearest",
        /// Cubic convolution of the sixteen (in a volume sixty-four) neighbours; it may overshoot.
        Bicubic = "bicubic",
    }
}

named_enum! {
    /// The values that [`grid_sample`] uses outside the input.
    GridSamplePadding {
        /// Zeros.
        #[default]
        Zeros = "zeros",
        /// The nearest edge element.
        Border = "border",
        /// The input reflected at its edges, repeatedly.
        Reflection = "reflection",
    }
}

options! {
    /// Options of [`grid_sample`].
    #[derive(Copy, PartialEq)]
    GridSampleOptions from(mode: GridSampleMode) {
        /// The interpolation; by default bilinear.
        mode: GridSampleMode = GridSampleMode::Bilinear,
        /// The values outside the input; by default zeros.
        padding_mode: GridSamplePadding = GridSamplePadding::Zeros,
        /// Whether -1 and 1 are the centres of the corner elements instead of their outer edges; by default false.
        align_corners: bool = false,
    }
}

options! {
    /// Options of [`affine_grid`].
    #[derive(Copy, PartialEq)]
    AffineGridOptions from(align_corners: bool) {
        /// Whether -1 and 1 are the centres of the corner elements instead of their outer edges; by default false.
        align_corners: bool = false,
    }
}

/// Samples `x` at the coordinates in `grid`: `[n, c, h, w], [n, oh, ow, 2] → [n, c, oh, ow]`, or
/// `[n, c, d, h, w], [n, od, oh, ow, 3] → [n, c, od, oh, ow]`. PyTorch: `nn.functional.grid_sample`, `grid_sampler_2d`, `grid_sampler_3d`.
///
/// The last dimension of `grid` holds the coordinate along the last dimension of `x` first; -1 and 1 are the ends of the input. The
/// function is differentiable with respect to both.
///
/// ```
/// use rushlight::nn::functional::grid_sample;
/// use rushlight::tensor;
/// let (x, middle) = (tensor!([[[[1.0, 2.0], [3.0, 4.0]]]]), tensor!([[[[0.0, 0.0]]]]));
/// assert_eq!(grid_sample(&x, &middle, ())?.item::<f32>()?, 2.5);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not match, the spatial dimensions are empty, or the dtypes differ or are not floating-point.
#[track_caller]
pub fn grid_sample(
    x: &Tensor,
    grid: &Tensor,
    options: impl Into<GridSampleOptions>,
) -> Result<Tensor> {
    sample(x, grid, &options.into())
}

#[track_caller]
fn sample(x: &Tensor, grid: &Tensor, options: &GridSampleOptions) -> Result<Tensor> {
    let spatial = x.ndim().saturating_sub(2);
    fits(x, grid, spatial)?;
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let space = &x.shape()[2..];
    let dtype = x.dtype();
    let places: usize = grid.shape()[1..=spatial].iter().product();
    let grid_rows = grid
        .to(dtype.compute())?
        .reshape([n, places, spatial])?
        .unbind(2)?;
    // The additional last pixel stands for everything outside. A pixel of the input cannot, since it may be infinite, and 0 times infinity
    // is NaN.
    let count: usize = space.iter().product();
    let pixels = x.to(dtype.compute())?.reshape([n, c, count])?;
    let pixels = Tensor::cat(&[&pixels, &pixels.new_zeros([n, c, 1])?], 2)?;
    // The neighbours of every point along each spatial dimension.
    let axes: Vec<Vec<Neighbour>> = (0..spatial)
        .map(|d| {
            let axis = Axis {
                size: space[d],
                options,
            };
            axis.neighbours(&grid_rows[spatial - 1 - d])
        })
        .collect::<Result<_>>()?;
    let combinations: usize = axes.iter().map(Vec::len).product();
    let mut sum: Option<Tensor> = None;
    for at in 0..combinations {
        let mut rest = at;
        let mut tap: Option<Neighbour> = None;
        for (axis, &size) in axes.iter().zip(space) {
            let next = &axis[rest % axis.len()];
            rest /= axis.len();
            tap = Some(match tap {
                None => next.clone(),
                Some(tap) => Neighbour {
                    index: tap.index.mul(size)?.add(&next.index)?,
                    there: tap.there.logical_and(&next.there)?,
                    weight: tap.weight.mul(&next.weight)?,
                },
            });
        }
        let Some(tap) = tap else { break };
        let index = tap.there.where_cond(&tap.index, count as i64)?;
        let index = index.unsqueeze(1)?.expand([n, c, places])?;
        let part = pixels.gather(2, &index)?.mul(&tap.weight.unsqueeze(1)?)?;
        sum = Some(match sum {
            None => part,
            Some(sum) => sum.add(&part)?,
        });
    }
    let shape = [&x.shape()[..2], &grid.shape()[1..=spatial]].concat();
    let sum = sum.map_or_else(|| x.new_zeros(&shape), Ok)?;
    sum.reshape(&shape)?.to(dtype)
}

#[track_caller]
fn fits(x: &Tensor, grid: &Tensor, spatial: usize) -> Result<()> {
    let (input, places) = (x.shape(), grid.shape());
    if x.dtype() != grid.dtype() || !x.dtype().is_float() {
        return Err(Error::dtype(format!(
            "grid_sample: input and grid must have the same floating-point dtype, not {} and {}",
            x.dtype(),
            grid.dtype()
        )));
    }
    if !(2..=3).contains(&spatial)
        || places.len() != input.len()
        || places[0] != input[0]
        || places[spatial + 1] != spatial
    {
        return Err(Error::shape(format!(
            "grid_sample: expected [n, c, h, w] and [n, oh, ow, 2], or [n, c, d, h, w] and [n, od, oh, ow, 3], got {input:?} and {places:?}"
        )));
    }
    if input[2..].contains(&0) {
        return Err(Error::shape(format!(
            "grid_sample: the spatial dimensions of input {input:?} are empty"
        )));
    }
    Ok(())
}

/// A neighbour of each point: its position along the axis, whether it lies inside, and its weight.
#[derive(Clone)]
struct Neighbour {
    index: Tensor,
    there: Tensor,
    weight: Tensor,
}

/// One spatial dimension.
struct Axis<'a> {
    size: usize,
    options: &'a GridSampleOptions,
}

impl Axis<'_> {
    /// The neighbours of each point of `grid` along this axis.
    #[track_caller]
    fn neighbours(&self, grid: &Tensor) -> Result<Vec<Neighbour>> {
        let size = self.size as f64;
        let place = if self.options.align_corners {
            grid.add(1.0)?.mul(0.5 * (size - 1.0))?
        } else {
            grid.add(1.0)?.mul(0.5 * size)?.sub(0.5)?
        };
        match self.options.mode {
            GridSampleMode::Nearest => {
                let at = countable(&self.inside(&place)?)?.round()?;
                Ok(vec![self.neighbour(&at, &at.ones_like()?)?])
            }
            GridSampleMode::Bilinear => {
                let at = countable(&self.inside(&place)?)?;
                let first = at.detach().floor()?;
                let part = at.sub(&first)?;
                Ok(vec![
                    self.neighbour(&first, &part.neg()?.add(1.0)?)?,
                    self.neighbour(&first.add(1.0)?, &part)?,
                ])
            }
            GridSampleMode::Bicubic => {
                let at = countable(&place)?;
                let first = at.detach().floor()?;
                let part = at.sub(&first)?;
                (-1..=2)
                    .map(|k| {
                        let near = self.inside(&first.add(k as f64)?)?;
                        self.neighbour(&near, &cubic(&part.sub(k as f64)?, k)?)
                    })
                    .collect()
            }
        }
    }

    /// The element at the integer position `at`, which may lie outside.
    #[track_caller]
    fn neighbour(&self, at: &Tensor, weight: &Tensor) -> Result<Neighbour> {
        let at = at.detach();
        Ok(Neighbour {
            there: at.ge(0.0)?.logical_and(&at.le((self.size - 1) as f64)?)?,
            index: at.to(DType::I64)?,
            weight: weight.clone(),
        })
    }

    /// Maps coordinates outside the input to the inside according to the padding mode.
    #[track_caller]
    fn inside(&self, place: &Tensor) -> Result<Tensor> {
        match self.options.padding_mode {
            GridSamplePadding::Zeros => Ok(place.clone()),
            GridSamplePadding::Border => self.clipped(place),
            GridSamplePadding::Reflection => {
                let (low, span) = if self.options.align_corners {
                    (0.0, (self.size - 1) as f64)
                } else {
                    (-0.5, self.size as f64)
                };
                if span == 0.0 {
                    return place.zeros_like();
                }
                // A triangle wave: the distance from the low edge, reversed in every second period.
                let far = place.sub(low)?;
                let negative = far.lt(0.0)?;
                let far = negative.where_cond(&far.neg()?, &far)?;
                let turns = far.detach().div(span)?.floor()?;
                let along = far.fmod(span)?;
                let even = turns.remainder(2.0)?.eq(0.0)?;
                let folded = even.where_cond(&along, &along.neg()?.add(span)?)?;
                self.clipped(&folded.add(low)?)
            }
        }
    }

    /// Clamps to the centres of the first and the last element; the gradient at the limits is 0.
    #[track_caller]
    fn clipped(&self, place: &Tensor) -> Result<Tensor> {
        let last = (self.size - 1) as f64;
        let lifted = place.le(0.0)?.where_cond(0.0, place)?;
        lifted.ge(last)?.where_cond(last, &lifted)
    }
}

/// Returns `place` if it is small enough to be exact, and a coordinate outside the input otherwise: coordinates that are not finite have no
/// neighbours.
#[track_caller]
fn countable(place: &Tensor) -> Result<Tensor> {
    let far = (1u32 << 31) as f64;
    place.abs()?.lt(far)?.where_cond(place, -100.0)
}

/// The cubic convolution kernel at signed distance `x` from tap `k`; taps -1 and 2 are the outer ones.
#[track_caller]
fn cubic(x: &Tensor, k: i64) -> Result<Tensor> {
    let distance = if k <= 0 { x.clone() } else { x.neg()? };
    let outer = !(0..=1).contains(&k);
    Ok(function(CubicConvolution { outer }, &[&distance])?.remove(0))
}

/// The cubic convolution polynomial with coefficient -0.75, for distances up to 1, or from 1 to 2.
///
/// Its derivative is evaluated as a separate polynomial: the terms of the chain rule cancel, which loses digits.
struct CubicConvolution {
    outer: bool,
}

impl Function for CubicConvolution {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let (x, a) = (inputs[0], SLOPE);
        ctx.save(x);
        let y = if self.outer {
            let x3 = x.mul(a)?.sub(5.0 * a)?.mul(x)?.add(8.0 * a)?;
            x3.mul(x)?.sub(4.0 * a)?
        } else {
            let x2 = x.mul(a + 2.0)?.sub(a + 3.0)?.mul(x)?;
            x2.mul(x)?.add(1.0)?
        };
        Ok(vec![y])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let (x, a) = (&ctx.saved()[0], SLOPE);
        let slope = if self.outer {
            x.mul(3.0 * a)?.sub(10.0 * a)?.mul(x)?.add(8.0 * a)?
        } else {
            x.mul(3.0 * (a + 2.0))?.sub(2.0 * (a + 3.0))?.mul(x)?
        };
        Ok(vec![Some(grads[0].mul(&slope)?)])
    }
}

/// Creates the grid with which [`grid_sample`] maps its input affinely: `[n, h, w, 2]` for `theta` of `[n, 2, 3]` and `size`
/// `[n, c, h, w]`, or `[n, d, h, w, 3]` for `[n, 3, 4]` and `[n, c, d, h, w]`. PyTorch: `nn.functional.affine_grid`.
///
/// ```
/// use rushlight::nn::functional::affine_grid;
/// use rushlight::tensor;
/// let identity = tensor!([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]);
/// let grid = affine_grid(&identity, [1, 1, 1, 2], ())?;
/// assert_eq!(grid.to_vec::<f32>()?, [-0.5, 0.0, 0.5, 0.0]);
/// let corners = affine_grid(&identity, [1, 1, 1, 2], true)?;
/// assert_eq!(corners.to_vec::<f32>()?, [-1.0, 0.0, 1.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the size is not positive, `theta` does not match it, or the dtype of `theta` is not floating-point.
#[track_caller]
pub fn affine_grid(
    theta: &Tensor,
    size: impl Into<Ints>,
    options: impl Into<AffineGridOptions>,
) -> Result<Tensor> {
    affine(theta, size.into().as_slice(), &options.into())
}

#[track_caller]
fn affine(theta: &Tensor, size: &[isize], options: &AffineGridOptions) -> Result<Tensor> {
    let spatial = size.len().saturating_sub(2);
    if !theta.dtype().is_float() {
        return Err(Error::dtype(format!(
            "affine_grid: theta must have a floating-point dtype, not {}",
            theta.dtype()
        )));
    }
    if !(2..=3).contains(&spatial)
        || size.iter().any(|&n| n <= 0)
        || *theta.shape() != [size[0] as usize, spatial, spatial + 1]
    {
        return Err(Error::shape(format!(
            "affine_grid: expected theta of [n, 2, 3] and a positive size [n, c, h, w], or [n, 3, 4] and [n, c, d, h, w], got {:?} and {size:?}",
            theta.shape()
        )));
    }
    if let Some(half) = Half::among([theta]) {
        return half.round(affine(&half.widen(theta)?, size, options)?);
    }
    let n = size[0] as usize;
    let space: Vec<usize> = size[2..].iter().map(|&n| n as usize).collect();
    let place = (theta.dtype(), theta.device());
    // The coordinate along the last dimension comes first; the last column holds ones.
    let ones = Tensor::ones(&space, place)?;
    let mut columns = Vec::with_capacity(spatial + 1);
    for d in (0..spatial).rev() {
        let count = space[d];
        let mut line = if count == 1 {
            Tensor::zeros(1, place)?
        } else {
            Tensor::linspace(-1.0, 1.0, count, place)?
        };
        if !options.align_corners {
            line = line.mul((count - 1) as f64 / count as f64)?;
        }
        let mut shape = vec![1; spatial];
        shape[d] = count;
        columns.push(line.reshape(shape)?.expand(&space)?);
    }
    columns.push(ones);
    let base = Tensor::stack(&columns.iter().collect::<Vec<_>>(), -1)?;
    let places: usize = space.iter().product();
    let grid = base.reshape([places, spatial + 1])?.matmul(&theta.mt()?)?;
    grid.reshape([&[n][..], &space, &[spatial]].concat())
}
