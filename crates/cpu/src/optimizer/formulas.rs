//! What each optimizer makes of one element: `(parameter, gradient, states) → (parameter, states)`.

use crate::element::Real;
use rushlight_backend::OptimizerStep;

/// The gradient as the update takes it: turned when climbing, with the penalty of weight decay.
#[derive(Clone, Copy)]
struct Gradient<T> {
    maximize: bool,
    weight_decay: T,
}

impl<T: Real> Gradient<T> {
    fn new(maximize: bool, weight_decay: f64) -> Gradient<T> {
        Gradient {
            maximize,
            weight_decay: T::of(weight_decay),
        }
    }

    #[inline(always)]
    fn at(self, p: T, g: T) -> T {
        let g = if self.maximize { -g } else { g };
        // Not a plain sum: 0 times an infinite parameter would be NaN.
        if self.weight_decay == T::ZERO {
            g
        } else {
            g + self.weight_decay * p
        }
    }
}

/// `a + w (b - a)`, from the nearer end.
#[inline(always)]
fn lerp<T: Real>(a: T, b: T, w: T) -> T {
    if w < T::of(0.5) {
        a + w * (b - a)
    } else {
        b - (b - a) * (T::ONE - w)
    }
}

/// A formula for `N` states.
pub(super) trait Formula<T, const N: usize>: Fn(T, T, [T; N]) -> (T, [T; N]) + Sync {}
impl<T, const N: usize, F: Fn(T, T, [T; N]) -> (T, [T; N]) + Sync> Formula<T, N> for F {}

pub(super) fn sgd<T: Real>(f: &OptimizerStep) -> impl Formula<T, 0> + use<T> {
    let OptimizerStep::Sgd {
        lr,
        weight_decay,
        maximize,
        ..
    } = *f
    else {
        unreachable!("sgd is called for SGD")
    };
    let (gradient, lr) = (Gradient::new(maximize, weight_decay), T::of(lr));
    #[inline(always)]
    move |p, g, []| (p - lr * gradient.at(p, g), [])
}

pub(super) fn momentum<T: Real>(f: &OptimizerStep, step: u64) -> impl Formula<T, 1> + use<T> {
    let OptimizerStep::Sgd {
        lr,
        momentum,
        dampening,
        nesterov,
        weight_decay,
        maximize,
    } = *f
    else {
        unreachable!("momentum is called for SGD")
    };
    let (gradient, lr) = (Gradient::new(maximize, weight_decay), T::of(lr));
    // The first step takes the gradient itself.
    let (old, new) = match step {
        0 | 1 => (T::ZERO, T::ONE),
        _ => (T::of(momentum), T::of(1.0 - dampening)),
    };
    let (first, momentum) = (step <= 1, T::of(momentum));
    #[inline(always)]
    move |p, g, [v]| {
        let g = gradient.at(p, g);
        let v = if first { g } else { old * v + new * g };
        let along = if nesterov { g + momentum * v } else { v };
        (p - lr * along, [v])
    }
}

/// What the variants of Adam share.
#[derive(Clone, Copy)]
struct Adam<T> {
    gradient: Gradient<T>,
    /// What weight decay leaves of a parameter, if it is decoupled.
    keep: T,
    decoupled: bool,
    toward: T,
    beta2: T,
    square: T,
    step_size: T,
    unbias: T,
    eps: T,
}

impl<T: Real> Adam<T> {
    fn new(f: &OptimizerStep, step: u64) -> Adam<T> {
        let OptimizerStep::Adam {
            lr,
            betas,
            eps,
            weight_decay,
            decoupled,
            maximize,
            ..
        } = *f
        else {
            unreachable!("adam is called for Adam")
        };
        let bias = |beta: f64| 1.0 - beta.powf(step as f64);
        Adam {
            gradient: Gradient::new(maximize, if decoupled { 0.0 } else { weight_decay }),
            keep: T::of(1.0 - lr * weight_decay),
            decoupled: decoupled && weight_decay != 0.0,
            toward: T::of(1.0 - betas.0),
            beta2: T::of(betas.1),
            square: T::of(1.0 - betas.1),
            step_size: T::of(lr / bias(betas.0)),
            unbias: T::of(1.0 / bias(betas.1).sqrt()),
            eps: T::of(eps),
        }
    }

    /// The parameter after decoupled decay, and both moments.
    #[inline(always)]
    fn moments(&self, p: T, g: T, m: T, v: T) -> (T, T, T) {
        let g = self.gradient.at(p, g);
        let p = if self.decoupled { p * self.keep } else { p };
        (
            p,
            lerp(m, g, self.toward),
            self.beta2 * v + self.square * g * g,
        )
    }

    /// The parameter after a step along `m`, scaled by the second moment `v`.
    #[inline(always)]
    fn descend(&self, p: T, m: T, v: T) -> T {
        p - self.step_size * m / (v.sqrt() * self.unbias + self.eps)
    }
}

pub(super) fn adam<T: Real>(f: &OptimizerStep, step: u64) -> impl Formula<T, 2> + use<T> {
    let adam = Adam::new(f, step);
    #[inline(always)]
    move |p, g, [m, v]| {
        let (p, m, v) = adam.moments(p, g, m, v);
        (adam.descend(p, m, v), [m, v])
    }
}

pub(super) fn amsgrad<T: Real>(f: &OptimizerStep, step: u64) -> impl Formula<T, 3> + use<T> {
    let adam = Adam::new(f, step);
    #[inline(always)]
    move |p, g, [m, v, largest]| {
        let (p, m, v) = adam.moments(p, g, m, v);
        let largest = largest.larger(v);
        (adam.descend(p, m, largest), [m, v, largest])
    }
}

/// States: the square average, then the momentum buffer and the mean gradient where they are used.
pub(super) fn rmsprop<T: Real, const N: usize>(
    f: &OptimizerStep,
) -> impl Formula<T, N> + use<T, N> {
    let OptimizerStep::RmsProp {
        lr,
        alpha,
        eps,
        weight_decay,
        momentum,
        centered,
        maximize,
    } = *f
    else {
        unreachable!("rmsprop is called for RMSprop")
    };
    let gradient = Gradient::new(maximize, weight_decay);
    let (lr, eps) = (T::of(lr), T::of(eps));
    let (alpha, rest) = (T::of(alpha), T::of(1.0 - alpha));
    let (with_momentum, momentum) = (momentum > 0.0, T::of(momentum));
    #[inline(always)]
    move |p, g, mut s: [T; N]| {
        let g = gradient.at(p, g);
        s[0] = alpha * s[0] + rest * g * g;
        let mut spread = s[0];
        if centered {
            let mean = &mut s[N - 1];
            *mean = lerp(*mean, g, rest);
            spread = spread - *mean * *mean;
        }
        let scale = spread.sqrt() + eps;
        if with_momentum && N > 1 {
            s[1] = momentum * s[1] + g / scale;
            (p - lr * s[1], s)
        } else {
            (p - lr * g / scale, s)
        }
    }
}

pub(super) fn adagrad<T: Real>(f: &OptimizerStep, step: u64) -> impl Formula<T, 1> + use<T> {
    let OptimizerStep::Adagrad {
        lr,
        lr_decay,
        weight_decay,
        eps,
        maximize,
    } = *f
    else {
        unreachable!("adagrad is called for Adagrad")
    };
    let gradient = Gradient::new(maximize, weight_decay);
    let rate = T::of(lr / (1.0 + (step as f64 - 1.0) * lr_decay));
    let eps = T::of(eps);
    #[inline(always)]
    move |p, g, [sum]| {
        let g = gradient.at(p, g);
        let sum = sum + g * g;
        (p - rate * g / (sum.sqrt() + eps), [sum])
    }
}
