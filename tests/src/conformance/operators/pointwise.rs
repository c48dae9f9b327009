//! Functions of one, two and three elements.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED, unsupported};
use crate::conformance::outputs::{IntoOutputs, Outputs};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "abs" = "Tensor::abs": |a| a.x()?.abs();
    "acos" = "Tensor::acos": |a| a.x()?.acos();
    "acosh" = "Tensor::acosh": |a| a.x()?.acosh();
    "asin" = "Tensor::asin": |a| a.x()?.asin();
    "asinh" = "Tensor::asinh": |a| a.x()?.asinh();
    "atan" = "Tensor::atan": |a| a.x()?.atan();
    "atanh" = "Tensor::atanh": |a| a.x()?.atanh();
    "bitwise_not" = "Tensor::bitwise_not": |a| a.x()?.bitwise_not();
    "ceil" = "Tensor::ceil": |a| a.x()?.ceil();
    "clone" = "Tensor::copy": |a| { a.skip("memory_format"); a.x()?.copy() };
    "contiguous" = "Tensor::contiguous": |a| { a.skip("memory_format"); a.x()?.contiguous() };
    "cos" = "Tensor::cos": |a| a.x()?.cos();
    "cosh" = "Tensor::cosh": |a| a.x()?.cosh();
    "deg2rad" = "Tensor::deg2rad": |a| a.x()?.deg2rad();
    "exp" = "Tensor::exp": |a| a.x()?.exp();
    "exp2" = "Tensor::exp2": |a| a.x()?.exp2();
    "expm1" = "Tensor::expm1": |a| a.x()?.expm1();
    "fill" = "Tensor::fill": |a| a.x()?.fill(a.operand(1, "value")?);
    "floor" = "Tensor::floor": |a| a.x()?.floor();
    "frac" = "Tensor::frac": |a| a.x()?.frac();
    "isfinite" = "Tensor::isfinite": |a| a.x()?.isfinite();
    "isinf" = "Tensor::isinf": |a| a.x()?.isinf();
    "angle" = "Tensor::angle": |a| a.x()?.angle();
    "frexp" = "Tensor::frexp": |a| a.x()?.frexp();
    "isreal" = "Tensor::isreal": |a| a.x()?.isreal();
    "isnan" = "Tensor::isnan": |a| a.x()?.isnan();
    "isneginf" = "Tensor::isneginf": |a| a.x()?.isneginf();
    "isposinf" = "Tensor::isposinf": |a| a.x()?.isposinf();
    "log" = "Tensor::log": |a| a.x()?.log();
    "log10" = "Tensor::log10": |a| a.x()?.log10();
    "log1p" = "Tensor::log1p": |a| a.x()?.log1p();
    "log2" = "Tensor::log2": |a| a.x()?.log2();
    "logical_not" = "Tensor::logical_not": |a| a.x()?.logical_not();
    "logit" = "Tensor::logit": |a| match a.maybe_float(1, "eps")? {
        None => a.x()?.logit(),
        Some(eps) => a.x()?.logit_eps(eps),
    };
    "nan_to_num" = "Tensor::nan_to_num": |a| {
        a.x()?.nan_to_num(a.float_or(1, "nan", 0.0)?, a.maybe_float(2, "posinf")?, a.maybe_float(3, "neginf")?)
    };
    "neg" = "Tensor::neg": |a| a.x()?.neg();
    "positive" = "Tensor::positive": |a| a.x()?.positive();
    "rad2deg" = "Tensor::rad2deg": |a| a.x()?.rad2deg();
    "reciprocal" = "Tensor::reciprocal": |a| a.x()?.reciprocal();
    "round" = "Tensor::round": |a| match a.maybe_int(NAMED, "decimals")? {
        None => a.x()?.round(),
        Some(decimals) => a.x()?.round_decimals(decimals as i32),
    };
    "rsqrt" = "Tensor::rsqrt": |a| a.x()?.rsqrt();
    "sigmoid" = "Tensor::sigmoid": |a| a.x()?.sigmoid();
    "sgn" = "Tensor::sign": |a| a.x()?.sign();
    "sign" = "Tensor::sign": |a| a.x()?.sign();
    "signbit" = "Tensor::signbit": |a| a.x()?.signbit();
    "sin" = "Tensor::sin": |a| a.x()?.sin();
    "sinc" = "Tensor::sinc": |a| a.x()?.sinc();
    "sinh" = "Tensor::sinh": |a| a.x()?.sinh();
    "sqrt" = "Tensor::sqrt": |a| a.x()?.sqrt();
    "square" = "Tensor::square": |a| a.x()?.square();
    "tan" = "Tensor::tan": |a| a.x()?.tan();
    "tanh" = "Tensor::tanh": |a| a.x()?.tanh();
    "trunc" = "Tensor::trunc": |a| a.x()?.trunc();

    "__radd__" = "Tensor::add": |a| a.x()?.add(a.operand(1, "other")?);
    "__rdiv__" = "Tensor::rdiv": |a| a.x()?.rdiv(a.operand(1, "other")?);
    "__rmod__" = "Tensor::rremainder": |a| a.x()?.rremainder(a.operand(1, "other")?);
    "__rmul__" = "Tensor::mul": |a| a.x()?.mul(a.operand(1, "other")?);
    "__rpow__" = "Tensor::rpow": |a| a.x()?.rpow(a.operand(1, "other")?);
    "__rand__" = "Tensor::bitwise_and": |a| a.x()?.bitwise_and(a.operand(1, "other")?);
    "__ror__" = "Tensor::bitwise_or": |a| a.x()?.bitwise_or(a.operand(1, "other")?);
    "__rxor__" = "Tensor::bitwise_xor": |a| a.x()?.bitwise_xor(a.operand(1, "other")?);
    "__rsub__" = "Tensor::rsub": |a| a.x()?.rsub(a.operand(1, "other")?);
    "add" = "Tensor::add": |a| {
        let (x, y) = (a.x()?, a.operand(1, "other")?);
        match a.maybe_scalar(NAMED, "alpha")? {
            None => x.add(y),
            Some(alpha) => x.add_alpha(y, alpha),
        }
    };
    "atan2" = "Tensor::atan2": |a| a.x()?.atan2(a.only_tensor(1, "other")?);
    "bitwise_and" = "Tensor::bitwise_and": |a| a.x()?.bitwise_and(a.operand(1, "other")?);
    "bitwise_left_shift" = "Tensor::bitwise_left_shift": |a| a.x()?.bitwise_left_shift(a.operand(1, "other")?);
    "bitwise_or" = "Tensor::bitwise_or": |a| a.x()?.bitwise_or(a.operand(1, "other")?);
    "bitwise_right_shift" = "Tensor::bitwise_right_shift": |a| a.x()?.bitwise_right_shift(a.operand(1, "other")?);
    "bitwise_xor" = "Tensor::bitwise_xor": |a| a.x()?.bitwise_xor(a.operand(1, "other")?);
    "clamp_max" = "Tensor::clamp_max": |a| a.x()?.clamp_max(a.operand(1, "max")?);
    "clamp_min" = "Tensor::clamp_min": |a| a.x()?.clamp_min(a.operand(1, "min")?);
    "copysign" = "Tensor::copysign": |a| a.x()?.copysign(a.operand(1, "other")?);
    "div" = "Tensor::div": |a| divided(a);
    "eq" = "Tensor::eq": |a| a.x()?.eq(a.operand(1, "other")?);
    "float_power" = "Tensor::float_power": |a| a.x()?.float_power(a.operand(1, "exponent")?);
    "floor_divide" = "Tensor::floor_divide": |a| a.x()?.floor_divide(a.operand(1, "other")?);
    "fmax" = "Tensor::fmax": |a| a.x()?.fmax(a.only_tensor(1, "other")?);
    "fmin" = "Tensor::fmin": |a| a.x()?.fmin(a.only_tensor(1, "other")?);
    "fmod" = "Tensor::fmod": |a| a.x()?.fmod(a.operand(1, "other")?);
    "gcd" = "Tensor::gcd": |a| a.x()?.gcd(a.only_tensor(1, "other")?);
    "ge" = "Tensor::ge": |a| a.x()?.ge(a.operand(1, "other")?);
    "gt" = "Tensor::gt": |a| a.x()?.gt(a.operand(1, "other")?);
    "heaviside" = "Tensor::heaviside": |a| a.x()?.heaviside(a.only_tensor(1, "values")?);
    "hypot" = "Tensor::hypot": |a| a.x()?.hypot(a.only_tensor(1, "other")?);
    "lcm" = "Tensor::lcm": |a| a.x()?.lcm(a.only_tensor(1, "other")?);
    "ldexp" = "Tensor::ldexp": |a| a.x()?.ldexp(a.only_tensor(1, "other")?);
    "le" = "Tensor::le": |a| a.x()?.le(a.operand(1, "other")?);
    "logaddexp" = "Tensor::logaddexp": |a| a.x()?.logaddexp(a.only_tensor(1, "other")?);
    "logaddexp2" = "Tensor::logaddexp2": |a| a.x()?.logaddexp2(a.only_tensor(1, "other")?);
    "logical_and" = "Tensor::logical_and": |a| a.x()?.logical_and(a.only_tensor(1, "other")?);
    "logical_or" = "Tensor::logical_or": |a| a.x()?.logical_or(a.only_tensor(1, "other")?);
    "logical_xor" = "Tensor::logical_xor": |a| a.x()?.logical_xor(a.only_tensor(1, "other")?);
    "lt" = "Tensor::lt": |a| a.x()?.lt(a.operand(1, "other")?);
    "max.binary" = "Tensor::maximum": |a| a.x()?.maximum(a.only_tensor(1, "other")?);
    "maximum" = "Tensor::maximum": |a| a.x()?.maximum(a.only_tensor(1, "other")?);
    "min.binary" = "Tensor::minimum": |a| a.x()?.minimum(a.only_tensor(1, "other")?);
    "minimum" = "Tensor::minimum": |a| a.x()?.minimum(a.only_tensor(1, "other")?);
    "mul" = "Tensor::mul": |a| a.x()?.mul(a.operand(1, "other")?);
    "ne" = "Tensor::ne": |a| a.x()?.ne(a.operand(1, "other")?);
    "nextafter" = "Tensor::nextafter": |a| a.x()?.nextafter(a.only_tensor(1, "other")?);
    "pow" = "Tensor::pow": |a| a.x()?.pow(a.operand(1, "exponent")?);
    "remainder" = "Tensor::remainder": |a| a.x()?.remainder(a.operand(1, "other")?);
    "rsub" = "Tensor::rsub": |a| {
        let (x, y) = (a.x()?, a.operand(1, "other")?);
        match a.maybe_scalar(NAMED, "alpha")? {
            None => x.rsub(y),
            Some(alpha) => x.rsub_alpha(y, alpha),
        }
    };
    "sub" = "Tensor::sub": |a| {
        let (x, y) = (a.x()?, a.operand(1, "other")?);
        match a.maybe_scalar(NAMED, "alpha")? {
            None => x.sub(y),
            Some(alpha) => x.sub_alpha(y, alpha),
        }
    };
    "true_divide" = "Tensor::div": |a| a.x()?.div(a.operand(1, "other")?);
    "xlogy" = "Tensor::xlogy": |a| a.x()?.xlogy(a.operand(1, "other")?);

    "addcdiv" = "Tensor::addcdiv": |a| {
        a.x()?.addcdiv(a.tensor(1, "tensor1")?, a.tensor(2, "tensor2")?, a.scalar_or(NAMED, "value", 1)?)
    };
    "addcmul" = "Tensor::addcmul": |a| {
        a.x()?.addcmul(a.tensor(1, "tensor1")?, a.tensor(2, "tensor2")?, a.scalar_or(NAMED, "value", 1)?)
    };
    "clamp" = "Tensor::clamp": |a| clamped(a);
    "lerp" = "Tensor::lerp": |a| a.x()?.lerp(a.tensor(1, "end")?, a.operand(2, "weight")?);
    "where" = "Tensor::where_cond": |a| {
        a.tensor(1, "condition")?.where_cond(a.operand(0, "input")?, a.operand(2, "other")?)
    };

    "allclose" = "Tensor::allclose": |a| {
        let (x, y) = (a.x()?, a.only_tensor(1, "other")?);
        if a.flag(4, "equal_nan", false)? {
            return unsupported("equal_nan");
        }
        x.allclose(y, a.float_or(2, "rtol", 1e-5)?, a.float_or(3, "atol", 1e-8)?)
    };
    "equal" = "Tensor::equal": |a| a.x()?.equal(a.only_tensor(1, "other")?);
    "isclose" = "Tensor::isclose": |a| {
        let (rtol, atol) = (a.float_or(2, "rtol", 1e-5)?, a.float_or(3, "atol", 1e-8)?);
        let equal_nan = a.flag(4, "equal_nan", false)?;
        a.x()?.isclose(a.only_tensor(1, "other")?, rtol, atol, equal_nan)
    };
};

fn divided(a: &Args) -> Answer<Outputs> {
    let (x, y) = (a.x()?, a.operand(1, "other")?);
    match a.word(NAMED, "rounding_mode", "")? {
        "" => x.div(y),
        "floor" => x.floor_divide(y),
        "trunc" => x.div_trunc(y),
        _ => return Err(Failure::Forbidden("rounding_mode", "each has a method")),
    }
    .outputs()
}

fn clamped(a: &Args) -> Answer<Outputs> {
    let x = a.x()?;
    match (a.maybe_operand(1, "min")?, a.maybe_operand(2, "max")?) {
        (Some(min), Some(max)) => x.clamp(min, max),
        (Some(min), None) => x.clamp_min(min),
        (None, Some(max)) => x.clamp_max(max),
        (None, None) => return Err(Failure::Forbidden("min", "each bound has a method")),
    }
    .outputs()
}
