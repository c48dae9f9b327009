//! Pooling layers: maximum, average, power-average and adaptive pooling.

use super::sizes::{Each, OutputSize, name_of, one_or_tuple, tuple, tuple_of};
use crate::call::surround;
use crate::functional::{self, LPPoolOptions};
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{AvgPoolOptions, Ints, MaxPoolOptions, Result, Tensor};

/// Computes the maximum of each window of `[n, c, *s]` or `[c, *s]`.
///
/// The output size is `⌊(s + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1`. The function is [`Tensor::max_pool`]; invalid arguments
/// are reported when the layer is called. PyTorch: `nn.MaxPool1d`, `nn.MaxPool2d`, `nn.MaxPool3d`.
///
/// ```
/// use rushlight::nn::{Call, MaxPool2d, MaxPoolOptions};
/// use rushlight::Tensor;
/// let x = Tensor::zeros([1, 3, 8, 8], ())?;
/// assert_eq!(MaxPool2d::new(2).call(&x)?.shape(), [1, 3, 4, 4]);
/// let same = MaxPool2d::with(3, MaxPoolOptions::new().stride(1).padding(1));
/// assert_eq!(same.call(&x)?.shape(), [1, 3, 8, 8]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct MaxPool<const N: usize> {
    #[module(skip)]
    kernel_size: Each<N>,
    #[module(skip)]
    options: MaxPoolOptions,
    state: ModuleState,
}

/// PyTorch: `nn.MaxPool1d`.
pub type MaxPool1d = MaxPool<1>;
/// PyTorch: `nn.MaxPool2d`.
pub type MaxPool2d = MaxPool<2>;
/// PyTorch: `nn.MaxPool3d`.
pub type MaxPool3d = MaxPool<3>;

impl<const N: usize> MaxPool<N> {
    /// Creates a layer with stride equal to the kernel size.
    pub fn new(kernel_size: impl Into<Each<N>>) -> MaxPool<N> {
        MaxPool::with(kernel_size, ())
    }

    /// Creates a layer with options.
    pub fn with(kernel_size: impl Into<Each<N>>, options: impl Into<MaxPoolOptions>) -> MaxPool<N> {
        MaxPool {
            kernel_size: kernel_size.into(),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &MaxPoolOptions {
        &self.options
    }

    /// Returns the largest elements and their positions in the flattened space, as a `MaxUnpool` takes them.
    /// PyTorch: `return_indices=True`.
    #[track_caller]
    pub fn call_with_indices(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let pool = |x: &Tensor| x.max_pool(self.kernel_size, &self.options);
        surround(self.as_module(), x, pool)
    }

    fn name(&self) -> &'static str {
        name_of(N, ["MaxPool1d", "MaxPool2d", "MaxPool3d"], "MaxPool")
    }

    fn repr(&self) -> String {
        let options = &self.options;
        let stride = options.stride.as_ref();
        format!(
            "kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}",
            self.kernel_size,
            stride.map_or(self.kernel_size.to_string(), one_or_tuple),
            one_or_tuple(&options.padding),
            one_or_tuple(&options.dilation),
            py_bool(options.ceil_mode)
        )
    }
}

impl<const N: usize> Forward for MaxPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.max_pool(self.kernel_size, &self.options)?.0)
    }
}

/// Computes the mean of each window of `[n, c, *s]` or `[c, *s]`.
///
/// The output size is `⌊(s + 2 padding - kernel) / stride⌋ + 1`. The function is [`Tensor::avg_pool`]; invalid arguments are reported when
/// the layer is called. PyTorch: `nn.AvgPool1d`, `nn.AvgPool2d`, `nn.AvgPool3d`.
///
/// ```
/// use rushlight::nn::{AvgPool1d, AvgPoolOptions, Call};
/// use rushlight::tensor;
/// let x = tensor!([[1.0, 4.0, 3.0, 2.0]]);
/// assert_eq!(AvgPool1d::new(2).call(&x)?.to_vec::<f32>()?, [2.5, 2.5]);
/// let edges = AvgPool1d::with(2, AvgPoolOptions::new().padding(1).count_include_pad(false));
/// assert_eq!(edges.call(&x)?.to_vec::<f32>()?, [1.0, 3.5, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct AvgPool<const N: usize> {
    #[module(skip)]
    kernel_size: Each<N>,
    #[module(skip)]
    options: AvgPoolOptions,
    state: ModuleState,
}

/// PyTorch: `nn.AvgPool1d`.
pub type AvgPool1d = AvgPool<1>;
/// PyTorch: `nn.AvgPool2d`.
pub type AvgPool2d = AvgPool<2>;
/// PyTorch: `nn.AvgPool3d`.
pub type AvgPool3d = AvgPool<3>;

impl<const N: usize> AvgPool<N> {
    /// Creates a layer with stride equal to the kernel size.
    pub fn new(kernel_size: impl Into<Each<N>>) -> AvgPool<N> {
        AvgPool::with(kernel_size, ())
    }

    /// Creates a layer with options.
    pub fn with(kernel_size: impl Into<Each<N>>, options: impl Into<AvgPoolOptions>) -> AvgPool<N> {
        AvgPool {
            kernel_size: kernel_size.into(),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &AvgPoolOptions {
        &self.options
    }

    fn name(&self) -> &'static str {
        name_of(N, ["AvgPool1d", "AvgPool2d", "AvgPool3d"], "AvgPool")
    }

    fn repr(&self) -> String {
        // As in PyTorch, the layer for one dimension prints tuples of one number.
        let show = |list: &Ints| match N {
            1 => tuple_of(list, 1),
            _ => one_or_tuple(list),
        };
        let kernel_size = match N {
            1 => self.kernel_size.tuple(),
            _ => self.kernel_size.to_string(),
        };
        format!(
            "kernel_size={kernel_size}, stride={}, padding={}",
            self.options
                .stride
                .as_ref()
                .map_or(kernel_size.clone(), show),
            show(&self.options.padding)
        )
    }
}

impl<const N: usize> Forward for AvgPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.avg_pool(self.kernel_size, &self.options)
    }
}

/// Computes `(Σ xᵖ)^(1/p)` over each window of `[n, c, *s]` or `[c, *s]`: the sum for p = 1; the limit for large p is the maximum.
///
/// The output size is `⌊(s - kernel) / stride⌋ + 1`. Invalid arguments are reported when the layer is called. PyTorch: `nn.LPPool1d`,
/// `nn.LPPool2d`, `nn.LPPool3d`.
///
/// ```
/// use rushlight::nn::{Call, LPPool1d, LPPoolOptions};
/// use rushlight::tensor;
/// let x = tensor!([[3.0, 4.0, 0.0]]);
/// assert_eq!(LPPool1d::new(2.0, 2).call(&x)?.to_vec::<f32>()?, [5.0]);
/// let each = LPPool1d::with(2.0, 2, LPPoolOptions::new().stride(1));
/// assert_eq!(each.call(&x)?.to_vec::<f32>()?, [5.0, 4.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct LPPool<const N: usize> {
    #[module(skip)]
    norm_type: f64,
    #[module(skip)]
    kernel_size: Each<N>,
    #[module(skip)]
    options: LPPoolOptions,
    state: ModuleState,
}

/// PyTorch: `nn.LPPool1d`.
pub type LPPool1d = LPPool<1>;
/// PyTorch: `nn.LPPool2d`.
pub type LPPool2d = LPPool<2>;
/// PyTorch: `nn.LPPool3d`.
pub type LPPool3d = LPPool<3>;

impl<const N: usize> LPPool<N> {
    /// Creates a layer with the norm of order `norm_type` and stride equal to the kernel size.
    pub fn new(norm_type: f64, kernel_size: impl Into<Each<N>>) -> LPPool<N> {
        LPPool::with(norm_type, kernel_size, ())
    }

    /// Creates a layer with options.
    pub fn with(
        norm_type: f64,
        kernel_size: impl Into<Each<N>>,
        options: impl Into<LPPoolOptions>,
    ) -> LPPool<N> {
        LPPool {
            norm_type,
            kernel_size: kernel_size.into(),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &LPPoolOptions {
        &self.options
    }

    fn name(&self) -> &'static str {
        name_of(N, ["LPPool1d", "LPPool2d", "LPPool3d"], "LPPool")
    }

    fn repr(&self) -> String {
        let stride = self.options.stride.as_ref();
        format!(
            "norm_type={:?}, kernel_size={}, stride={}, ceil_mode={}",
            self.norm_type,
            self.kernel_size,
            stride.map_or("None".to_owned(), one_or_tuple),
            py_bool(self.options.ceil_mode)
        )
    }
}

impl<const N: usize> Forward for LPPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::lp_pool(x, self.norm_type, &self.kernel_size.0, &self.options)
    }
}

macro_rules! adaptive {
    ($($(#[$doc:meta])* $name:ident, [$one:ident, $two:ident, $three:ident], |$x:ident, $sizes:ident| $call:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(type_name = Self::name, repr = Self::repr)]
        pub struct $name<const N: usize> {
            #[module(skip)]
            output_size: OutputSize<N>,
            state: ModuleState,
        }

        #[doc = concat!("PyTorch: `nn.", stringify!($one), "`.")]
        pub type $one = $name<1>;
        #[doc = concat!("PyTorch: `nn.", stringify!($two), "`.")]
        pub type $two = $name<2>;
        #[doc = concat!("PyTorch: `nn.", stringify!($three), "`.")]
        pub type $three = $name<3>;

        impl<const N: usize> $name<N> {
            /// Creates a layer with this output size; `None` keeps the input's size.
            pub fn new(output_size: impl Into<OutputSize<N>>) -> $name<N> {
                $name { output_size: output_size.into(), state: ModuleState::default() }
            }

            fn name(&self) -> &'static str {
                name_of(N, [stringify!($one), stringify!($two), stringify!($three)], stringify!($name))
            }

            fn repr(&self) -> String {
                let sizes = self.output_size.0.map(|n| n.map_or("None".to_owned(), |n| n.to_string()));
                match sizes.iter().all(|n| *n == sizes[0]) {
                    true => format!("output_size={}", sizes[0]),
                    false => format!("output_size={}", tuple(&sizes)),
                }
            }
        }

        impl<const N: usize> Forward for $name<N> {
            type Output = Tensor;
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let $sizes = self.output_size.0;
                $call
            }
        }
    )* };
}

adaptive! {
    /// Computes the means of as many windows of `[n, c, *s]` or `[c, *s]` as the output has elements. PyTorch: `nn.AdaptiveAvgPool1d`,
    /// `nn.AdaptiveAvgPool2d`, `nn.AdaptiveAvgPool3d`.
    ///
    /// ```
    /// use rushlight::nn::{AdaptiveAvgPool2d, Call};
    /// use rushlight::Tensor;
    /// let x = Tensor::zeros([1, 3, 7, 5], ())?;
    /// assert_eq!(AdaptiveAvgPool2d::new(1).call(&x)?.shape(), [1, 3, 1, 1]);
    /// assert_eq!(AdaptiveAvgPool2d::new([Some(2), None]).call(&x)?.shape(), [1, 3, 2, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    AdaptiveAvgPool, [AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d], |x, sizes| x.adaptive_avg_pool(sizes);
    /// Computes the maxima of as many windows of `[n, c, *s]` or `[c, *s]` as the output has elements. PyTorch: `nn.AdaptiveMaxPool1d`,
    /// `nn.AdaptiveMaxPool2d`, `nn.AdaptiveMaxPool3d`.
    ///
    /// ```
    /// use rushlight::nn::{AdaptiveMaxPool1d, Call};
    /// use rushlight::tensor;
    /// let x = tensor!([[1.0, 4.0, 3.0, 2.0]]);
    /// assert_eq!(AdaptiveMaxPool1d::new(2).call(&x)?.to_vec::<f32>()?, [4.0, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    AdaptiveMaxPool, [AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d], |x, sizes| Ok(x.adaptive_max_pool(sizes)?.0);
}

impl<const N: usize> AdaptiveMaxPool<N> {
    /// Returns the largest elements and their positions in the flattened space. PyTorch: `return_indices=True`.
    #[track_caller]
    pub fn call_with_indices(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let pool = |x: &Tensor| x.adaptive_max_pool(self.output_size.0);
        surround(self.as_module(), x, pool)
    }
}
