//! Fourier transforms. What gives complex tensors has no answers here to compare, but refuses the same calls.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use rushlight::fft::{self, Norm};
use rushlight::{Ints, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "fft.fft" = "fft::fft": |a| one(a, fft::fft);
    "fft.fft2" = "fft::fft2": |a| many(a, fft::fft2);
    "fft.fftn" = "fft::fftn": |a| many(a, fft::fftn);
    "fft.ifft" = "fft::ifft": |a| one(a, fft::ifft);
    "fft.ifft2" = "fft::ifft2": |a| many(a, fft::ifft2);
    "fft.ifftn" = "fft::ifftn": |a| many(a, fft::ifftn);
    "fft.rfft" = "fft::rfft": |a| one(a, fft::rfft);
    "fft.rfft2" = "fft::rfft2": |a| many(a, fft::rfft2);
    "fft.rfftn" = "fft::rfftn": |a| many(a, fft::rfftn);
    "fft.irfft" = "fft::irfft": |a| one(a, fft::irfft);
    "fft.irfft2" = "fft::irfft2": |a| many(a, fft::irfft2);
    "fft.irfftn" = "fft::irfftn": |a| many(a, fft::irfftn);
    "fft.hfft" = "fft::hfft": |a| one(a, fft::hfft);
    "fft.hfft2" = "fft::hfft2": |a| many(a, fft::hfft2);
    "fft.hfftn" = "fft::hfftn": |a| many(a, fft::hfftn);
    "fft.ihfft" = "fft::ihfft": |a| one(a, fft::ihfft);
    "fft.ihfft2" = "fft::ihfft2": |a| many(a, fft::ihfft2);
    "fft.ihfftn" = "fft::ihfftn": |a| many(a, fft::ihfftn);
    "fft.fftshift" = "fft::fftshift": |a| fft::fftshift(a.x()?, dims(a, 1)?);
    "fft.ifftshift" = "fft::ifftshift": |a| fft::ifftshift(a.x()?, dims(a, 1)?);
};

fn one<R>(
    a: &Args,
    f: fn(&Tensor, Option<usize>, isize, Norm) -> rushlight::Result<R>,
) -> Answer<R> {
    let n = match a.maybe_int(1, "n")? {
        Some(_) => Some(a.size(1, "n")?),
        None => None,
    };
    Ok(f(a.x()?, n, a.dim_or(2, -1)?, norm(a)?)?)
}

fn many<R>(
    a: &Args,
    f: fn(&Tensor, Option<Ints>, Option<Ints>, Norm) -> rushlight::Result<R>,
) -> Answer<R> {
    let s = a.maybe_ints(1, "s")?.map(Ints::from);
    Ok(f(a.x()?, s, dims(a, 2)?, norm(a)?)?)
}

fn dims(a: &Args, at: usize) -> Answer<Option<Ints>> {
    Ok(a.maybe_ints(at, "dim")?.map(Ints::from))
}

fn norm(a: &Args) -> Answer<Norm> {
    Ok(match a.word(3, "norm", "backward")? {
        "backward" => Norm::Backward,
        "forward" => Norm::Forward,
        "ortho" => Norm::Ortho,
        other => return unsupported(format!("the norm {other:?}")),
    })
}
