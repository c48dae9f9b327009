//! The line search for the strong Wolfe conditions: Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6.
//!
//! The constants, the bounds of a trial step and the order in which the conditions are tested decide which points are evaluated. They are
//! those of PyTorch, so that both evaluate the same points.

use rushlight_tensor::{Result, Tensor};

/// The smallest decrease of the loss that is sufficient, relative to what the slope at the start promises.
const DECREASE: f64 = 1e-4;
/// The largest slope at the end, relative to the slope at the start.
const CURVATURE: f64 = 0.9;

/// A point `x + t d` on the line.
#[derive(Clone)]
pub(super) struct Point {
    pub t: f64,
    pub loss: f64,
    /// The derivative of the loss with respect to `t`.
    pub slope: f64,
    pub gradient: Tensor,
}

/// The bounds of a search.
pub(super) struct Limits {
    /// How many points may be evaluated after the first one.
    pub evaluations: u64,
    /// An interval is too small to be searched if no parameter changes by this much within it.
    pub change: f64,
    /// The largest absolute element of `d`.
    pub longest: f64,
}

/// Two points between which a step satisfies the conditions.
struct Interval {
    ends: [Point; 2],
    /// Which end has the lower loss; the first one if both have the same.
    low: usize,
}

impl Interval {
    fn new(ends: [Point; 2]) -> Interval {
        let low = usize::from(ends[1].loss < ends[0].loss);
        Interval { ends, low }
    }

    fn low(&self) -> &Point {
        &self.ends[self.low]
    }

    fn high(&self) -> &Point {
        &self.ends[1 - self.low]
    }

    /// The smallest and the largest `t`.
    fn bounds(&self) -> (f64, f64) {
        let [a, b] = &self.ends;
        (a.t.min(b.t), a.t.max(b.t))
    }

    fn width(&self) -> f64 {
        (self.ends[1].t - self.ends[0].t).abs()
    }

    fn replace_high(&mut self, point: Point) {
        self.ends[1 - self.low] = point;
        self.low = usize::from(self.ends[1].loss < self.ends[0].loss);
    }

    /// Makes `point`, whose loss is lower than that of both ends, the lower end. The other end is the one towards which the loss falls.
    fn replace_low(&mut self, point: Point) {
        if point.slope * (self.high().t - self.low().t) >= 0.0 {
            self.ends[1 - self.low] = self.low().clone();
        }
        self.ends[self.low] = point;
    }
}

/// The conditions that the search compares each point with.
struct Wolfe {
    loss: f64,
    slope: f64,
}

impl Wolfe {
    /// Whether the loss is low enough at `point`; it is not if it is NaN.
    fn decreases(&self, point: &Point) -> bool {
        point.loss <= self.loss + DECREASE * point.t * self.slope
    }

    fn is_flat(&self, point: &Point) -> bool {
        point.slope.abs() <= -CURVATURE * self.slope
    }
}

/// Searches for a point that satisfies the conditions, from `start` with `t = 0` and the first trial step `t`. Returns the best point found if
/// `limits` end the search; this may be `start`.
pub(super) fn strong_wolfe(
    start: Point,
    t: f64,
    limits: &Limits,
    evaluate: &mut dyn FnMut(f64) -> Result<Point>,
) -> Result<Point> {
    let wolfe = Wolfe {
        loss: start.loss,
        slope: start.slope,
    };
    let mut previous = start.clone();
    let mut point = evaluate(t)?;
    for count in 0..limits.evaluations {
        let rises = count > 1 && point.loss >= previous.loss;
        if rises || !wolfe.decreases(&point) {
            let left = limits.evaluations - count;
            return zoom(&wolfe, [previous, point], left, limits, evaluate);
        }
        if wolfe.is_flat(&point) {
            return Ok(point);
        }
        if point.slope >= 0.0 {
            let left = limits.evaluations - count;
            return zoom(&wolfe, [previous, point], left, limits, evaluate);
        }
        let nearest = point.t + 0.01 * (point.t - previous.t);
        let next = trial_step(&previous, &point, nearest, 10.0 * point.t);
        previous = point;
        point = evaluate(next)?;
    }
    Ok(Interval::new([start, point]).low().clone())
}

/// Narrows an interval until one of its ends satisfies the conditions.
fn zoom(
    wolfe: &Wolfe,
    ends: [Point; 2],
    evaluations: u64,
    limits: &Limits,
    evaluate: &mut dyn FnMut(f64) -> Result<Point>,
) -> Result<Point> {
    let mut interval = Interval::new(ends);
    let mut was_near_an_end = false;
    for _ in 0..evaluations {
        if interval.width() * limits.longest < limits.change {
            break;
        }
        let (first, last) = interval.bounds();
        let [a, b] = &interval.ends;
        let mut t = trial_step(a, b, first, last);
        // A trial near an end hardly narrows the interval. The second one in succession, or one at the end itself, is moved inwards.
        let margin = 0.1 * (last - first);
        let is_near_an_end = (last - t).min(t - first) < margin;
        let moves = is_near_an_end && (was_near_an_end || t >= last || t <= first);
        if moves {
            t = if (t - last).abs() < (t - first).abs() {
                last - margin
            } else {
                first + margin
            };
        }
        was_near_an_end = is_near_an_end && !moves;
        let point = evaluate(t)?;
        if !wolfe.decreases(&point) || point.loss >= interval.low().loss {
            interval.replace_high(point);
        } else if wolfe.is_flat(&point) {
            return Ok(point);
        } else {
            interval.replace_low(point);
        }
    }
    Ok(interval.low().clone())
}

/// The minimum between `least` and `most` of the cubic polynomial through two points with their slopes: equation 3.59.
///
/// If the polynomial has no minimum, or a loss is not finite, this is the middle.
fn trial_step(a: &Point, b: &Point, least: f64, most: f64) -> f64 {
    let (a, b) = if a.t <= b.t { (a, b) } else { (b, a) };
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt();
    let minimum = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2));
    if minimum.is_nan() {
        (least + most) / 2.0
    } else {
        minimum.max(least).min(most)
    }
}
