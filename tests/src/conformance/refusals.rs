//! Calls that must be refused.

use super::args::Failure;
use super::folder::{File, OpCase};
use super::{Outcome, Settings, Trouble, operators, placed};
use rushlight::ErrorKind;

/// Calls that Rust's types leave no way to write: the argument, and why.
const FORBIDDEN: &[(&str, &str)] = &[
    // A count is a `usize`.
    ("bincount", "minlength"),
    ("combinations", "r"),
    ("diff", "n"),
    ("eye", "m"),
    ("eye", "n"),
    ("kthvalue", "k"),
    ("linspace", "steps"),
    ("logspace", "steps"),
    ("multinomial", "num_samples"),
    ("narrow", "length"),
    ("nn.functional.ctc_loss", "blank"),
    ("nn.functional.group_norm", "num_groups"),
    ("nn.functional.local_response_norm", "size"),
    ("nn.functional.multi_margin_loss", "p"),
    ("nn.functional.one_hot", "num_classes"),
    ("signal.windows.bartlett", "M"),
    ("signal.windows.blackman", "M"),
    ("signal.windows.cosine", "M"),
    ("signal.windows.exponential", "M"),
    ("signal.windows.gaussian", "M"),
    ("signal.windows.general_cosine", "M"),
    ("signal.windows.general_hamming", "M"),
    ("signal.windows.hamming", "M"),
    ("signal.windows.hann", "M"),
    ("signal.windows.kaiser", "M"),
    ("signal.windows.nuttall", "M"),
    ("topk", "k"),
    ("tril_indices", "col"),
    ("tril_indices", "row"),
    ("triu_indices", "col"),
    ("triu_indices", "row"),
    // The result's sizes are `usize`: there is no negative one.
    ("nn.functional.adaptive_avg_pool1d", "output_size"),
    ("nn.functional.adaptive_avg_pool2d", "output_size"),
    ("nn.functional.adaptive_avg_pool3d", "output_size"),
    ("nn.functional.adaptive_max_pool1d", "output_size"),
    ("nn.functional.adaptive_max_pool2d", "output_size"),
    ("nn.functional.adaptive_max_pool3d", "output_size"),
    // A number of groups is a `usize`; 0 is refused by the library.
    ("nn.functional.conv1d", "groups"),
    ("nn.functional.conv2d", "groups"),
    ("nn.functional.conv3d", "groups"),
    ("nn.functional.conv_transpose1d", "groups"),
    ("nn.functional.conv_transpose2d", "groups"),
    ("nn.functional.conv_transpose3d", "groups"),
    // Results are returned; nothing is written into a tensor given for them.
    ("amax", "out"),
    ("amin", "out"),
    ("aminmax", "out"),
    ("cat", "out"),
    ("gather", "out"),
    ("index_select", "out"),
    ("masked_select", "out"),
    ("multinomial", "out"),
    ("take", "out"),
    // Each rounding mode is a method, and clamping to one bound.
    ("clamp", "min"),
    ("div", "rounding_mode"),
    // Coefficients are a slice, which cannot be missing.
    ("signal.windows.general_cosine", "a"),
    // A slice of tensors holds no `None`, and a tensor is none.
    ("cat", "tensors"),
    // Where to cut is a number or a list of them, not a string.
    ("hsplit", "indices_or_sections"),
    ("vsplit", "indices_or_sections"),
    // One bool says what `right` and `side` say.
    ("bucketize", "side"),
    ("searchsorted", "side"),
    // Words are enums, or functions of their own, and there are no others: BagMode, Gelu, Norm, QuantileInterpolation, Reduction,
    // ScatterReduce.
    ("norm", "p"),
    ("nanquantile", "interpolation"),
    ("quantile", "interpolation"),
    ("meshgrid", "indexing"),
    ("scatter", "reduce"),
    ("scatter_reduce", "reduce"),
    ("index_reduce", "reduce"),
    ("nn.functional.embedding_bag", "mode"),
    ("nn.functional.gelu", "approximate"),
    ("nn.functional.binary_cross_entropy", "reduction"),
    (
        "nn.functional.binary_cross_entropy_with_logits",
        "reduction",
    ),
    ("nn.functional.cosine_embedding_loss", "reduction"),
    ("nn.functional.cross_entropy", "reduction"),
    ("nn.functional.ctc_loss", "reduction"),
    ("nn.functional.gaussian_nll_loss", "reduction"),
    ("nn.functional.hinge_embedding_loss", "reduction"),
    ("nn.functional.huber_loss", "reduction"),
    ("nn.functional.kl_div", "reduction"),
    ("nn.functional.l1_loss", "reduction"),
    ("nn.functional.margin_ranking_loss", "reduction"),
    ("nn.functional.mse_loss", "reduction"),
    ("nn.functional.multi_margin_loss", "reduction"),
    ("nn.functional.multilabel_margin_loss", "reduction"),
    ("nn.functional.multilabel_soft_margin_loss", "reduction"),
    ("nn.functional.nll_loss", "reduction"),
    ("nn.functional.poisson_nll_loss", "reduction"),
    ("nn.functional.smooth_l1_loss", "reduction"),
    ("nn.functional.soft_margin_loss", "reduction"),
    ("nn.functional.triplet_margin_loss", "reduction"),
];

/// Methods whose arguments are tensors, and what they are called, where a number cannot be written.
const TENSORS: &[(&str, &str)] = &[
    (
        "input",
        "__radd__ __rdiv__ __rmul__ atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor clamp_max clamp_min \
         copysign eq float_power fmax fmin fmod gcd ge gt heaviside hypot isclose lcm ldexp le logaddexp logical_and logical_or logical_xor \
         lt maximum minimum ne pow remainder rsub special.xlog1py xlogy",
    ),
    (
        "other",
        "atan2 fmax fmin gcd hypot isclose lcm ldexp logaddexp logical_and logical_or logical_xor maximum minimum",
    ),
    ("values", "heaviside"),
];

fn is_forbidden(op: &str, argument: &str) -> bool {
    let mut tensors = TENSORS.iter().filter(|(name, _)| *name == argument);
    FORBIDDEN.contains(&(op, argument)) || tensors.any(|(_, ops)| ops.split(' ').any(|o| o == op))
}

/// Passes if the library's own call is an error.
pub fn run(case: &OpCase, file: &File, settings: &Settings) -> Outcome {
    let Some(row) = operators::find(&case.op, &case.variant) else {
        return Err(Trouble::Unsupported("there is no such operation".into()));
    };
    let args = placed::args(&case.args, &case.kwargs, file, settings)?;
    let answer = match (row.call)(&args) {
        // What comes after an argument that cannot be written is not read.
        Err(Failure::Forbidden(argument, _)) if is_forbidden(&case.op, argument) => return Ok(0.0),
        answer => answer,
    };
    if let Some(argument) = args.unread() {
        if argument == "argument out" && FORBIDDEN.contains(&(&case.op, "out")) {
            return Ok(0.0);
        }
        return Err(Trouble::Unsupported(format!(
            "{argument} is not translated"
        )));
    }
    // What a GPU finds in the data itself it tells at the next wait.
    let answer = match answer {
        Ok(outputs) => settings
            .device
            .synchronize()
            .map(|()| outputs)
            .map_err(Failure::Refused),
        refused => refused,
    };
    match answer {
        Err(Failure::Refused(e)) if e.kind() != ErrorKind::Unsupported => Ok(0.0),
        Err(other) => Err(other.into()),
        Ok(outputs) => Err(Trouble::Wrong(format!(
            "an answer where PyTorch refuses: {}",
            outputs
                .0
                .first()
                .map(|t| format!("{:?} {}", t.shape(), t.dtype()))
                .unwrap_or_default()
        ))),
    }
}
