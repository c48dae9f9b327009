// The logarithm of the gamma function and its derivatives for x > 0: fitted polynomials around the zeros, recurrences that reduce to
// them, and Stirling's series beyond.

// lgamma(1 + d) for -1/4 <= d <= 3/4.
fn lgamma_one(d: f64) -> f64 {
    let t = d - 0.25;
    var p: f64 = -0.0007819589833914601;
    p = fma(p, t, 0.0010182067758959874);
    p = fma(p, t, -0.00020410721159605278);
    p = fma(p, t, 0.0002721711604869944);
    p = fma(p, t, -0.0010667354092037916);
    p = fma(p, t, 0.0014040001751058856);
    p = fma(p, t, -0.0016029385291730606);
    p = fma(p, t, 0.00212817423866749);
    p = fma(p, t, -0.0028924741862129994);
    p = fma(p, t, 0.0038702165642195445);
    p = fma(p, t, -0.005196563523181844);
    p = fma(p, t, 0.007030309421231174);
    p = fma(p, t, -0.009579157117392609);
    p = fma(p, t, 0.013163129852735142);
    p = fma(p, t, -0.018282075078024068);
    p = fma(p, t, 0.02574385629469224);
    p = fma(p, t, -0.03692956437574585);
    p = fma(p, t, 0.054390401785509225);
    p = fma(p, t, -0.08339250575512276);
    p = fma(p, t, 0.13677079348807406);
    p = fma(p, t, -0.2554826879615749);
    p = fma(p, t, 0.6625352492439497);
    p = fma(p, t, -0.3930873456872526);
    return d * p;
}

// lgamma(2 + d) for -1/4 <= d <= 3/4.
fn lgamma_two(d: f64) -> f64 {
    let t = d - 0.25;
    var p: f64 = -8.212087064079701e-08;
    p = fma(p, t, 1.961498133416955e-07);
    p = fma(p, t, -3.831700777936363e-07);
    p = fma(p, t, 9.251533291442141e-07);
    p = fma(p, t, -2.2851497138672577e-06);
    p = fma(p, t, 5.58743458805756e-06);
    p = fma(p, t, -1.3771574165909119e-05);
    p = fma(p, t, 3.433569438481409e-05);
    p = fma(p, t, -8.680584742930859e-05);
    p = fma(p, t, 0.00022352012183027834);
    p = fma(p, t, -0.0005901656737725693);
    p = fma(p, t, 0.0016148854189281681);
    p = fma(p, t, -0.004662626671223455);
    p = fma(p, t, 0.0146883237173458);
    p = fma(p, t, -0.0542954038521499);
    p = fma(p, t, 0.29223842821659274);
    p = fma(p, t, 0.4994868595695864);
    return d * p;
}

// The correction of Stirling's formula for lgamma x, for x >= 7.
fn stirling_tail(x: f64) -> f64 {
    let z = 1.0 / (x * x);
    var p: f64 = 0.004740686707271996;
    p = fma(p, z, -0.0018742720298620772);
    p = fma(p, z, 0.0008411713777585588);
    p = fma(p, z, -0.0005952340411992701);
    p = fma(p, z, 0.0007936507800219598);
    p = fma(p, z, -0.0027777777777604957);
    p = fma(p, z, 0.08333333333333333);
    return p / x;
}

// lgamma x for x > 0.
fn positive_lgamma(x: f64) -> f64 {
    // Between 2.75 and 7, x is reduced to the range of a polynomial: gamma x is gamma of the reduced x, times the product.
    var rest = x;
    var product: f64 = 1.0;
    while (rest >= 2.75 && x < 7.0) {
        rest -= 1.0;
        product *= rest;
    }
    let small = x < 0.75;
    let log = op_log(select(product, x, small || x >= 7.0));
    if (x >= 7.0) {
        return (x - 0.5) * (log - 1.0) + (0.4189385332046727 + stirling_tail(x));
    }
    if (rest >= 1.75) {
        return lgamma_two(rest - 2.0) + log;
    }
    let one = lgamma_one(select(rest - 1.0, x, small));
    return select(select(one, 0.0, x == 1.0), one - log, small);
}

// digamma x for 1 <= x <= 2: a polynomial times the distance from the zero, which is given in two parts.
fn digamma_near(x: f64) -> f64 {
    let t = x - 1.5;
    var p: f64 = -0.00017312261802727394;
    p = fma(p, t, 0.00025968482126430747);
    p = fma(p, t, -0.00015148586836773365);
    p = fma(p, t, 0.0002272331660987376);
    p = fma(p, t, -0.0004821990530566789);
    p = fma(p, t, 0.0007233266279287554);
    p = fma(p, t, -0.0010376374098418604);
    p = fma(p, t, 0.0015566317474486838);
    p = fma(p, t, -0.002345267632540769);
    p = fma(p, t, 0.003519006401502276);
    p = fma(p, t, -0.005279964873257405);
    p = fma(p, t, 0.007926944646403797);
    p = fma(p, t, -0.011908218001568644);
    p = fma(p, t, 0.0179072524394512);
    p = fma(p, t, -0.02697579675613825);
    p = fma(p, t, 0.04076083381242074);
    p = fma(p, t, -0.061922133273064534);
    p = fma(p, t, 0.09498872445494122);
    p = fma(p, t, -0.14840492305390884);
    p = fma(p, t, 0.2405424842407742);
    p = fma(p, t, -0.4236274212814605);
    p = fma(p, t, 0.951055876031833);
    return (as_rounded(x - 1.4616321449683622) - 9.549995429965697e-17) * p;
}

// digamma x for x >= 6.
fn digamma_far(x: f64) -> f64 {
    let r = 1.0 / x;
    let z = r * r;
    var p: f64 = 1.2391679483128468;
    p = fma(p, z, -0.3678576287054853);
    p = fma(p, z, 0.08143630483869545);
    p = fma(p, z, -0.021063611856428556);
    p = fma(p, z, 0.007575487397559364);
    p = fma(p, z, -0.004166665241792838);
    p = fma(p, z, 0.00396825396445464);
    p = fma(p, z, -0.008333333333329406);
    p = fma(p, z, 0.08333333333333333);
    return op_log(x) - fma(z, p, 0.5 * r);
}

// digamma x for x >= 1.
fn right_digamma(x: f64) -> f64 {
    if (x >= 6.0) {
        return digamma_far(x);
    }
    var sum: f64 = 0.0;
    var rest = x;
    while (rest > 2.0) {
        rest -= 1.0;
        sum += 1.0 / rest;
    }
    return sum + digamma_near(rest);
}

// trigamma x for x > 0.
fn right_trigamma(x: f64) -> f64 {
    var sum: f64 = 0.0;
    var rest = x;
    while (rest < 6.0) {
        let r = 1.0 / rest;
        sum += r * r;
        rest += 1.0;
    }
    let r = 1.0 / rest;
    let z = r * r;
    var p: f64 = -144.50546025445306;
    p = fma(p, z, 38.51949042935477);
    p = fma(p, z, -6.633669698101267);
    p = fma(p, z, 1.1583942729927454);
    p = fma(p, z, -0.2530179350694276);
    p = fma(p, z, 0.07575688956819773);
    p = fma(p, z, -0.03333333046934653);
    p = fma(p, z, 0.02380952380339969);
    p = fma(p, z, -0.03333333333332822);
    p = fma(p, z, 0.16666666666666666);
    return sum + (1.0 + fma(z, p, 0.5 * r)) * r;
}
