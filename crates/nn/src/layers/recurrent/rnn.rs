//! The simple recurrent network and its cell.

use super::cell::Cell;
use super::stack::{Config, Stack};
use super::step::{self, RNNNonlinearity};
use crate::call::surround;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::backend::RecurrentCell;
use rushlight_tensor::{Result, Tensor, options};

/// An Elman network: every layer computes `hₜ = tanh(W xₜ + b + U hₜ₋₁ + c)`. PyTorch: `nn.RNN`.
///
/// The call computes `[length, n, input] → ([length, n, directions hidden], [layers directions, n, hidden])`: the outputs of the last layer
/// at every step, and the last state of every layer and direction. `[length, input]` is a sequence without a batch; with `batch_first`,
/// input and output, but not the state, are `[n, length, ..]`. The initial state is zero, or the argument of [`RNN::call_with_state`].
///
/// Weights are named as in PyTorch (`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, …; see
/// [`ModuleExt::get_parameter`](crate::ModuleExt::get_parameter)) and initialized uniformly in ±1/√hidden, with the numbers that PyTorch
/// draws for the same seed.
///
/// ```
/// use rushlight::nn::{Call, RNN};
/// use rushlight::Tensor;
/// let rnn = RNN::with(10, 20, 2)?;
/// let (y, h) = rnn.call(&Tensor::randn([5, 3, 10], ())?)?;
/// assert_eq!((y.shape(), h.shape()), (&[5, 3, 20][..], &[2, 3, 20][..]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct RNN {
    stack: Stack,
    #[module(skip)]
    options: RNNOptions,
    state: ModuleState,
}

options! {
    /// Options of an [`RNN`].
    RNNOptions from(num_layers: usize) {
        /// The number of layers, each of which reads the outputs of the one before; by default 1.
        num_layers: usize = 1,
        /// The nonlinearity of the gates; by default the hyperbolic tangent.
        nonlinearity: RNNNonlinearity = RNNNonlinearity::Tanh,
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

impl RNN {
    /// Creates one layer in one direction.
    ///
    /// # Errors
    /// Returns the same errors as [`RNN::with`].
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<RNN> {
        RNN::with(input_size, hidden_size, ())
    }

    /// Creates a network with options, or with a number of layers.
    ///
    /// # Errors
    /// Returns an error if a size or the number of layers is 0, `dropout` is outside `[0, 1]`, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        options: impl Into<RNNOptions>,
    ) -> Result<RNN> {
        let mut options = options.into();
        let factory = options.take_factory();
        let config = Config {
            name: "RNN",
            gates: 1,
            input_size,
            hidden_size,
            proj_size: 0,
            num_layers: options.num_layers,
            bias: options.bias,
            batch_first: options.batch_first,
            dropout: options.dropout,
            bidirectional: options.bidirectional,
        };
        Ok(RNN {
            stack: Stack::draw(config, &factory)?,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &RNNOptions {
        &self.options
    }

    /// Calls the layer with the initial state `h: [layers directions, n, hidden]`. PyTorch: `rnn(x, h)`.
    #[track_caller]
    pub fn call_with_state(&self, x: &Tensor, h: &Tensor) -> Result<(Tensor, Tensor)> {
        surround(self.as_module(), x, |x| self.run(x, Some([h.clone()])))
    }

    fn run(&self, x: &Tensor, initial: Option<[Tensor; 1]>) -> Result<(Tensor, Tensor)> {
        let f = self.options.nonlinearity;
        let step = |w: &_, input: &_, state| step::rnn(w, input, state, f);
        let training = self.state.is_training();
        let cell = match f {
            RNNNonlinearity::Tanh => RecurrentCell::Tanh,
            RNNNonlinearity::Relu => RecurrentCell::Relu,
        };
        let (y, [h]) = self.stack.run(x, initial, training, cell, step)?;
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
impl Forward for RNN {
    type Output = (Tensor, Tensor);
    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.run(x, None)
    }
}

/// Computes one step of an [`RNN`](crate::RNN), `h' = tanh(W x + b + U h + c)`: `[n, input] → [n, hidden]` or `[input] → [hidden]`.
/// PyTorch: `nn.RNNCell`.
///
/// The weights are `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`, initialized as in an RNN.
///
/// ```
/// use rushlight::nn::RNNCell;
/// use rushlight::Tensor;
/// let cell = RNNCell::new(10, 20)?;
/// let mut h = Tensor::zeros([3, 20], ())?;
/// for _ in 0..5 {
///     h = cell.call_with_state(&Tensor::randn([3, 10], ())?, &h)?;
/// }
/// assert_eq!(h.shape(), [3, 20]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct RNNCell {
    cell: Cell,
    #[module(skip)]
    options: RNNCellOptions,
    state: ModuleState,
}

options! {
    /// Options of an [`RNNCell`].
    RNNCellOptions from(nonlinearity: RNNNonlinearity) {
        /// Whether there are biases; by default true.
        bias: bool = true,
        /// The nonlinearity of the gates; by default the hyperbolic tangent.
        nonlinearity: RNNNonlinearity = RNNNonlinearity::Tanh,
    }
    parameters
}

impl RNNCell {
    /// Creates a cell with biases.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<RNNCell> {
        RNNCell::with(input_size, hidden_size, ())
    }

    /// Creates a cell with options.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        options: impl Into<RNNCellOptions>,
    ) -> Result<RNNCell> {
        let mut options = options.into();
        let factory = options.take_factory();
        let cell = Cell::draw(
            "RNNCell",
            1,
            input_size,
            hidden_size,
            options.bias,
            &factory,
        )?;
        Ok(RNNCell {
            cell,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &RNNCellOptions {
        &self.options
    }

    /// Returns the new state, computed from the state `h`. PyTorch: `cell(x, h)`.
    #[track_caller]
    pub fn call_with_state(&self, x: &Tensor, h: &Tensor) -> Result<Tensor> {
        surround(self.as_module(), x, |x| self.run(x, Some([h.clone()])))
    }

    fn run(&self, x: &Tensor, state: Option<[Tensor; 1]>) -> Result<Tensor> {
        let f = self.options.nonlinearity;
        let step = |w: &_, input: &_, state| step::rnn(w, input, state, f);
        let [h] = self.cell.run(x, state, step)?;
        Ok(h)
    }

    fn repr(&self) -> String {
        match self.options.nonlinearity {
            RNNNonlinearity::Tanh => self.cell.repr(),
            RNNNonlinearity::Relu => format!("{}, nonlinearity=relu", self.cell.repr()),
        }
    }

    fn sizes(&self) -> String {
        self.cell.describe()
    }
}

/// Returns the new state, computed from a state of zeros.
impl Forward for RNNCell {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, None)
    }
}
