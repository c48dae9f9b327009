//! Pooling layers: maximum, average, power-average and adaptive pooling.

use super::sizes::{Each, OutputSize, Stride, name_of, tuple};
use crate::builder::builder;
use crate::call::surround;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, functional};
use rushlight_tensor::{PoolOptions, Result, Tensor};

/// The largest element of each window of `[n, c, *s]` or `[c, *s]`.
///
/// ```
/// use rushlight_nn::{Call, MaxPool2d};
/// use rushlight_tensor::Tensor;
/// assert_eq!(MaxPool2d::new(2).call(&Tensor::zeros([1, 3, 8, 8], ())?)?.shape(), [1, 3, 4, 4]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct MaxPool<const N: usize> {
    #[module(skip)]
    args: MaxPoolBuilder<N>,
    state: ModuleState,
}

/// PyTorch: `nn.MaxPool1d`.
pub type MaxPool1d = MaxPool<1>;
/// PyTorch: `nn.MaxPool2d`.
pub type MaxPool2d = MaxPool<2>;
/// PyTorch: `nn.MaxPool3d`.
pub type MaxPool3d = MaxPool<3>;

builder! {
    /// Options of a [`MaxPool`].
    MaxPoolBuilder<const N: usize>(kernel_size: Each<N>) {
        /// Step of the window; by default its size.
        stride: Stride<N> = Stride(None),
        /// Padding on either side, which is never the largest.
        padding: Each<N> = Each([0; N]),
        /// Spacing between the kernel's elements; by default 1.
        dilation: Each<N> = Each([1; N]),
        /// Whether a last window may hang over the end; by default no.
        ceil_mode: bool = false,
    }
}

impl<const N: usize> MaxPool<N> {
    /// Pooling with stride equal to the kernel size.
    pub fn new(kernel_size: impl Into<Each<N>>) -> MaxPool<N> {
        MaxPool::builder(kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(kernel_size: impl Into<Each<N>>) -> MaxPoolBuilder<N> {
        MaxPoolBuilder::new(kernel_size.into())
    }

    fn name(&self) -> &'static str {
        name_of(N, ["MaxPool1d", "MaxPool2d", "MaxPool3d"], "MaxPool")
    }

    fn repr(&self) -> String {
        let a = &self.args;
        format!(
            "kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}",
            a.kernel_size,
            a.stride.0.unwrap_or(a.kernel_size),
            a.padding,
            a.dilation,
            py_bool(a.ceil_mode)
        )
    }
}

impl<const N: usize> MaxPoolBuilder<N> {
    /// The layer.
    pub fn build(self) -> MaxPool<N> {
        MaxPool {
            args: self,
            state: ModuleState::default(),
        }
    }
}

impl<const N: usize> MaxPool<N> {
    /// The largest elements and their positions in the flattened space, as a `MaxUnpool` takes them. PyTorch: `return_indices=True`.
    #[track_caller]
    pub fn call_with_indices(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let pool = |x: &Tensor| functional::max_pool_with_indices(x, &self.window());
        surround(self.as_module(), x, pool)
    }

    fn window(&self) -> PoolOptions {
        let a = &self.args;
        PoolOptions {
            stride: a.stride.0.map(Into::into),
            padding: a.padding.into(),
            dilation: a.dilation.into(),
            ceil_mode: a.ceil_mode,
            ..PoolOptions::new(a.kernel_size, N)
        }
    }
}

impl<const N: usize> Forward for MaxPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::max_pool(x, &self.window())
    }
}

/// The mean of each window of `[n, c, *s]` or `[c, *s]`.
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct AvgPool<const N: usize> {
    #[module(skip)]
    args: AvgPoolBuilder<N>,
    state: ModuleState,
}

/// PyTorch: `nn.AvgPool1d`.
pub type AvgPool1d = AvgPool<1>;
/// PyTorch: `nn.AvgPool2d`.
pub type AvgPool2d = AvgPool<2>;
/// PyTorch: `nn.AvgPool3d`.
pub type AvgPool3d = AvgPool<3>;

builder! {
    /// Options of an [`AvgPool`].
    AvgPoolBuilder<const N: usize>(kernel_size: Each<N>) {
        /// Step of the window; by default its size.
        stride: Stride<N> = Stride(None),
        /// Zeros on either side.
        padding: Each<N> = Each([0; N]),
        /// Whether a last window may hang over the end; by default no.
        ceil_mode: bool = false,
        /// Whether padding counts among the elements; by default yes.
        count_include_pad: bool = true,
        /// What to divide by instead of the number of elements.
        divisor_override: Option<i64> = None,
    }
}

impl<const N: usize> AvgPool<N> {
    /// Pooling with stride equal to the kernel size.
    pub fn new(kernel_size: impl Into<Each<N>>) -> AvgPool<N> {
        AvgPool::builder(kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(kernel_size: impl Into<Each<N>>) -> AvgPoolBuilder<N> {
        AvgPoolBuilder::new(kernel_size.into())
    }

    fn name(&self) -> &'static str {
        name_of(N, ["AvgPool1d", "AvgPool2d", "AvgPool3d"], "AvgPool")
    }

    fn repr(&self) -> String {
        let a = &self.args;
        let show = |each: Each<N>| {
            if N == 1 {
                each.tuple()
            } else {
                each.to_string()
            }
        };
        let stride = a.stride.0.unwrap_or(a.kernel_size);
        format!(
            "kernel_size={}, stride={}, padding={}",
            show(a.kernel_size),
            show(stride),
            show(a.padding)
        )
    }
}

impl<const N: usize> AvgPoolBuilder<N> {
    /// The layer.
    pub fn build(self) -> AvgPool<N> {
        AvgPool {
            args: self,
            state: ModuleState::default(),
        }
    }
}

impl<const N: usize> Forward for AvgPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let options = PoolOptions {
            stride: a.stride.0.map(Into::into),
            padding: a.padding.into(),
            ceil_mode: a.ceil_mode,
            count_include_pad: a.count_include_pad,
            divisor: a.divisor_override,
            ..PoolOptions::new(a.kernel_size, N)
        };
        functional::avg_pool(x, &options)
    }
}

/// `(Σ xᵖ)^(1/p)` of each window of `[n, c, *s]` or `[c, *s]`: the sum for p = 1, the largest element as p grows.
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct LPPool<const N: usize> {
    #[module(skip)]
    args: LPPoolBuilder<N>,
    state: ModuleState,
}

/// PyTorch: `nn.LPPool1d`.
pub type LPPool1d = LPPool<1>;
/// PyTorch: `nn.LPPool2d`.
pub type LPPool2d = LPPool<2>;
/// PyTorch: `nn.LPPool3d`.
pub type LPPool3d = LPPool<3>;

builder! {
    /// Options of an [`LPPool`].
    LPPoolBuilder<const N: usize>(norm_type: f64, kernel_size: Each<N>) {
        /// Step of the window; by default its size.
        stride: Stride<N> = Stride(None),
        /// Whether a last window may hang over the end; by default no.
        ceil_mode: bool = false,
    }
}

impl<const N: usize> LPPool<N> {
    /// Pooling with the norm of power `norm_type` and stride equal to the kernel size.
    pub fn new(norm_type: f64, kernel_size: impl Into<Each<N>>) -> LPPool<N> {
        LPPool::builder(norm_type, kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(norm_type: f64, kernel_size: impl Into<Each<N>>) -> LPPoolBuilder<N> {
        LPPoolBuilder::new(norm_type, kernel_size.into())
    }

    fn name(&self) -> &'static str {
        name_of(N, ["LPPool1d", "LPPool2d", "LPPool3d"], "LPPool")
    }

    fn repr(&self) -> String {
        let a = &self.args;
        let stride = a.stride.0.map_or("None".to_owned(), |s| s.to_string());
        format!(
            "norm_type={:?}, kernel_size={}, stride={stride}, ceil_mode={}",
            a.norm_type,
            a.kernel_size,
            py_bool(a.ceil_mode)
        )
    }
}

impl<const N: usize> LPPoolBuilder<N> {
    /// The layer.
    pub fn build(self) -> LPPool<N> {
        LPPool {
            args: self,
            state: ModuleState::default(),
        }
    }
}

impl<const N: usize> Forward for LPPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let options = PoolOptions {
            stride: a.stride.0.map(Into::into),
            ceil_mode: a.ceil_mode,
            ..PoolOptions::new(a.kernel_size, N)
        };
        functional::lp_pool(x, a.norm_type, &options)
    }
}

macro_rules! adaptive {
    ($($(#[$doc:meta])* $name:ident, [$one:ident, $two:ident, $three:ident], $function:ident;)*) => { $(
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
            /// Results of these sizes; `None` keeps the input's.
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
            fn forward(&self, x: &Tensor) -> Result<Tensor> {
                functional::$function(x, self.output_size.0)
            }
        }
    )* };
}

adaptive! {
    /// The means of as many windows as the result shall have elements.
    AdaptiveAvgPool, [AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d], adaptive_avg_pool;
    /// The largest elements of as many windows as the result shall have elements.
    AdaptiveMaxPool, [AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d], adaptive_max_pool;
}

impl<const N: usize> AdaptiveMaxPool<N> {
    /// The largest elements and their positions in the flattened space. PyTorch: `return_indices=True`.
    #[track_caller]
    pub fn call_with_indices(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let sizes = self.output_size.0;
        let pool = |x: &Tensor| functional::adaptive_max_pool_with_indices(x, sizes);
        surround(self.as_module(), x, pool)
    }
}
