//! Connectionist temporal classification (Graves et al. 2006): the likelihood of label sequences whose alignment in time is unknown.
//!
//! Blanks separate and surround the labels: a target of `S` labels is a chain of `2 S + 1` states. A time step stays in a state, advances
//! by one state, or skips a blank between two different labels. The sums over all paths through the chain are computed one time step after
//! the other, for the whole batch at once: in forward direction for the loss, and also in backward direction for its gradient.

use super::{Reduction, reduce};
use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::backend::{Fused, IndexRole, Op};
use rushlight_tensor::{DType, Error, Result, Tensor, apply, is_grad_enabled, options};
use std::sync::Arc;

const NAME: &str = "ctc_loss";

options! {
    /// Options of [`ctc_loss`] and of [`CTCLoss`](crate::CTCLoss).
    CTCLossOptions from(reduction: Reduction) {
        /// The class of the blank; by default 0.
        blank: usize = 0,
        /// How the samples' losses are reduced; by default to the mean of the losses divided by their target lengths.
        reduction: Reduction = Reduction::Mean,
        /// Whether the infinite loss of a target that is too long for its input is replaced by 0, without a gradient; by default false.
        zero_infinity: bool = false,
    }
}

/// Computes `-ln p(target)` for log-probabilities `[time, batch, classes]`, or `[time, classes]` of one sample, as [`log_softmax`] returns
/// them.
/// PyTorch: `nn.functional.ctc_loss`.
///
/// `p` is the sum of the probabilities of all alignments of the target to the input (Graves et al. 2006). Log-probabilities are `float32`
/// or `float64`. Targets are integers, `[batch, longest]` or the concatenation of all targets in one vector; the lengths determine how much
/// of each input and target is used. The result is a scalar, or `[batch]` (`[]` for one sample without a batch) without a reduction. As in
/// PyTorch, the gradient is that of the logits under the log-softmax.
///
/// [`log_softmax`]: crate::functional::log_softmax
///
/// ```
/// use rushlight::nn::functional::{CTCLossOptions, ctc_loss};
/// use rushlight::{Tensor, tensor};
/// // Two steps with equally likely classes: the alignments of "1" are (1, 1), (1, blank) and (blank, 1).
/// let log_probs = Tensor::full([2, 1, 2], 0.5f64.ln(), ())?;
/// let loss = ctc_loss(&log_probs, &tensor!([[1]]), &[2], &[1], ())?;
/// assert!((loss.item::<f32>()? + 0.75f32.ln()).abs() < 1e-6);
/// // "11" requires a blank between its labels, and so a third step.
/// let options = CTCLossOptions::new().zero_infinity(true);
/// let loss = ctc_loss(&log_probs, &tensor!([[1, 1]]), &[2], &[2], options)?;
/// assert_eq!(loss.item::<f32>()?, 0.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes, dtypes or lengths do not match, or the blank or a target is not a class; a GPU reports an invalid target
/// when the result is read.
#[track_caller]
pub fn ctc_loss(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &[i64],
    target_lengths: &[i64],
    options: impl Into<CTCLossOptions>,
) -> Result<Tensor> {
    let lengths = [input_lengths, target_lengths];
    aligned(log_probs, targets, lengths, &options.into())
}

#[track_caller]
fn aligned(
    log_probs: &Tensor,
    targets: &Tensor,
    [input_lengths, target_lengths]: [&[i64]; 2],
    options: &CTCLossOptions,
) -> Result<Tensor> {
    let batch = match log_probs.ndim() {
        2 => log_probs.unsqueeze(1)?,
        _ => log_probs.clone(),
    };
    check(&batch, targets, input_lengths, target_lengths, options)?;
    let labels = chains(&batch, targets, target_lengths, options.blank)?;
    let alignment = Alignment {
        input_lengths: input_lengths.to_vec(),
        target_lengths: target_lengths.to_vec(),
        zero_infinity: options.zero_infinity,
    };
    let loss = function(alignment, &[&batch, &labels])?.remove(0);
    match options.reduction {
        Reduction::None if log_probs.ndim() == 2 => loss.squeeze_dim(0),
        Reduction::Mean => {
            let lengths: Vec<i64> = target_lengths.iter().map(|&n| n.max(1)).collect();
            loss.div(&column(&lengths, &batch)?.squeeze_dim(1)?)?.mean()
        }
        reduction => reduce(NAME, loss, reduction),
    }
}

#[track_caller]
fn check(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &[i64],
    target_lengths: &[i64],
    options: &CTCLossOptions,
) -> Result<()> {
    let &[time, batch, classes] = log_probs.shape() else {
        return Err(Error::shape(format!(
            "{NAME}: expected log-probabilities [time, batch, classes] or [time, classes], got {:?}",
            log_probs.shape()
        )));
    };
    if !matches!(log_probs.dtype(), DType::F32 | DType::F64) {
        return Err(Error::dtype(format!(
            "{NAME}: log-probabilities must be float32 or float64, not {}",
            log_probs.dtype()
        )));
    }
    if log_probs.numel() == 0 || options.blank >= classes {
        return Err(Error::value(format!(
            "{NAME}: log-probabilities of shape {:?} must not be empty, and the blank {} must be one of their classes",
            log_probs.shape(),
            options.blank
        )));
    }
    if targets.dtype().is_float() || targets.dtype() == DType::Bool {
        return Err(Error::dtype(format!(
            "{NAME}: targets must be integers, not {}",
            targets.dtype()
        )));
    }
    if input_lengths.len() != batch || target_lengths.len() != batch {
        return Err(Error::shape(format!(
            "{NAME}: a batch of {batch} requires {batch} lengths, got {} input lengths and {} target lengths",
            input_lengths.len(),
            target_lengths.len()
        )));
    }
    if let Some(n) = input_lengths
        .iter()
        .find(|n| !(0..=time as i64).contains(*n))
    {
        return Err(Error::value(format!(
            "{NAME}: an input length must be in [0, {time}], not {n}"
        )));
    }
    if let Some(n) = target_lengths.iter().find(|n| **n < 0) {
        return Err(Error::value(format!(
            "{NAME}: a target length must be at least 0, not {n}"
        )));
    }
    let fits = match *targets.shape() {
        [n] => n as i64 == target_lengths.iter().sum::<i64>(),
        [rows, longest] => rows == batch && target_lengths.iter().all(|n| *n <= longest as i64),
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{NAME}: targets of lengths {target_lengths:?} must be [batch, longest] or one concatenated vector, not of shape {:?}",
            targets.shape()
        ))),
    }
}

/// Creates a column with one number per sample, on the device of `like`.
#[track_caller]
fn column(numbers: &[i64], like: &Tensor) -> Result<Tensor> {
    Tensor::from_slice_on(numbers, [numbers.len(), 1], like.device())
}

/// The states of each target as classes, blank, label, blank, …: `[batch, 2 longest + 1]`; padded with blanks.
#[track_caller]
fn chains(like: &Tensor, targets: &Tensor, lengths: &[i64], blank: usize) -> Result<Tensor> {
    let (batch, longest) = (lengths.len(), lengths.iter().copied().max().unwrap_or(0));
    let lengths_column = column(lengths, like)?;
    let place = Tensor::arange(0, longest, 1, like.device())?;
    let inside = place.lt(&lengths_column)?;
    let targets = targets.long()?;
    let rows = match targets.ndim() {
        2 => targets.narrow(1, 0, longest as usize)?,
        _ if targets.numel() == 0 => targets.reshape([batch, 0])?,
        _ => {
            let starts = lengths.iter().scan(0, |end, n| {
                *end += n;
                Some(*end - n)
            });
            let starts = column(&starts.collect::<Vec<i64>>(), like)?;
            let at = place.add(&starts)?.masked_fill(&inside.logical_not()?, 0)?;
            targets
                .index_select(0, &at.reshape(-1)?)?
                .reshape([batch, longest as usize])?
        }
    };
    let blanks = rows.new_full(rows.shape(), blank as i64)?;
    let labels = inside.where_cond(&rows, &blanks)?;
    let pairs = Tensor::stack(&[&blanks, &labels], 2)?.reshape([batch, 2 * longest as usize])?;
    Tensor::cat(&[&pairs, &rows.new_full([batch, 1], blank as i64)?], 1)
}

/// Computes the loss of each sample from log-probabilities `[time, batch, classes]` and chains of states `[batch, states]`.
struct Alignment {
    input_lengths: Vec<i64>,
    target_lengths: Vec<i64>,
    zero_infinity: bool,
}

impl Function for Alignment {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let chain = Chain::new(inputs[0], inputs[1])?;
        let ways = chain.forwards()?;
        let loss = self.loss(&chain, &ways)?;
        ctx.save(inputs[0]);
        ctx.save(inputs[1]);
        ctx.save(&ways);
        ctx.save(&loss);
        Ok(vec![match self.zero_infinity {
            true => loss.masked_fill(&loss.isinf()?, 0.0)?,
            false => loss.copy()?,
        }])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let [log_probs, labels, ways, loss] = ctx.saved() else {
            return Err(Error::autograd(format!(
                "{NAME}: the saved values are missing"
            )));
        };
        if is_grad_enabled() {
            return Err(Error::unsupported(format!(
                "{NAME}: the second derivative is not defined, as in PyTorch"
            )));
        }
        let chain = Chain::new(log_probs, labels)?;
        let ends = column(&self.input_lengths, loss)?;
        let back = chain.backwards(&ends, &self.last_states(&chain)?)?;
        // The posterior probability of each state at each time, given the target; both sums include the state's own probability.
        let occupied = ways
            .add(&back)?
            .add(&loss.unsqueeze(1)?)?
            .sub(&chain.emitted)?
            .exp()?;
        let likely =
            log_probs
                .new_zeros(log_probs.shape())?
                .scatter_add(2, &chain.labels, &occupied)?;
        let lost = match self.zero_infinity {
            true => 0.0,
            false => f64::NAN,
        };
        let time = Tensor::arange(0, log_probs.shape()[0], 1, loss.device())?;
        let beyond = time.reshape([-1, 1, 1])?.ge(&ends)?;
        let gradient = log_probs
            .exp()?
            .sub(&likely)?
            .mul(&grads[0].unsqueeze(1)?)?
            .masked_fill(&loss.isinf()?.unsqueeze(1)?, lost)?
            .masked_fill(&beyond, 0.0)?;
        Ok(vec![Some(gradient), None])
    }

    fn name(&self) -> &str {
        NAME
    }
}

impl Alignment {
    /// A mask of the final states of a path: the last label and the blank after it.
    fn last_states(&self, chain: &Chain) -> Result<Tensor> {
        let place = Tensor::arange(0, chain.states, 1, chain.emitted.device())?;
        let last = column(&self.target_lengths, &chain.emitted)?.mul(2)?;
        place.ge(&last.sub(1)?)?.logical_and(&place.le(&last)?)
    }

    /// Computes `-ln` of the sum over all paths that end at the input's length: `[batch]`.
    fn loss(&self, chain: &Chain, ways: &Tensor) -> Result<Tensor> {
        let ends = column(&self.input_lengths, ways)?;
        let index = ends
            .sub(1)?
            .clamp_min(0)?
            .expand([self.input_lengths.len(), chain.states])?
            .unsqueeze(0)?;
        let never = self.last_states(chain)?.logical_not()?;
        let loss = ways
            .gather(0, &index)?
            .squeeze_dim(0)?
            .masked_fill(&never, f64::NEG_INFINITY)?
            .logsumexp(1, false)?
            .neg()?;
        // With an input length of 0, only the empty target has a probability, which is 1.
        let nothing = column(&self.target_lengths, ways)?.eq(0)?;
        let in_no_time = nothing.where_cond(&loss.new_zeros(())?, f64::INFINITY)?;
        ends.eq(0)?
            .squeeze_dim(1)?
            .where_cond(&in_no_time.squeeze_dim(1)?, &loss)
    }
}

/// The chain of states with their log-probabilities at each time.
struct Chain {
    states: usize,
    /// The classes, `[time, batch, states]`.
    labels: Tensor,
    /// Their log-probabilities, `[time, batch, states]`.
    emitted: Tensor,
    /// A mask of transitions that skip a state, `[batch, states]`: 0 where a path may come from two states before, `-∞` elsewhere.
    leap: Tensor,
}

impl Chain {
    fn new(log_probs: &Tensor, labels: &Tensor) -> Result<Chain> {
        let (time, batch, states) = (log_probs.shape()[0], labels.shape()[0], labels.shape()[1]);
        let closed = log_probs.new_full([batch, states.min(2)], f64::NEG_INFINITY)?;
        let leap = if states > 2 {
            let differs =
                labels
                    .narrow(1, 2, states - 2)?
                    .ne(&labels.narrow(1, 0, states - 2)?)?;
            let open = differs.where_cond(&log_probs.new_zeros(())?, f64::NEG_INFINITY)?;
            Tensor::cat(&[&closed, &open], 1)?
        } else {
            closed
        };
        let labels = labels.unsqueeze(0)?.expand([time, batch, states])?;
        let _role = IndexRole::targets("ctc_loss").enter();
        Ok(Chain {
            states,
            emitted: log_probs.gather(2, &labels)?,
            labels,
            leap,
        })
    }

    /// Computes `ln Σ` over the paths from the start to each state at each time: `[time, batch, states]`.
    fn forwards(&self) -> Result<Tensor> {
        let place = Tensor::arange(0, self.states, 1, self.leap.device())?;
        let start = self
            .leap
            .zeros_like()?
            .masked_fill(&place.gt(1)?, f64::NEG_INFINITY)?;
        let at = Tensor::zeros([start.shape()[0]], (DType::I64, start.device()))?;
        paths(&self.emitted, &self.leap, &start, &at)
    }

    /// Computes `ln Σ` over the paths from each state at each time to one of the `last` states at the last time of `ends` steps:
    /// `[time, batch, states]`. These are the paths of [`Chain::forwards`] with both time and chain reversed.
    fn backwards(&self, ends: &Tensor, last: &Tensor) -> Result<Tensor> {
        let time = self.emitted.shape()[0];
        let start = last
            .where_cond(&self.leap.new_zeros(())?, f64::NEG_INFINITY)?
            .flip(1)?;
        // A leap to state i is one from state i - 2.
        let by = self.states.min(2);
        let edge = self.leap.narrow(1, 0, by)?;
        let leap = self.leap.narrow(1, by, self.states - by)?.flip(1)?;
        let leap = Tensor::cat(&[&edge, &leap], 1)?;
        let at = ends.squeeze_dim(1)?.neg()?.add(time as i64)?;
        let reversed = self.emitted.flip([0, 2])?;
        paths(&reversed, &leap, &start, &at)?.flip([0, 2])
    }
}

fn paths(emitted: &Tensor, leap: &Tensor, start: &Tensor, at: &Tensor) -> Result<Tensor> {
    let inputs = [emitted, leap, start, at];
    apply(Op::Fused(Arc::new(Fused::PathSums)), &inputs)
}
