//! What a printed tensor looks like: one setting for the process, as in PyTorch.

use parking_lot::RwLock;
use std::io::IsTerminal;

/// How tensors are printed. The default is PyTorch's.
///
/// ```standalone_crate
/// use rushlight::{PrintOptions, set_printoptions, tensor};
/// set_printoptions(PrintOptions { precision: 2, ..PrintOptions::default() });
/// assert_eq!(tensor!([3.14159, 2.71828]).to_string(), "tensor([3.14, 2.72])");
/// set_printoptions(PrintOptions::default());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PrintOptions {
    /// Digits after the point of floats. 4 by default.
    pub precision: usize,
    /// A tensor with more elements is summarized by its edges. 1000 by default; `usize::MAX` prints all.
    pub threshold: usize,
    /// How many entries of each end of a dimension a summary shows. 3 by default.
    pub edgeitems: usize,
    /// Characters in a line. `None`, the default, is 80, or the width of the terminal if the standard output is one; the environment variable
    /// `COLUMNS` overrides what the terminal reports.
    pub linewidth: Option<usize>,
    /// Whether floats are written with an exponent. `None`, the default, decides by the elements.
    pub sci_mode: Option<bool>,
}

const DEFAULT: PrintOptions = PrintOptions {
    precision: 4,
    threshold: 1000,
    edgeitems: 3,
    linewidth: None,
    sci_mode: None,
};

static OPTIONS: RwLock<PrintOptions> = RwLock::new(DEFAULT);

impl Default for PrintOptions {
    fn default() -> Self {
        DEFAULT
    }
}

impl PrintOptions {
    /// The number of characters in a line.
    pub(crate) fn line_width(&self) -> usize {
        self.linewidth.unwrap_or_else(|| {
            let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
            let reported = || Some(terminal_size::terminal_size()?.0.0.into());
            match std::io::stdout().is_terminal() {
                true => columns().or_else(reported).unwrap_or(80),
                false => 80,
            }
        })
    }
}

/// Sets how all threads print tensors from now on. PyTorch: `torch.set_printoptions`, which keeps what it is not given; for that, change
/// the fields of [`get_printoptions`].
///
/// ```standalone_crate
/// use rushlight::{PrintOptions, Tensor, get_printoptions, set_printoptions};
/// let before = get_printoptions();
/// set_printoptions(PrintOptions { threshold: 5, edgeitems: 2, ..before });
/// assert_eq!(Tensor::arange(0, 10, 1, ())?.to_string(), "tensor([0, 1,  ..., 8, 9])");
/// set_printoptions(before);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn set_printoptions(options: PrintOptions) {
    *OPTIONS.write() = options;
}

/// How tensors are printed at present. PyTorch: `torch._tensor_str.get_printoptions`.
pub fn get_printoptions() -> PrintOptions {
    *OPTIONS.read()
}
