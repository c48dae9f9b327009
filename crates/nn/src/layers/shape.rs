//! Layers that change only shapes, or pad: `Flatten`, `Unflatten`, `Pad`.

use super::sizes::{Each, tuple};
use crate::functional::PadMode;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Scalar, Tensor, options};

options! {
    /// Options of a [`Flatten`].
    #[derive(Copy, PartialEq)]
    FlattenOptions {
        /// The first dimension to flatten; by default dimension 1.
        start_dim: isize = 1,
        /// The last dimension to flatten; by default the last dimension.
        end_dim: isize = -1,
    }
}

/// Flattens dimensions `start_dim` to `end_dim`, inclusive, by default all but the first: `[n, *] → [n, m]`. PyTorch: `nn.Flatten`.
///
/// ```
/// use rushlight::nn::{Call, Flatten, FlattenOptions};
/// use rushlight::Tensor;
/// let x = Tensor::zeros([2, 3, 4, 5], ())?;
/// assert_eq!(Flatten::new().call(&x)?.shape(), [2, 60]);
/// assert_eq!(Flatten::with(FlattenOptions::new().end_dim(2)).call(&x)?.shape(), [2, 12, 5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug, Default)]
#[module(repr = Self::repr)]
pub struct Flatten {
    #[module(skip)]
    options: FlattenOptions,
    state: ModuleState,
}

impl Flatten {
    /// Creates a layer that flattens all dimensions but the first.
    pub fn new() -> Flatten {
        Flatten::default()
    }

    /// Creates a layer with options.
    pub fn with(options: impl Into<FlattenOptions>) -> Flatten {
        Flatten {
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &FlattenOptions {
        &self.options
    }

    fn repr(&self) -> String {
        let FlattenOptions { start_dim, end_dim } = self.options;
        format!("start_dim={start_dim}, end_dim={end_dim}")
    }
}

impl Forward for Flatten {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.flatten(self.options.start_dim, self.options.end_dim)
    }
}

/// Splits one dimension into several. PyTorch: `nn.Unflatten`.
///
/// ```
/// use rushlight::nn::{Call, Unflatten};
/// use rushlight::Tensor;
/// let x = Tensor::zeros([2, 12], ())?;
/// assert_eq!(Unflatten::new(1, [3, -1]).call(&x)?.shape(), [2, 3, 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct Unflatten {
    #[module(skip)]
    dim: isize,
    #[module(skip)]
    sizes: Vec<isize>,
    state: ModuleState,
}

impl Unflatten {
    /// Creates a layer that splits dimension `dim` into dimensions of these sizes, one of which may be -1.
    pub fn new(dim: isize, sizes: impl Into<Vec<isize>>) -> Unflatten {
        Unflatten {
            dim,
            sizes: sizes.into(),
            state: ModuleState::default(),
        }
    }

    fn repr(&self) -> String {
        format!("dim={}, unflattened_size={}", self.dim, tuple(&self.sizes))
    }
}

impl Forward for Unflatten {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.unflatten(self.dim, &self.sizes)
    }
}

/// The padding before and after each of `N` dimensions: one number for all, or `[before, after]` for each, the last dimension first.
/// PyTorch: the `padding` of `nn.ZeroPad2d` and the other padding layers.
///
/// ```
/// use rushlight::nn::{Call, Pad};
/// use rushlight::tensor;
/// let x = tensor!([[1.0, 2.0]]);
/// assert_eq!(Pad::<1>::zeros(1).call(&x)?.to_vec::<f32>()?, [0.0, 1.0, 2.0, 0.0]);
/// assert_eq!(Pad::<1>::zeros([[0, 2]]).call(&x)?.to_vec::<f32>()?, [1.0, 2.0, 0.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sides<const N: usize>([[isize; 2]; N]);

impl<const N: usize> From<isize> for Sides<N> {
    fn from(n: isize) -> Self {
        Sides([[n; 2]; N])
    }
}

impl<const N: usize> From<[[isize; 2]; N]> for Sides<N> {
    fn from(sides: [[isize; 2]; N]) -> Self {
        Sides(sides)
    }
}

impl<const N: usize> From<Each<N>> for Sides<N> {
    fn from(each: Each<N>) -> Self {
        let signed = |n| isize::try_from(n).unwrap_or(isize::MAX);
        let mut sides = each.0.map(|n| [signed(n); 2]);
        sides.reverse();
        Sides(sides)
    }
}

/// Pads the last `N` dimensions. PyTorch: `nn.ConstantPad1d`, `ReflectionPad2d`, `ReplicationPad3d`, `CircularPad1d` and their variants.
///
/// ```
/// use rushlight::nn::{Call, Pad};
/// use rushlight::tensor;
/// let x = tensor!([[1.0, 2.0, 3.0]]);
/// assert_eq!(Pad::<1>::reflect([[2, 0]]).call(&x)?.to_vec::<f32>()?, [3.0, 2.0, 1.0, 2.0, 3.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct Pad<const N: usize> {
    #[module(skip)]
    sides: Sides<N>,
    #[module(skip)]
    mode: PadMode,
    /// Whether the layer is a `ZeroPad`, whose printed form omits the value.
    #[module(skip)]
    zeros: bool,
    state: ModuleState,
}

impl<const N: usize> Pad<N> {
    /// Creates a layer with the given mode.
    pub fn new(sides: impl Into<Sides<N>>, mode: PadMode) -> Pad<N> {
        Pad {
            sides: sides.into(),
            mode,
            zeros: false,
            state: ModuleState::default(),
        }
    }

    /// Creates a layer that pads with zeros. PyTorch: `nn.ZeroPad2d` and its variants.
    pub fn zeros(sides: impl Into<Sides<N>>) -> Pad<N> {
        Pad {
            zeros: true,
            ..Pad::constant(sides, 0.0)
        }
    }

    /// Creates a layer that pads with a number. PyTorch: `nn.ConstantPad2d` and its variants.
    pub fn constant(sides: impl Into<Sides<N>>, value: impl Into<Scalar>) -> Pad<N> {
        Pad::new(sides, PadMode::Constant(value.into()))
    }

    /// Creates a layer that pads with the reflected input. PyTorch: `nn.ReflectionPad2d` and its variants.
    pub fn reflect(sides: impl Into<Sides<N>>) -> Pad<N> {
        Pad::new(sides, PadMode::Reflect)
    }

    /// Creates a layer that repeats the edge. PyTorch: `nn.ReplicationPad2d` and its variants.
    pub fn replicate(sides: impl Into<Sides<N>>) -> Pad<N> {
        Pad::new(sides, PadMode::Replicate)
    }

    /// Creates a layer that pads with the opposite end of the input. PyTorch: `nn.CircularPad2d` and its variants.
    pub fn circular(sides: impl Into<Sides<N>>) -> Pad<N> {
        Pad::new(sides, PadMode::Circular)
    }

    fn name(&self) -> &'static str {
        let names = match self.mode {
            PadMode::Constant(_) if self.zeros => ["ZeroPad1d", "ZeroPad2d", "ZeroPad3d"],
            PadMode::Constant(_) => ["ConstantPad1d", "ConstantPad2d", "ConstantPad3d"],
            PadMode::Reflect => ["ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d"],
            PadMode::Replicate => ["ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d"],
            PadMode::Circular => ["CircularPad1d", "CircularPad2d", "CircularPad3d"],
        };
        super::sizes::name_of(N, names, "Pad")
    }

    fn repr(&self) -> String {
        let sides = tuple(self.sides.0.as_flattened());
        match self.mode {
            PadMode::Constant(value) if !self.zeros => format!("padding={sides}, value={value}"),
            _ => sides,
        }
    }
}

impl<const N: usize> Forward for Pad<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.pad(self.sides.0.as_flattened(), self.mode)
    }
}
