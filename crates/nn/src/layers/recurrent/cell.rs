//! Single steps as layers, for loops that are written by hand.

use super::step::{self, RNNNonlinearity, each};
use super::weights::{Sizes, Weights};
use crate::builder::builder;
use crate::call::surround;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Error, Options, Result, Tensor};

/// A cell's weights with its sizes.
#[derive(Debug)]
struct Cell {
    name: &'static str,
    input: usize,
    hidden: usize,
    bias: bool,
    weights: Weights,
}

impl Cell {
    #[track_caller]
    fn draw(
        name: &'static str,
        gates: usize,
        input: usize,
        hidden: usize,
        bias: bool,
        options: &Options,
    ) -> Result<Cell> {
        let sizes = Sizes {
            gates,
            input,
            hidden,
            projection: None,
            bias,
        };
        Ok(Cell {
            name,
            input,
            hidden,
            bias,
            weights: Weights::draw(sizes, String::new(), options)?,
        })
    }

    /// One step from a state, or from zeros.
    fn run<const S: usize>(
        &self,
        x: &Tensor,
        state: Option<[Tensor; S]>,
        step: impl Fn(&Weights, &Tensor, [Tensor; S]) -> Result<[Tensor; S]>,
    ) -> Result<[Tensor; S]> {
        let Cell {
            name,
            input,
            hidden,
            ..
        } = *self;
        let n = match *x.shape() {
            [width] if width == input => None,
            [n, width] if width == input => Some(n),
            _ => {
                return Err(Error::shape(format!(
                    "{name}: expected [n, {input}] or [{input}], got shape {:?}",
                    x.shape()
                )));
            }
        };
        self.weights.check_dtype(name, x)?;
        let expected: Vec<usize> = n.into_iter().chain([hidden]).collect();
        for (part, what) in state.iter().flatten().zip(["h", "c"]) {
            if part.shape() != expected {
                return Err(Error::shape(format!(
                    "{name}: for input {:?} the state {what} must be {expected:?}, not {:?}",
                    x.shape(),
                    part.shape()
                )));
            }
            self.weights.check_dtype(name, part)?;
        }
        let with_batch = |t: &Tensor| match n {
            Some(_) => Ok(t.clone()),
            None => t.unsqueeze(0),
        };
        let state = match state {
            Some(state) => each(&state, with_batch)?,
            None => {
                let zeros = x.new_zeros([n.unwrap_or(1), hidden])?;
                std::array::from_fn(|_| zeros.clone())
            }
        };
        let gates = self.weights.of_input(&with_batch(x)?)?;
        let new = step(&self.weights, &gates, state)?;
        match n {
            Some(_) => Ok(new),
            None => each(&new, |t| t.squeeze_dim(0)),
        }
    }

    fn repr(&self) -> String {
        let bias = if self.bias { "" } else { ", bias=False" };
        format!("{}, {}{bias}", self.input, self.hidden)
    }

    fn describe(&self) -> String {
        format!("{} {}→{}", self.name, self.input, self.hidden)
    }
}

impl crate::Node for Cell {
    fn visit_node<'a>(&'a self, name: &str, visitor: &mut dyn crate::Visitor<'a>) {
        self.weights.visit_node(name, visitor);
    }
    fn visit_node_mut(&mut self, name: &str, visitor: &mut dyn crate::VisitorMut) -> Result<()> {
        self.weights.visit_node_mut(name, visitor)
    }
}

/// One step of an [`RNN`](crate::RNN): `h' = tanh(W x + b + U h + c)`, `[n, input] → [n, hidden]` or `[input] → [hidden]`. PyTorch: `nn.RNNCell`.
///
/// Starts as a layer of an RNN does; weights are `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
///
/// ```
/// use rushlight_nn::RNNCell;
/// use rushlight_tensor::Tensor;
/// let cell = RNNCell::new(10, 20)?;
/// let mut h = Tensor::zeros([3, 20], ())?;
/// for _ in 0..5 {
///     h = cell.call_with_state(&Tensor::randn([3, 10], ())?, &h)?;
/// }
/// assert_eq!(h.shape(), [3, 20]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct RNNCell {
    cell: Cell,
    #[module(skip)]
    nonlinearity: RNNNonlinearity,
    state: ModuleState,
}

builder! {
    /// Options of an [`RNNCell`].
    RNNCellBuilder(input_size: usize, hidden_size: usize) {
        /// Whether there are biases; by default yes.
        bias: bool = true,
        /// What is done with the gates; by default the hyperbolic tangent.
        nonlinearity: RNNNonlinearity = RNNNonlinearity::Tanh,
    }
}

impl RNNCell {
    /// A cell with biases.
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<RNNCell> {
        RNNCell::builder(input_size, hidden_size).build()
    }

    /// A cell with options.
    pub fn builder(input_size: usize, hidden_size: usize) -> RNNCellBuilder {
        RNNCellBuilder::new(input_size, hidden_size)
    }

    /// The new state, from `h`. PyTorch: `cell(x, h)`.
    #[track_caller]
    pub fn call_with_state(&self, x: &Tensor, h: &Tensor) -> Result<Tensor> {
        surround(self.as_module(), x, |x| self.run(x, Some([h.clone()])))
    }

    fn run(&self, x: &Tensor, state: Option<[Tensor; 1]>) -> Result<Tensor> {
        let f = self.nonlinearity;
        let step = |w: &_, input: &_, state| step::rnn(w, input, state, f);
        let [h] = self.cell.run(x, state, step)?;
        Ok(h)
    }

    fn repr(&self) -> String {
        match self.nonlinearity {
            RNNNonlinearity::Tanh => self.cell.repr(),
            RNNNonlinearity::Relu => format!("{}, nonlinearity=relu", self.cell.repr()),
        }
    }

    fn sizes(&self) -> String {
        self.cell.describe()
    }
}

impl RNNCellBuilder {
    /// Draws the weights.
    #[track_caller]
    pub fn build(self) -> Result<RNNCell> {
        let (input, hidden) = (self.input_size, self.hidden_size);
        Ok(RNNCell {
            cell: Cell::draw("RNNCell", 1, input, hidden, self.bias, &self.options)?,
            nonlinearity: self.nonlinearity,
            state: ModuleState::default(),
        })
    }
}

/// The new state, from zeros.
impl Forward for RNNCell {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, None)
    }
}

/// One step of an [`LSTM`](crate::LSTM): `[n, input] → ([n, hidden], [n, hidden])` or without `n`, the new `h` and `c`. PyTorch: `nn.LSTMCell`.
///
/// Starts as a layer of an LSTM does; weights are `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
///
/// ```
/// use rushlight_nn::{Call, LSTMCell};
/// use rushlight_tensor::Tensor;
/// let cell = LSTMCell::new(10, 20)?;
/// let mut state = cell.call(&Tensor::randn([3, 10], ())?)?;
/// state = cell.call_with_state(&Tensor::randn([3, 10], ())?, &state)?;
/// assert_eq!(state.1.shape(), [3, 20]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct LSTMCell {
    cell: Cell,
    state: ModuleState,
}

builder! {
    /// Options of an [`LSTMCell`].
    LSTMCellBuilder(input_size: usize, hidden_size: usize) {
        /// Whether there are biases; by default yes.
        bias: bool = true,
    }
}

impl LSTMCell {
    /// A cell with biases.
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<LSTMCell> {
        LSTMCell::builder(input_size, hidden_size).build()
    }

    /// A cell with options.
    pub fn builder(input_size: usize, hidden_size: usize) -> LSTMCellBuilder {
        LSTMCellBuilder::new(input_size, hidden_size)
    }

    /// The new state `(h, c)`, from an old one. PyTorch: `cell(x, (h, c))`.
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

impl LSTMCellBuilder {
    /// Draws the weights.
    #[track_caller]
    pub fn build(self) -> Result<LSTMCell> {
        let (input, hidden) = (self.input_size, self.hidden_size);
        Ok(LSTMCell {
            cell: Cell::draw("LSTMCell", 4, input, hidden, self.bias, &self.options)?,
            state: ModuleState::default(),
        })
    }
}

/// The new state, from zeros.
impl Forward for LSTMCell {
    type Output = (Tensor, Tensor);
    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        self.run(x, None)
    }
}

/// One step of a [`GRU`](crate::GRU): `[n, input] → [n, hidden]` or `[input] → [hidden]`. PyTorch: `nn.GRUCell`.
///
/// Starts as a layer of a GRU does; weights are `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
///
/// ```
/// use rushlight_nn::{Call, GRUCell};
/// use rushlight_tensor::Tensor;
/// let cell = GRUCell::new(10, 20)?;
/// let h = cell.call(&Tensor::randn([3, 10], ())?)?;
/// let h = cell.call_with_state(&Tensor::randn([3, 10], ())?, &h)?;
/// assert_eq!(h.shape(), [3, 20]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct GRUCell {
    cell: Cell,
    state: ModuleState,
}

builder! {
    /// Options of a [`GRUCell`].
    GRUCellBuilder(input_size: usize, hidden_size: usize) {
        /// Whether there are biases; by default yes.
        bias: bool = true,
    }
}

impl GRUCell {
    /// A cell with biases.
    #[track_caller]
    pub fn new(input_size: usize, hidden_size: usize) -> Result<GRUCell> {
        GRUCell::builder(input_size, hidden_size).build()
    }

    /// A cell with options.
    pub fn builder(input_size: usize, hidden_size: usize) -> GRUCellBuilder {
        GRUCellBuilder::new(input_size, hidden_size)
    }

    /// The new state, from `h`. PyTorch: `cell(x, h)`.
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

impl GRUCellBuilder {
    /// Draws the weights.
    #[track_caller]
    pub fn build(self) -> Result<GRUCell> {
        let (input, hidden) = (self.input_size, self.hidden_size);
        Ok(GRUCell {
            cell: Cell::draw("GRUCell", 3, input, hidden, self.bias, &self.options)?,
            state: ModuleState::default(),
        })
    }
}

/// The new state, from zeros.
impl Forward for GRUCell {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, None)
    }
}
