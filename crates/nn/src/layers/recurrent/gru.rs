//! The gated recurrent unit and its cell.

use super::cell::Cell;
use super::stack::{Config, Stack};
use super::step;
use crate::call::surround;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::backend::RecurrentCell;
use rushlight_tensor::{Result, Tensor, options};

/// A gated recurrent unit (Cho et al. 2014). Every layer computes the gates `r, z, n` of the input as `W xₜ + b` and of the state as
/// `U hₜ₋₁ + c`, and then `n = tanh(xₙ + σ(xᵣ + hᵣ) hₙ)` and `hₜ = (1 - σ(x_z + h_z)) n + σ(x_z + h_z) hₜ₋₁`. PyTorch: `nn.GRU`.
///
/// The call computes `[length, n, input] → ([length, n, directions hidden], [layers directions, n, hidden])`: the outputs of the last layer
/// at every step, and the last state of every layer and direction. `[length, input]` is a sequence without a batch; with `batch_first`,
/// input and output, but not the state, are `[n, length, ..]`. The initial state is zero, or the argument of [`GRU::call_with_state`].
///
/// Weights are named as in PyTorch (`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, …; see
/// [`ModuleExt::get_parameter`](crate::ModuleExt::get_parameter)) and initialized uniformly in ±1/√hidden, with the numbers that PyTorch
/// draws for the same seed.
///
/// ```
/// use rushlight::nn::{Call, GRU};
/// use rushlight::Tensor;
/// let gru = GRU::new(10, 20)?;
/// let (y, h) = gru.call(&Tensor::randn([5, 10], ())?)?;
/// assert_eq!((y.shape(), h.shape()), (&[5, 20][..], &[1, 20][..]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct GRU {
    stack: Stack,
    #[module(skip)]
    options: GRUOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`GRU`].
    GRUOptions from(num_layers: usize) {
        /// The number of layers, each of which reads the outputs of the one before; by default 1.
        num_layers: usize = 1,
        /// Whether there are biases; by default true.
        bias: bool = true,
        /// Whether input and output are `[n, length, ..]` instead of `[length, n, ..]`; by default false.
        batch_first: bool = false,
        /// The dropout probability between layers in training; by default 0.
        dropout: f64 = 0.0,
        /// Whether a second cell of each layer processes the sequence in reverse; by default false.
        bidirectional: bool = false,
    }
    parameters
}

impl GRU {
    /// Creates one layer in one direction.
    ///
    /// # Errors
    /// Returns the same errors as [`GRU::with`].
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<GRU> {
        GRU::with(input_size, hidden_size, ())
    }

    /// Creates a network with options, or with a number of layers.
    ///
    /// # Errors
    /// Returns an error if a size or the number of layers is 0, `dropout` is outside `[0, 1]`, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        options: impl Into<GRUOptions>,
    ) -> Result<GRU> {
        let mut options = options.into();
        let factory = options.take_factory();
        let config = Config {
            name: "GRU",
            gates: 3,
            input_size,
            hidden_size,
            proj_size: 0,
            num_layers: options.num_layers,
            bias: options.bias,
            batch_first: options.batch_first,
            dropout: options.dropout,
            bidirectional: options.bidirectional,
        };
        Ok(GRU {
            stack: Stack::draw(config, &factory)?,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &GRUOptions {
        &self.options
    }

    /// Calls the layer with the initial state `h: [layers directions, n, hidden]`. PyTorch: `gru(x, h)`.
    #[track_caller]
    pub fn call_with_state(&self, x: &Tensor, h: &Tensor) -> Result<(Tensor, Tensor)> {
        surround(self.as_module(), x, |x| self.run(x, Some([h.clone()])))
    }

    fn run(&self, x: &Tensor, initial: Option<[Tensor; 1]>) -> Result<(Tensor, Tensor)> {
        let training = self.state.is_training();
        let (y, [h]) = self
            .stack
            .run(x, initial, training, RecurrentCell::Gru, step::gru)?;
        Ok((y, h))
    }

    fn repr(&self) -> String {
        self.stack.repr()
    }

    fn sizes(&self) -> String {
        self.stack.describe()
    }
}

/// Computes the outputs and the last state.
impl Forward for GRU {
    type Output = (Tensor, Tensor);
    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.run(x, None)
    }
}

/// Computes one step of a [`GRU`](crate::GRU): `[n, input] → [n, hidden]` or `[input] → [hidden]`. PyTorch: `nn.GRUCell`.
///
/// The weights are `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`, initialized as in a GRU.
///
/// ```
/// use rushlight::nn::{Call, GRUCell};
/// use rushlight::Tensor;
/// let cell = GRUCell::new(10, 20)?;
/// let h = cell.call(&Tensor::randn([3, 10], ())?)?;
/// let h = cell.call_with_state(&Tensor::randn([3, 10], ())?, &h)?;
/// assert_eq!(h.shape(), [3, 20]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct GRUCell {
    cell: Cell,
    #[module(skip)]
    options: GRUCellOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`GRUCell`].
    GRUCellOptions {
        /// Whether there are biases; by default true.
        bias: bool = true,
    }
    parameters
}

impl GRUCell {
    /// Creates a cell with biases.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<GRUCell> {
        GRUCell::with(input_size, hidden_size, ())
    }

    /// Creates a cell with options.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        options: impl Into<GRUCellOptions>,
    ) -> Result<GRUCell> {
        let mut options = options.into();
        let factory = options.take_factory();
        let cell = Cell::draw(
            "GRUCell",
            3,
            input_size,
            hidden_size,
            options.bias,
            &factory,
        )?;
        Ok(GRUCell {
            cell,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &GRUCellOptions {
        &self.options
    }

    /// Returns the new state, computed from the state `h`. PyTorch: `cell(x, h)`.
    #[track_caller]
    pub fn call_with_state(&self, x: &Tensor, h: &Tensor) -> Result<Tensor> {
        surround(self.as_module(), x, |x| self.run(x, Some([h.clone()])))
    }

    fn run(&self, x: &Tensor, state: Option<[Tensor; 1]>) -> Result<Tensor> {
        let [h] = self.cell.run(x, state, step::gru)?;
        Ok(h)
    }

    fn repr(&self) -> String {
        self.cell.repr()
    }

    fn sizes(&self) -> String {
        self.cell.describe()
    }
}

/// Returns the new state, computed from a state of zeros.
impl Forward for GRUCell {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, None)
    }
}
