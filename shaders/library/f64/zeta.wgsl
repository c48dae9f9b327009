// Hurwitz's zeta function for q > 0, by the Euler-Maclaurin formula.

// The sum of ((q + k) / unit)^-s for k from 0 on, for q > 0, s > 1 and a unit that is a power of two.
fn zeta_in_units(s: f64, q: f64, unit: f64) -> f64 {
    var sum: f64 = 0.0;
    var at = q;
    var power: f64 = 0.0;
    loop {
        // The last power has the exponent 1 - s.
        let last = at >= 20.0 + s;
        power = positive_pow(at / unit, select(-s, 1.0 - s, last));
        if (last) {
            break;
        }
        if (power <= sum * 1e-18) {
            return sum;
        }
        sum += power;
        at += 1.0;
    }
    // The terms B2k / (2k)!, each with two more factors (s + j) / at.
    let r = 1.0 / at;
    var factor = s * r;
    var tail = 0.5 + factor / 12.0;
    factor *= ((s + 1.0) * r) * ((s + 2.0) * r);
    tail -= factor / 720.0;
    factor *= ((s + 3.0) * r) * ((s + 4.0) * r);
    tail += factor / 30240.0;
    factor *= ((s + 5.0) * r) * ((s + 6.0) * r);
    tail -= factor / 1209600.0;
    factor *= ((s + 7.0) * r) * ((s + 8.0) * r);
    tail += factor / 47900160.0;
    factor *= ((s + 9.0) * r) * ((s + 10.0) * r);
    tail -= factor * 5.284190138687493e-10;
    factor *= ((s + 11.0) * r) * ((s + 12.0) * r);
    tail += factor / 74724249600.0;
    factor *= ((s + 13.0) * r) * ((s + 14.0) * r);
    tail -= factor * 3.3896802963225829e-13;
    return sum + power * unit * (1.0 / (s - 1.0) + tail * r);
}
