//! New tensors: constants, ranges, windows, random numbers.

use super::calls;
use rushlight::prelude::*;
use rushlight::signal::windows;

calls! { a;
    "zeros" => { let s = a.sizes(); Tensor::zeros(s, &a.place.device) };
    "full" => { let (s, v, d) = (a.sizes(), a.number(), a.dtype()); Tensor::full(s, v, (d, &a.place.device)) };
    "full of a signed shape" => { let (s, v) = (a.ints(), a.number()); Tensor::full(s, v, &a.place.device) };
    "full_like" => { let (x, v) = (a.x(), a.number()); x.full_like(v) };
    "new_full" => { let (x, s, v) = (a.x(), a.sizes(), a.number()); x.new_full(s, v) };
    "eye_rect" => { let (n, m, d) = (a.size(), a.size(), a.dtype()); Tensor::eye_rect(n, m, (d, &a.place.device)) };
    "arange" => { let (s, e, t, d) = (a.number(), a.number(), a.number(), a.dtype()); small(s, e, t)?; Tensor::arange(s, e, t, (d, &a.place.device)) };
    "linspace" => { let (s, e, n, d) = (a.number(), a.number(), a.size(), a.dtype()); Tensor::linspace(s, e, n, (d, &a.place.device)) };
    "logspace" => { let (s, e, n, b, d) = (a.real(), a.real(), a.size(), a.real(), a.dtype()); Tensor::logspace(s, e, n, b, (d, &a.place.device)) };
    "tril_indices" => { let (n, m, k) = (a.size(), a.size(), a.int()); Tensor::tril_indices(n, m, k, &a.place.device) };
    "triu_indices" => { let (n, m, k) = (a.size(), a.size(), a.int()); Tensor::triu_indices(n, m, k, &a.place.device) };
    "bartlett" => { let (n, f) = (a.size(), a.flag()); windows::bartlett(n, f, &a.place.device) };
    "blackman" => { let (n, f) = (a.size(), a.flag()); windows::blackman(n, f, &a.place.device) };
    "cosine" => { let (n, f) = (a.size(), a.flag()); windows::cosine(n, f, &a.place.device) };
    "exponential" => { let (n, c, t, f) = (a.size(), a.real(), a.real(), a.flag()); windows::exponential(n, a.flag().then_some(c), t, f, &a.place.device) };
    "gaussian" => { let (n, s, f) = (a.size(), a.real(), a.flag()); windows::gaussian(n, s, f, &a.place.device) };
    "general_cosine" => { let (n, c, f) = (a.size(), [a.real(), a.real()], a.flag()); windows::general_cosine(n, &c, f, &a.place.device) };
    "general_hamming" => { let (n, c, f) = (a.size(), a.real(), a.flag()); windows::general_hamming(n, c, f, &a.place.device) };
    "hann" => { let (n, f) = (a.size(), a.flag()); windows::hann(n, f, &a.place.device) };
    "kaiser" => { let (n, b, f) = (a.size(), a.real(), a.flag()); windows::kaiser(n, b, f, &a.place.device) };
    "nuttall" => { let (n, f) = (a.size(), a.flag()); windows::nuttall(n, f, &a.place.device) };
    "rand" => { let s = a.sizes(); Tensor::rand(s, &a.place.device) };
    "randn" => { let (s, d) = (a.sizes(), a.dtype()); Tensor::randn(s, (d, &a.place.device)) };
    "normal" => { let (m, d, s) = (a.real(), a.real(), a.sizes()); Tensor::normal(m, d, s, &a.place.device) };
    "normal_from" => { let (m, d) = (a.other(), a.other()); Tensor::normal_from(m.get(), d.get()) };
    "randint" => { let (l, h, s, d) = (a.integer(), a.integer(), a.sizes(), a.dtype()); Tensor::randint(l, h, s, (d, &a.place.device)) };
    "randperm" => { let (n, d) = (a.size(), a.dtype()); Tensor::randperm(n, (d, &a.place.device)) };
    "bernoulli" => a.x().bernoulli();
    "multinomial" => { let (x, n, f) = (a.float(), a.size(), a.flag()); x.multinomial(n, f) };
    "uniform_" => { let (x, l, h) = (a.own()?, a.real(), a.real()); let x = x.copy()?; x.uniform_(l, h).map(|()| x) };
    "normal_" => { let (x, m, s) = (a.own()?, a.real(), a.real()); let x = x.copy()?; x.normal_(m, s).map(|()| x) };
    "log_normal_" => { let (x, m, s) = (a.own()?, a.real(), a.real()); let x = x.copy()?; x.log_normal_(m, s).map(|()| x) };
    "exponential_" => { let (x, l) = (a.own()?, a.real()); let x = x.copy()?; x.exponential_(l).map(|()| x) };
    "cauchy_" => { let (x, m, s) = (a.own()?, a.real(), a.real()); let x = x.copy()?; x.cauchy_(m, s).map(|()| x) };
    "geometric_" => { let (x, p) = (a.own()?, a.real()); let x = x.copy()?; x.geometric_(p).map(|()| x) };
    "random_" => { let (x, l, h) = (a.own()?, a.integer(), a.integer()); let x = x.copy()?; x.random_(l..=h).map(|()| x) };
    "random_ without bounds" => { let x = a.own()?.copy()?; x.random_(..).map(|()| x) };
    "bernoulli_" => { let (x, p) = (a.own()?, a.other()); let x = x.copy()?; x.bernoulli_(p.get()).map(|()| x) };
}

/// Ranges of some million elements are neither small nor absurd, only slow.
fn small(
    start: rushlight::Scalar,
    end: rushlight::Scalar,
    step: rushlight::Scalar,
) -> rushlight::Result<()> {
    let n = (end.to_f64() - start.to_f64()) / step.to_f64();
    match (1e4..1e13).contains(&n) {
        true => Err(rushlight::Error::value("slow")),
        false => Ok(()),
    }
}
