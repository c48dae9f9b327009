//! Initialisation by the number of inputs and outputs: Xavier (Glorot and Bengio 2010) and Kaiming (He et al. 2015).

use rushlight_tensor::{Error, GradMode, Result, Tensor};

/// What follows a layer, for the gain that keeps the variance of activations.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Nonlinearity {
    /// Nothing, or any convolution: 1.
    Linear,
    /// 1.
    Sigmoid,
    /// 5/3.
    Tanh,
    /// √2.
    Relu,
    /// √(2 / (1 + slope²)).
    LeakyRelu(f64),
    /// 3/4.
    Selu,
}

/// Which count of connections a Kaiming initialisation keeps the variance by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fan {
    /// Inputs: the variance of activations.
    In,
    /// Outputs: the variance of gradients.
    Out,
}

/// The recommended gain for a nonlinearity, a factor for the standard deviation of the weights before it. PyTorch: `nn.init.calculate_gain`.
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

/// Uniform in ±gain √(6 / (in + out)) for a floating-point weight `[out, in, *kernel]`, each count times the elements of the kernel.
/// PyTorch: `nn.init.xavier_uniform_`.
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

/// Normal with mean 0 and standard deviation gain √(2 / (in + out)) for a floating-point weight `[out, in, *kernel]`, each count times the
/// elements of the kernel. PyTorch: `nn.init.xavier_normal_`.
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

/// Uniform in ±gain √(3 / fan). PyTorch's default is `Fan::In` and `Nonlinearity::LeakyRelu(0.0)`.
/// A floating-point weight `[out, in, *kernel]`; the fan is `in` or `out` times the elements of the kernel.
/// PyTorch: `nn.init.kaiming_uniform_`.
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

/// Normal with standard deviation gain / √fan. PyTorch's default is `Fan::In` and `Nonlinearity::LeakyRelu(0.0)`.
/// A floating-point weight `[out, in, *kernel]`; the fan is `in` or `out` times the elements of the kernel.
/// PyTorch: `nn.init.kaiming_normal_`.
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

/// Inputs and outputs of one element of a weight `[out, in, *kernel]`.
#[track_caller]
fn fans(name: &str, t: &Tensor) -> Result<(usize, usize)> {
    let [out, input, kernel @ ..] = t.shape() else {
        return Err(Error::shape(format!(
            "{name}: a weight needs at least 2 dimensions [out, in, ..], this has shape {:?}",
            t.shape()
        )));
    };
    let field: usize = kernel.iter().product();
    Ok((input * field, out * field))
}

/// The default of linear and convolution weights: uniform in ±1/√fan-in, by the same roundings as PyTorch.
#[track_caller]
pub(crate) fn default_weight_(t: &Tensor) -> Result<()> {
    kaiming_uniform_(t, Fan::In, Nonlinearity::LeakyRelu(5f64.sqrt()))
}

/// The default of their biases: uniform in ±1/√fan-in, for the fan-in of the corresponding weight. Left at zero if that is 0.
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
