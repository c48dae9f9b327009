//! Initialization that depends on the number of inputs and outputs: Xavier (Glorot and Bengio 2010) and Kaiming (He et al. 2015).

use rushlight_tensor::{Error, GradMode, Result, Tensor};

/// The nonlinearity after a layer, which determines the gain that preserves the variance of the activations.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Nonlinearity {
    /// No nonlinearity, or a linear layer or convolution; gain 1.
    Linear,
    /// Gain 1.
    Sigmoid,
    /// Gain 5/3.
    Tanh,
    /// Gain √2.
    Relu,
    /// Gain √(2 / (1 + slope²)), with the negative slope.
    LeakyRelu(f64),
    /// Gain 3/4.
    Selu,
}

/// The number of connections that a Kaiming initialization uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fan {
    /// The number of inputs, which preserves the variance of activations in the forward pass.
    In,
    /// The number of outputs, which preserves the variance of gradients in the backward pass.
    Out,
}

/// Returns the recommended gain for a nonlinearity: a factor of the standard deviation of the weights before it.
/// PyTorch: `nn.init.calculate_gain`.
///
/// ```
/// use rushlight::nn::init::{Nonlinearity, calculate_gain};
/// assert_eq!(calculate_gain(Nonlinearity::Tanh), 5.0 / 3.0);
/// assert_eq!(calculate_gain(Nonlinearity::LeakyRelu(1.0)), 1.0);
/// ```
pub fn calculate_gain(nonlinearity: Nonlinearity) -> f64 {
    match nonlinearity {
        Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
        Nonlinearity::Tanh => 5.0 / 3.0,
        Nonlinearity::Relu => 2f64.sqrt(),
        Nonlinearity::LeakyRelu(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
        Nonlinearity::Selu => 0.75,
    }
}

/// Fills a floating-point weight `[out, in, *kernel]` with uniform values in ±gain √(6 / (fan_in + fan_out)). Each fan is `in` or `out` times
/// the number of elements of the kernel. PyTorch: `nn.init.xavier_uniform_`.
///
/// ```
/// use rushlight::nn::init::xavier_uniform_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([2, 4], ())?;
/// xavier_uniform_(&weight, 1.0)?;
/// assert!(weight.to_vec::<f32>()?.iter().all(|w| w.abs() <= 1.0));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the weight has fewer than two dimensions.
#[track_caller]
pub fn xavier_uniform_(t: &Tensor, gain: f64) -> Result<()> {
    let (input, output) = fans("xavier_uniform_", t)?;
    let std = gain * (2.0 / (input + output) as f64).sqrt();
    let bound = 3f64.sqrt() * std;
    let _no_grad = GradMode::set(false);
    t.uniform_(-bound, bound)
}

/// Fills a floating-point weight `[out, in, *kernel]` with normal values of mean 0 and standard deviation
/// gain √(2 / (fan_in + fan_out)). Each fan is `in` or `out` times the number of elements of the kernel.
/// PyTorch: `nn.init.xavier_normal_`.
///
/// ```
/// use rushlight::nn::init::xavier_normal_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([100, 100], ())?;
/// xavier_normal_(&weight, 1.0)?;
/// let squares: f32 = weight.to_vec::<f32>()?.iter().map(|w| w * w).sum();
/// assert!((squares / 10_000.0 - 0.01).abs() < 0.001);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the weight has fewer than two dimensions.
#[track_caller]
pub fn xavier_normal_(t: &Tensor, gain: f64) -> Result<()> {
    let (input, output) = fans("xavier_normal_", t)?;
    let std = gain * (2.0 / (input + output) as f64).sqrt();
    let _no_grad = GradMode::set(false);
    t.normal_(0.0, std)
}

/// Fills a floating-point weight `[out, in, *kernel]` with uniform values in ±gain √(3 / fan). The fan is `in` or `out` times the number of
/// elements of the kernel. PyTorch: `nn.init.kaiming_uniform_`, with `Fan::In` and `Nonlinearity::LeakyRelu(0.0)` by default.
///
/// ```
/// use rushlight::nn::init::{Fan, Nonlinearity, kaiming_uniform_};
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([2, 3], ())?;
/// kaiming_uniform_(&weight, Fan::In, Nonlinearity::Linear)?;
/// assert!(weight.to_vec::<f32>()?.iter().all(|w| w.abs() <= 1.0));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the weight has fewer than two dimensions.
#[track_caller]
pub fn kaiming_uniform_(t: &Tensor, fan: Fan, nonlinearity: Nonlinearity) -> Result<()> {
    if t.numel() == 0 {
        return Ok(());
    }
    let std = kaiming_std("kaiming_uniform_", t, fan, nonlinearity)?;
    let bound = 3f64.sqrt() * std;
    let _no_grad = GradMode::set(false);
    t.uniform_(-bound, bound)
}

/// Fills a floating-point weight `[out, in, *kernel]` with normal values of mean 0 and standard deviation gain / √fan. The fan is `in` or
/// `out` times the number of elements of the kernel. PyTorch: `nn.init.kaiming_normal_`, with `Fan::In` and `Nonlinearity::LeakyRelu(0.0)` by
/// default.
///
/// ```
/// use rushlight::nn::init::{Fan, Nonlinearity, kaiming_normal_};
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([100, 100], ())?;
/// kaiming_normal_(&weight, Fan::In, Nonlinearity::Linear)?;
/// let squares: f32 = weight.to_vec::<f32>()?.iter().map(|w| w * w).sum();
/// assert!((squares / 10_000.0 - 0.01).abs() < 0.001);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the weight has fewer than two dimensions.
#[track_caller]
pub fn kaiming_normal_(t: &Tensor, fan: Fan, nonlinearity: Nonlinearity) -> Result<()> {
    if t.numel() == 0 {
        return Ok(());
    }
    let std = kaiming_std("kaiming_normal_", t, fan, nonlinearity)?;
    let _no_grad = GradMode::set(false);
    t.normal_(0.0, std)
}

#[track_caller]
fn kaiming_std(name: &str, t: &Tensor, fan: Fan, nonlinearity: Nonlinearity) -> Result<f64> {
    let (input, output) = fans(name, t)?;
    let fan = match fan {
        Fan::In => input,
        Fan::Out => output,
    };
    Ok(calculate_gain(nonlinearity) / (fan as f64).sqrt())
}

/// The fan-in and the fan-out of a weight `[out, in, *kernel]`.
#[track_caller]
fn fans(name: &str, t: &Tensor) -> Result<(usize, usize)> {
    let [out, input, kernel @ ..] = t.shape() else {
        return Err(Error::shape(format!(
            "{name}: expected a weight of at least 2 dimensions [out, in, ..], got shape {:?}",
            t.shape()
        )));
    };
    let field: usize = kernel.iter().product();
    Ok((input * field, out * field))
}

/// The default initialization of linear and convolution weights: uniform in ±1/√fan-in, with the same rounding as in PyTorch.
#[track_caller]
pub(crate) fn default_weight_(t: &Tensor) -> Result<()> {
    kaiming_uniform_(t, Fan::In, Nonlinearity::LeakyRelu(5f64.sqrt()))
}

/// The default initialization of their biases: uniform in ±1/√fan-in, with the fan-in of the corresponding weight. If it is 0, the bias stays
/// zero.
#[track_caller]
pub(crate) fn default_bias_(t: &Tensor, fan_in: usize) -> Result<()> {
    let bound = if fan_in > 0 {
        1.0 / (fan_in as f64).sqrt()
    } else {
        0.0
    };
    let _no_grad = GradMode::set(false);
    t.uniform_(-bound, bound)
}
