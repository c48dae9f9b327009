// The gamma function and Hurwitz's zeta function left of 0, by reflection. Close to their zeros they are accurate only in absolute terms, as on
// a CPU.

// lgamma x for x < 0 that is not an integer.
fn left_lgamma(x: f64) -> f64 {
    return op_log(PI / (-x * abs(sin_of(pi_angle(-x))))) - positive_lgamma(-x);
}

// digamma x for x < 0 that is not an integer.
fn left_digamma(x: f64) -> f64 {
    // tan(a + pi/2) = -cot a.
    let angle = pi_angle(x);
    return right_digamma(1.0 - x) + PI * tan_of(Angle(angle.quadrant + 1u, angle.high, angle.low));
}

// The sum of (q + k)^-s for k from 0 on, for q < 0 and odd s: the estimate is accurate enough.
fn left_odd_zeta(s: f64, q: f64, estimate: f64) -> f64 {
    return estimate;
}
