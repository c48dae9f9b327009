//! `unfold` (im2col) and `fold` (col2im).

use rushlight_tensor::{Error, Ints, Result, Tensor};

/// How the windows of [`unfold`] and [`fold`] lie. Each list has one entry for height and width, or one for both.
#[derive(Clone, Debug)]
pub struct FoldOptions {
    /// Size of the window.
    pub kernel: Ints,
    /// Spacing between the kernel's elements; by default 1.
    pub dilation: Ints,
    /// Zeros added on either side; by default none.
    pub padding: Ints,
    /// Step of the window; by default 1.
    pub stride: Ints,
}

impl FoldOptions {
    /// Windows at every place.
    pub fn new(kernel: impl Into<Ints>) -> FoldOptions {
        FoldOptions {
            kernel: kernel.into(),
            dilation: 1.into(),
            padding: 0.into(),
            stride: 1.into(),
        }
    }
}

/// Height and width of everything that has both.
struct Windows {
    kernel: [usize; 2],
    dilation: [usize; 2],
    padding: [usize; 2],
    stride: [usize; 2],
    /// How many windows there are.
    count: [usize; 2],
    /// Size of the plane with its zeros.
    padded: [usize; 2],
}

/// The windows of `[n, c, h, w]` or `[c, h, w]` as columns: `[n, c kh kw, l]`, a column for each of the `l` places of the window in
/// row-major order. PyTorch: `nn.functional.unfold`.
///
/// ```
/// use rushlight_nn::functional::{FoldOptions, unfold};
/// use rushlight_tensor::tensor;
/// let x = tensor!([[[1, 2, 3], [4, 5, 6]]]);
/// let columns = unfold(&x, &FoldOptions::new(2))?;
/// assert_eq!(columns.to_vec2::<i64>()?, [[1, 2], [2, 3], [4, 5], [5, 6]]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn unfold(x: &Tensor, options: &FoldOptions) -> Result<Tensor> {
    let rank = x.ndim();
    if !(3..=4).contains(&rank) || x.shape()[rank - 3..].contains(&0) {
        return Err(Error::shape(format!(
            "unfold: expected [n, c, h, w] or [c, h, w], of which only n may be 0, got shape {:?}",
            x.shape()
        )));
    }
    if rank == 3 {
        return unfold(&x.unsqueeze(0)?, options)?.squeeze_dim(0);
    }
    let plane = [x.shape()[2], x.shape()[3]];
    let windows = Windows::new("unfold", options, plane)?;
    let [h, w] = windows.padding;
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let [kernel_size, columns] = [windows.kernel, windows.count].map(|[a, b]| a * b);
    x.constant_pad_nd([w, w, h, h], 0)?
        .reshape([n, c, windows.padded[0] * windows.padded[1]])?
        .index_select(2, &windows.positions(x)?)?
        .reshape([n, c * kernel_size, columns])
}

/// Columns `[n, c kh kw, l]` or `[c kh kw, l]` added up where [`unfold`] of a plane of size `output_size` would have taken them from:
/// `[n, c, h, w]`. PyTorch: `nn.functional.fold`.
#[track_caller]
pub fn fold(x: &Tensor, output_size: impl Into<Ints>, options: &FoldOptions) -> Result<Tensor> {
    fold_to(x, &output_size.into(), options)
}

#[track_caller]
fn fold_to(x: &Tensor, output_size: &Ints, options: &FoldOptions) -> Result<Tensor> {
    let rank = x.ndim();
    if !(2..=3).contains(&rank) || x.shape()[rank - 2..].contains(&0) {
        return Err(Error::shape(format!(
            "fold: expected [n, c kh kw, l] or [c kh kw, l], of which only n may be 0, got shape {:?}",
            x.shape()
        )));
    }
    if rank == 2 {
        return fold_to(&x.unsqueeze(0)?, output_size, options)?.squeeze_dim(0);
    }
    let plane = pair("fold", "output_size", output_size, 1)?;
    let windows = Windows::new("fold", options, plane)?;
    let [kernel_size, columns] = [windows.kernel, windows.count].map(|[a, b]| a * b);
    let (n, rows, l) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    if rows % kernel_size != 0 || l != columns {
        return Err(Error::shape(format!(
            "fold: output size {plane:?} with kernel {:?} takes columns of a multiple of {kernel_size} rows, {columns} of them, got shape {:?}",
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
    fn new(name: &str, options: &FoldOptions, plane: [usize; 2]) -> Result<Windows> {
        let kernel = pair(name, "kernel_size", &options.kernel, 1)?;
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
                "{name}: a plane of {padded:?} with its padding is too large"
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

/// Two numbers of at least `least`, or one for both.
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
