//! The options of activations, which functions and layers share.

use rushlight_tensor::{named_enum, options};

named_enum! {
    /// The formula that [`gelu`](super::gelu) uses.
    Approximate {
        /// `x Φ(x)` with the distribution function Φ of the standard normal distribution.
        #[default]
        None = "none",
        /// `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
        Tanh = "tanh",
    }
}

options! {
    /// Options of [`gelu`](super::gelu) and [`GELU`](crate::GELU).
    #[derive(Copy, PartialEq)]
    GELUOptions from(approximate: Approximate) {
        /// The formula; by default the exact one.
        approximate: Approximate = Approximate::None,
    }
}

options! {
    /// Options of [`leaky_relu`](super::leaky_relu) and [`LeakyReLU`](crate::LeakyReLU).
    #[derive(Copy, PartialEq)]
    LeakyReLUOptions from(negative_slope: f64) {
        /// The slope below 0; by default 0.01.
        negative_slope: f64 = 0.01,
    }
}

options! {
    /// Options of [`rrelu`](super::rrelu) and [`RReLU`](crate::RReLU).
    #[derive(Copy, PartialEq)]
    RReLUOptions {
        /// The smallest slope below 0; by default 1/8.
        lower: f64 = 1.0 / 8.0,
        /// The largest slope below 0; by default 1/3.
        upper: f64 = 1.0 / 3.0,
    }
}

options! {
    /// Options of [`elu`](super::elu) and [`ELU`](crate::ELU).
    #[derive(Copy, PartialEq)]
    ELUOptions from(alpha: f64) {
        /// The negated limit at -∞; by default 1.
        alpha: f64 = 1.0,
    }
}

options! {
    /// Options of [`celu`](super::celu) and [`CELU`](crate::CELU).
    #[derive(Copy, PartialEq)]
    CELUOptions from(alpha: f64) {
        /// The negated limit at -∞, which must not be 0; by default 1.
        alpha: f64 = 1.0,
    }
}

options! {
    /// Options of [`softplus`](super::softplus) and [`Softplus`](crate::Softplus).
    #[derive(Copy, PartialEq)]
    SoftplusOptions from(beta: f64) {
        /// The sharpness of the transition from 0 to `x`; by default 1.
        beta: f64 = 1.0,
        /// The threshold of `beta x` above which the result is `x`; by default 20.
        threshold: f64 = 20.0,
    }
}

options! {
    /// Options of [`softshrink`](super::softshrink) and [`Softshrink`](crate::Softshrink).
    #[derive(Copy, PartialEq)]
    SoftshrinkOptions from(lambd: f64) {
        /// The amount by which elements move towards 0, which must be finite and at least 0; by default 0.5.
        lambd: f64 = 0.5,
    }
}

options! {
    /// Options of [`hardshrink`](super::hardshrink) and [`Hardshrink`](crate::Hardshrink).
    #[derive(Copy, PartialEq)]
    HardshrinkOptions from(lambd: f64) {
        /// Elements whose magnitude is at most this value become 0; by default 0.5.
        lambd: f64 = 0.5,
    }
}

options! {
    /// Options of [`hardtanh`](super::hardtanh) and [`Hardtanh`](crate::Hardtanh).
    #[derive(Copy, PartialEq)]
    HardtanhOptions {
        /// The lower limit; by default -1.
        min_val: f64 = -1.0,
        /// The upper limit, at least the lower one; by default 1.
        max_val: f64 = 1.0,
    }
}

options! {
    /// Options of [`glu`](super::glu) and [`GLU`](crate::GLU).
    #[derive(Copy, PartialEq)]
    GLUOptions from(dim: isize) {
        /// The dimension that is halved; by default the last.
        dim: isize = -1,
    }
}
