//! `unfold` (im2col) and `fold` (col2im).

use super::Each;
use rushlight_tensor::{Error, Ints, Result, Tensor, options};

options! {
    /// Options of [`unfold`] and [`fold`] and of their layers. Each list holds one number for both height and width, or one for each.
    #[derive(PartialEq)]
    FoldOptions {
        /// Dilation: the distance between elements of the window; by default 1.
        dilation(into): Ints = 1.into(),
        /// The zero padding on both sides of the plane; by default none.
        padding(into): Ints = 0.into(),
        /// Stride of the window; by default 1.
        stride(into): Ints = 1.into(),
    }
}

/// The options for height and width.
struct Windows {
    kernel: [usize; 2],
    dilation: [usize; 2],
    padding: [usize; 2],
    stride: [usize; 2],
    /// The number of window positions along height and width.
    count: [usize; 2],
    /// The size of the padded plane.
    padded: [usize; 2],
}

/// Extracts the windows of `[n, c, h, w]` or `[c, h, w]` as columns: `[n, c kh kw, l]`, one column for each of the `l` window positions in
/// row-major order. PyTorch: `nn.functional.unfold`.
///
/// ```
/// use rushlight::nn::functional::unfold;
/// use rushlight::tensor;
/// let x = tensor!([[[1, 2, 3], [4, 5, 6]]]);
/// let columns = unfold(&x, 2, ())?;
/// assert_eq!(columns.to_vec2::<i64>()?, [[1, 2], [2, 3], [4, 5], [5, 6]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the number of dimensions is not supported, the input is empty, an option is out of range, or no window fits.
#[track_caller]
pub fn unfold(
    x: &Tensor,
    kernel_size: impl Into<Each<2>>,
    options: impl Into<FoldOptions>,
) -> Result<Tensor> {
    columns(x, kernel_size.into(), &options.into())
}

#[track_caller]
fn columns(x: &Tensor, kernel: Each<2>, options: &FoldOptions) -> Result<Tensor> {
    let rank = x.ndim();
    if !(3..=4).contains(&rank) || x.shape()[rank - 3..].contains(&0) {
        return Err(Error::shape(format!(
            "unfold: expected [n, c, h, w] or [c, h, w], of which only n may be 0, got shape {:?}",
            x.shape()
        )));
    }
    if rank == 3 {
        return columns(&x.unsqueeze(0)?, kernel, options)?.squeeze_dim(0);
    }
    let plane = [x.shape()[2], x.shape()[3]];
    let windows = Windows::new("unfold", kernel, options, plane)?;
    let [h, w] = windows.padding;
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let [kernel_size, columns] = [windows.kernel, windows.count].map(|[a, b]| a * b);
    x.constant_pad_nd([w, w, h, h], 0)?
        .reshape([n, c, windows.padded[0] * windows.padded[1]])?
        .index_select(2, &windows.positions(x)?)?
        .reshape([n, c * kernel_size, columns])
}

/// Adds columns `[n, c kh kw, l]` or `[c kh kw, l]` at the positions from which [`unfold`] of a plane of size `output_size` takes them:
/// `[n, c, h, w]`. PyTorch: `nn.functional.fold`.
///
/// ```
/// use rushlight::nn::functional::{FoldOptions, fold, unfold};
/// use rushlight::tensor;
/// let x = tensor!([[[1, 2, 3, 4], [5, 6, 7, 8]]]);
/// let apart = FoldOptions::new().stride(2);
/// assert!(fold(&unfold(&x, 2, &apart)?, [2, 4], 2, &apart)?.equal(&x)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the number of dimensions is not supported, the input is empty or does not match the number of columns of such a
/// plane, or an option is out of range.
#[track_caller]
pub fn fold(
    x: &Tensor,
    output_size: impl Into<Each<2>>,
    kernel_size: impl Into<Each<2>>,
    options: impl Into<FoldOptions>,
) -> Result<Tensor> {
    plane(x, output_size.into(), kernel_size.into(), &options.into())
}

#[track_caller]
fn plane(
    x: &Tensor,
    output_size: Each<2>,
    kernel: Each<2>,
    options: &FoldOptions,
) -> Result<Tensor> {
    let rank = x.ndim();
    if !(2..=3).contains(&rank) || x.shape()[rank - 2..].contains(&0) {
        return Err(Error::shape(format!(
            "fold: expected [n, c kh kw, l] or [c kh kw, l], of which only n may be 0, got shape {:?}",
            x.shape()
        )));
    }
    if rank == 2 {
        return plane(&x.unsqueeze(0)?, output_size, kernel, options)?.squeeze_dim(0);
    }
    let plane = positive("fold", "output_size", output_size)?;
    let windows = Windows::new("fold", kernel, options, plane)?;
    let [kernel_size, columns] = [windows.kernel, windows.count].map(|[a, b]| a * b);
    let (n, rows, l) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    if rows % kernel_size != 0 || l != columns {
        return Err(Error::shape(format!(
            "fold: output size {plane:?} with kernel {:?} requires {columns} columns, with a multiple of {kernel_size} rows, got shape {:?}",
            windows.kernel,
            x.shape()
        )));
    }
    let (c, [height, width]) = (rows / kernel_size, windows.padded);
    let source = x.reshape([n, c, kernel_size * columns])?;
    let [h, w] = windows.padding;
    x.new_zeros([n, c, height * width])?
        .index_add(2, &windows.positions(x)?, &source)?
        .reshape([n, c, height, width])?
        .narrow(2, h, plane[0])?
        .narrow(3, w, plane[1])
}

impl Windows {
    #[track_caller]
    fn new(
        name: &str,
        kernel: Each<2>,
        options: &FoldOptions,
        plane: [usize; 2],
    ) -> Result<Windows> {
        let kernel = positive(name, "kernel_size", kernel)?;
        let dilation = pair(name, "dilation", &options.dilation, 1)?;
        let padding = pair(name, "padding", &options.padding, 0)?;
        let stride = pair(name, "stride", &options.stride, 1)?;
        let (mut count, mut padded) = ([0; 2], [0; 2]);
        for i in 0..2 {
            let wide = |n: usize| n as i128;
            let size = wide(plane[i]) + 2 * wide(padding[i]);
            let slack = size - wide(dilation[i]) * (wide(kernel[i]) - 1) - 1;
            if slack < 0 || isize::try_from(size).is_err() {
                return Err(Error::shape(format!(
                    "{name}: kernel {kernel:?} with dilation {dilation:?} does not fit a plane of {plane:?} with padding {padding:?}"
                )));
            }
            (count[i], padded[i]) = (slack as usize / stride[i] + 1, size as usize);
        }
        if padded[0].checked_mul(padded[1]).is_none() {
            return Err(Error::shape(format!(
                "{name}: a padded plane of {padded:?} is too large"
            )));
        }
        Ok(Windows {
            kernel,
            dilation,
            padding,
            stride,
            count,
            padded,
        })
    }

    /// The positions of the kernel's elements in the flattened plane, as `[kh, kw, oh, ow]` in row-major order, on the device of `x`.
    #[track_caller]
    fn positions(&self, x: &Tensor) -> Result<Tensor> {
        let along = |i: usize| {
            let places = Tensor::arange(0, self.count[i], 1, x.device())?.mul(self.stride[i])?;
            Tensor::arange(0, self.kernel[i], 1, x.device())?
                .mul(self.dilation[i])?
                .unsqueeze(1)?
                .add(&places)
        };
        let ([kh, kw], [oh, ow]) = (self.kernel, self.count);
        let rows = along(0)?.mul(self.padded[1])?.reshape([kh, 1, oh, 1])?;
        rows.add(&along(1)?.reshape([1, kw, 1, ow])?)?.reshape(-1)
    }
}

/// Checks for two positive numbers that an index can represent.
#[track_caller]
fn positive(name: &str, what: &str, pair: Each<2>) -> Result<[usize; 2]> {
    match pair.0.iter().all(|n| (1..=isize::MAX as usize).contains(n)) {
        true => Ok(pair.0),
        false => Err(Error::value(format!(
            "{name}: {what} must be positive and at most {}, not {:?}",
            isize::MAX,
            pair.0
        ))),
    }
}

/// Checks for two numbers of at least `least`, or one for both.
#[track_caller]
fn pair(name: &str, what: &str, list: &Ints, least: isize) -> Result<[usize; 2]> {
    let pair = match *list.as_slice() {
        [n] => [n, n],
        [h, w] => [h, w],
        _ => [least - 1; 2],
    };
    if pair.iter().any(|&n| n < least) {
        return Err(Error::value(format!(
            "{name}: {what} must be one or two numbers of at least {least}, got {:?}",
            list.as_slice()
        )));
    }
    Ok(pair.map(|n| n as usize))
}
