//! Long short-term memory and its cell.

use super::cell::Cell;
use super::stack::{Config, Stack};
use super::step;
use crate::call::surround;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::backend::RecurrentCell;
use rushlight_tensor::{Result, Tensor, options};

/// Long short-term memory (Hochreiter and Schmidhuber 1997). Every layer computes the gates `i, f, g, o` as `W xₜ + b + U hₜ₋₁ + c`, and
/// then `cₜ = σ(f) cₜ₋₁ + σ(i) tanh(g)` and `hₜ = σ(o) tanh(cₜ)`. PyTorch: `nn.LSTM`.
///
/// The call computes
/// `[length, n, input] → ([length, n, directions width], ([layers directions, n, width], [layers directions, n, hidden]))`: the outputs of
/// the last layer at every step, and the last `h` and `c` of every layer and direction. The width is `hidden`, or `proj_size` if `h` is
/// projected. `[length, input]` is a sequence without a batch; with `batch_first`, input and output, but not the state, are
/// `[n, length, ..]`. The initial state is zero, or the argument of [`LSTM::call_with_state`].
///
/// Weights are named as in PyTorch (`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_hr_l0`, `weight_ih_l0_reverse`, …;
/// see [`ModuleExt::get_parameter`](crate::ModuleExt::get_parameter)) and initialized uniformly in ±1/√hidden, with the numbers that
/// PyTorch draws for the same seed.
///
/// ```
/// use rushlight::nn::{Call, LSTM, LSTMOptions};
/// use rushlight::Tensor;
/// let lstm = LSTM::with(10, 20, LSTMOptions::new().bidirectional(true).batch_first(true))?;
/// let x = Tensor::randn([3, 5, 10], ())?;
/// let (y, (h, c)) = lstm.call(&x)?;
/// assert_eq!((y.shape(), h.shape(), c.shape()), (&[3, 5, 40][..], &[2, 3, 20][..], &[2, 3, 20][..]));
/// // Continue the sequence from the last state.
/// let (_, (h, _)) = lstm.call_with_state(&x, &(h, c))?;
/// assert_eq!(h.shape(), [2, 3, 20]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct LSTM {
    stack: Stack,
    #[module(skip)]
    options: LSTMOptions,
    state: ModuleState,
}

options! {
    /// Options of an [`LSTM`].
    LSTMOptions from(num_layers: usize) {
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
        /// The width to which `h` is projected at each step; by default 0, for no projection.
        proj_size: usize = 0,
    }
    parameters
}

impl LSTM {
    /// Creates one layer in one direction.
    ///
    /// # Errors
    /// Returns the same errors as [`LSTM::with`].
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<LSTM> {
        LSTM::with(input_size, hidden_size, ())
    }

    /// Creates a network with options, or with a number of layers.
    ///
    /// # Errors
    /// Returns an error if a size or the number of layers is 0, `dropout` is outside `[0, 1]`, `proj_size` is not smaller than
    /// `hidden_size`, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        options: impl Into<LSTMOptions>,
    ) -> Result<LSTM> {
        let mut options = options.into();
        let factory = options.take_factory();
        let config = Config {
            name: "LSTM",
            gates: 4,
            input_size,
            hidden_size,
            proj_size: options.proj_size,
            num_layers: options.num_layers,
            bias: options.bias,
            batch_first: options.batch_first,
            dropout: options.dropout,
            bidirectional: options.bidirectional,
        };
        Ok(LSTM {
            stack: Stack::draw(config, &factory)?,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &LSTMOptions {
        &self.options
    }

    /// Calls the layer with the initial state `(h, c)`, as another call returned it. PyTorch: `lstm(x, (h, c))`.
    #[track_caller]
    pub fn call_with_state(
        &self,
        x: &Tensor,
        state: &(Tensor, Tensor),
    ) -> Result<(Tensor, (Tensor, Tensor))> {
        let (h, c) = state;
        let initial = Some([h.clone(), c.clone()]);
        surround(self.as_module(), x, |x| self.run(x, initial))
    }

    fn run(&self, x: &Tensor, initial: Option<[Tensor; 2]>) -> Result<(Tensor, (Tensor, Tensor))> {
        let training = self.state.is_training();
        let (y, [h, c]) = self
            .stack
            .run(x, initial, training, RecurrentCell::Lstm, step::lstm)?;
        Ok((y, (h, c)))
    }

    fn repr(&self) -> String {
        self.stack.repr()
    }

    fn sizes(&self) -> String {
        self.stack.describe()
    }
}

/// Computes the outputs and the last state.
impl Forward for LSTM {
    type Output = (Tensor, (Tensor, Tensor));
    fn forward(&self, x: &Tensor) -> Result<(Tensor, (Tensor, Tensor))> {
        self.run(x, None)
    }
}

/// Computes one step of an [`LSTM`](crate::LSTM), the new `h` and `c`: `[n, input] → ([n, hidden], [n, hidden])`, or without `n`.
/// PyTorch: `nn.LSTMCell`.
///
/// The weights are `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`, initialized as in an LSTM.
///
/// ```
/// use rushlight::nn::{Call, LSTMCell};
/// use rushlight::Tensor;
/// let cell = LSTMCell::new(10, 20)?;
/// let mut state = cell.call(&Tensor::randn([3, 10], ())?)?;
/// state = cell.call_with_state(&Tensor::randn([3, 10], ())?, &state)?;
/// assert_eq!(state.1.shape(), [3, 20]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct LSTMCell {
    cell: Cell,
    #[module(skip)]
    options: LSTMCellOptions,
    state: ModuleState,
}

options! {
    /// Options of an [`LSTMCell`].
    LSTMCellOptions {
        /// Whether there are biases; by default true.
        bias: bool = true,
    }
    parameters
}

impl LSTMCell {
    /// Creates a cell with biases.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<LSTMCell> {
        LSTMCell::with(input_size, hidden_size, ())
    }

    /// Creates a cell with options.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        options: impl Into<LSTMCellOptions>,
    ) -> Result<LSTMCell> {
        let mut options = options.into();
        let factory = options.take_factory();
        let cell = Cell::draw(
            "LSTMCell",
            4,
            input_size,
            hidden_size,
            options.bias,
            &factory,
        )?;
        Ok(LSTMCell {
            cell,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &LSTMCellOptions {
        &self.options
    }

    /// Returns the new state `(h, c)`, computed from the given one. PyTorch: `cell(x, (h, c))`.
    #[track_caller]
    pub fn call_with_state(
        &self,
        x: &Tensor,
        state: &(Tensor, Tensor),
    ) -> Result<(Tensor, Tensor)> {
        let (h, c) = state;
        let state = Some([h.clone(), c.clone()]);
        surround(self.as_module(), x, |x| self.run(x, state))
    }

    fn run(&self, x: &Tensor, state: Option<[Tensor; 2]>) -> Result<(Tensor, Tensor)> {
        let [h, c] = self.cell.run(x, state, step::lstm)?;
        Ok((h, c))
    }

    fn repr(&self) -> String {
        self.cell.repr()
    }

    fn sizes(&self) -> String {
        self.cell.describe()
    }
}

/// Returns the new state, computed from a state of zeros.
impl Forward for LSTMCell {
    type Output = (Tensor, Tensor);
    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.run(x, None)
    }
}
