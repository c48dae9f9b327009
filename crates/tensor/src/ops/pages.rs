//! What the pages of methods made by tables have in common: the dtypes they take, their errors, and examples, written from the columns of
//! a row.
//!
//! A row names the dtypes by a word, and gives an example as `operands => type [result]`, or `operands => ~ [result]` for `float32` rounded to
//! four decimal places.

/// Which dtypes a function takes and gives.
macro_rules! dtypes {
    (any) => {
        "Takes any dtype, which stays the same."
    };
    (square) => {
        "Takes any dtype, which stays the same; booleans give `int64`."
    };
    (number) => {
        "Takes any dtype but `bool`; the dtype stays the same."
    };
    (division) => {
        "Takes any dtype but `bool`; the dtype stays the same."
    };
    (float) => {
        "Floats keep their dtype, integers and booleans give `float32`."
    };
    (real) => {
        "Takes floating-point dtypes only."
    };
    (integer) => {
        "Takes integers and booleans only."
    };
    (whole) => {
        "Takes integers only."
    };
    (test) => {
        "Takes any dtype and gives `bool`."
    };
}

/// The errors of a function of one operand.
macro_rules! unary_errors {
    (number) => {
        "If the dtype is `bool`."
    };
    (real) => {
        "If the dtype is not floating-point."
    };
    (integer) => {
        "If the dtype is floating-point."
    };
    ($any:ident) => {
        "If the device has no memory left for the result."
    };
}

/// The errors of a function of two operands.
macro_rules! binary_errors {
    (number) => { "If the shapes do not broadcast or the promoted dtype is `bool`." };
    (division) => { "If the shapes do not broadcast, the promoted dtype is `bool`, or an integer is divided by 0." };
    (real) => { "If the shapes do not broadcast or the promoted dtype is not floating-point." };
    (integer) => { "If the shapes do not broadcast or the promoted dtype is floating-point." };
    (whole) => { "If the shapes do not broadcast or the promoted dtype is not an integer." };
    ($any:ident) => { "If the shapes do not broadcast." };
}

/// The errors of a method that writes in place, in addition to those of the method of the same name that does not.
macro_rules! in_place_errors {
    ($name:ident) => {
        concat!(
            "As [`Tensor::", stringify!($name), "`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than\n",
            "this tensor's (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are\n",
            "recorded."
        )
    };
}

/// A page's first sentence for a method that writes in place, with its name in PyTorch if that is not `Tensor.name_`.
macro_rules! in_place {
    ($name:ident $in_place:ident) => {
        concat!(
            "[`Tensor::",
            stringify!($name),
            "`] in place. PyTorch: `Tensor.",
            stringify!($in_place),
            "`."
        )
    };
    ($name:ident $in_place:ident $torch:literal) => {
        concat!("[`Tensor::", stringify!($name), "`] in place. ", $torch)
    };
}

/// An example: `x.name(arguments)` and its result.
macro_rules! example {
    ($x:tt $name:ident($($argument:expr),*) => $dtype:tt $result:tt) => {
        concat!(
            "```\n# use rushlight_tensor::tensor;\nlet y = tensor!(", stringify!($x), ").", stringify!($name),
            "(", $crate::ops::pages::list!($($argument),*), ")?;\n",
            $crate::ops::pages::check!(y $dtype $result),
            "# Ok::<(), rushlight_tensor::Error>(())\n```"
        )
    };
}

/// An example of a method that writes in place: `x` after `x.name(arguments)`.
macro_rules! example_in_place {
    ($x:tt $name:ident($($argument:expr),*) => $dtype:tt $result:tt) => {
        concat!(
            "```\n# use rushlight_tensor::tensor;\nlet x = tensor!(", stringify!($x), ");\nx.", stringify!($name),
            "(", $crate::ops::pages::list!($($argument),*), ")?;\n",
            $crate::ops::pages::check!(x $dtype $result),
            "# Ok::<(), rushlight_tensor::Error>(())\n```"
        )
    };
}

/// The line of an example that compares a result.
macro_rules! check {
    ($y:ident ~ $result:tt) => {
        concat!(
            "assert_eq!(",
            stringify!($y),
            ".round_decimals(4)?.to_vec::<f32>()?, ",
            stringify!($result),
            ");\n"
        )
    };
    ($y:ident $dtype:ident $result:tt) => {
        concat!(
            "assert_eq!(",
            stringify!($y),
            ".to_vec::<",
            stringify!($dtype),
            ">()?, ",
            stringify!($result),
            ");\n"
        )
    };
}

/// Arguments as text.
macro_rules! list {
    () => { "" };
    ($first:expr $(, $more:expr)*) => { concat!(stringify!($first) $(, ", ", stringify!($more))*) };
}

pub(super) use {
    binary_errors, check, dtypes, example, example_in_place, in_place, in_place_errors, list,
    unary_errors,
};
