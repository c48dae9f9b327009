//! Layers and functional forms with absurd arguments: a result or an error, the same for dense and for strided inputs.

use crate::fuzz::arguments::{Args, Place};
use crate::fuzz::harness::{Rng, run};
use crate::fuzz::methods::{Call, calls};
use rushlight::Result;
use rushlight::nn::functional::{self as f, PadMode};
use rushlight::nn::{self, init};
use rushlight::prelude::*;

#[test]
fn calls_of_nn() {
    run("layers", 3 * METHODS.len() as u64, |seed| {
        let (name, call) = METHODS[seed as usize % METHODS.len()];
        let mut rng = Rng::new(seed ^ 4 << 40);
        rng.word();
        let [dense, strided] = [false, true].map(|strided| outcome(call, rng.clone(), strided));
        match (dense, strided) {
            (Ok(dense), Ok(strided)) if dense != strided => Some(format!(
                "{name}: shapes {dense:?}, of strided inputs {strided:?}"
            )),
            (Ok(_), Err(e)) | (Err(e), Ok(_)) => Some(format!("{name}: once {e}")),
            _ => None,
        }
    });
}

fn outcome(call: Call, rng: Rng, strided: bool) -> Result<Vec<Vec<usize>>> {
    let place = Place {
        device: Device::CPU,
        strided,
    };
    let mut args = Args {
        rng,
        pool: &[],
        place: &place,
    };
    let results = call(&mut args)?;
    Ok(results.iter().map(|t| t.shape().to_vec()).collect())
}

fn image(a: &mut Args<'_>) -> Result<Tensor> {
    a.made(&[1, 4, 4, 4], DType::F32)
}

/// Two numbers for height and width.
fn pair(a: &mut Args<'_>) -> [usize; 2] {
    [a.size(), a.size()]
}

fn folds(a: &mut Args<'_>) -> f::FoldOptions {
    f::FoldOptions {
        dilation: a.size().into(),
        padding: a.size().into(),
        stride: a.size().into(),
    }
}

fn mode(a: &mut Args<'_>) -> PadMode {
    let value = a.number();
    a.rng.pick(&[
        PadMode::Constant(value),
        PadMode::Reflect,
        PadMode::Replicate,
        PadMode::Circular,
    ])
}

const INTERPOLATIONS: [f::InterpolateMode; 5] = [
    f::InterpolateMode::Nearest,
    f::InterpolateMode::NearestExact,
    f::InterpolateMode::Bilinear,
    f::InterpolateMode::Bicubic,
    f::InterpolateMode::Area,
];

calls! { a;
    "pad" => { let (p, m) = (a.ints(), mode(a)); f::pad(&image(a)?, &p, m) };
    "pad of both sides" => { let (p, q, m) = (a.int(), a.int(), mode(a)); f::pad(&image(a)?, [p, q, q, p], m) };
    "unfold" => { let (k, o) = (pair(a), folds(a)); f::unfold(&image(a)?, k, &o) };
    "fold" => { let (k, o, s) = (pair(a), folds(a), pair(a)); f::fold(&a.made(&[1, 8, 9], DType::F32)?, s, k, &o) };
    "pixel_shuffle" => { let r = a.size(); f::pixel_shuffle(&image(a)?, r) };
    "pixel_shuffle of nothing" => { let r = a.size(); f::pixel_shuffle(&a.made(&[2, 0, 3, 3], DType::F32)?, r) };
    "pixel_unshuffle" => { let r = a.size(); f::pixel_unshuffle(&image(a)?, r) };
    "pixel_unshuffle of nothing" => { let r = a.size(); f::pixel_unshuffle(&a.made(&[2, 4, 0, 0], DType::F32)?, r) };
    "channel_shuffle" => { let g = a.size(); f::channel_shuffle(&image(a)?, g) };
    "interpolate to a size" => { let (s, m) = (pair(a), a.rng.pick(&INTERPOLATIONS)); f::interpolate(&image(a)?, s, m) };
    "interpolate by a factor" => { let (s, m) = (a.real(), a.rng.pick(&INTERPOLATIONS)); f::interpolate(&image(a)?, s, m) };
    "fractional_max_pool" => { let (k, s) = (a.size(), pair(a)); f::fractional_max_pool2d(&image(a)?, k, s, ()) };
    "lp_pool" => { let (p, k, s) = (a.real(), pair(a), a.size()); f::lp_pool2d(&image(a)?, p, k, f::LPPoolOptions::new().stride(s)) };
    "local_response_norm" => { let (n, p, q, r) = (a.size(), a.real(), a.real(), a.real()); f::local_response_norm(&image(a)?, n, f::LocalResponseNormOptions { alpha: p, beta: q, k: r }) };
    "group_norm" => { let (g, e) = (a.size(), a.real()); f::group_norm(&image(a)?, g, None, None, e) };
    "rms_norm" => { let s = a.sizes(); f::rms_norm(&image(a)?, s, None, None) };
    "affine_grid" => { let (s, c) = (a.sizes(), a.flag()); f::affine_grid(&a.made(&[1, 2, 3], DType::F32)?, s, c) };
    "pdist" => { let p = a.real(); f::pdist(&a.made(&[4, 3], DType::F32)?, p) };
    "dropout" => { let p = a.real(); f::dropout(&image(a)?, p, true) };
    "embedding" => {
        let options = f::EmbeddingOptions::new().padding_idx(a.int()).max_norm(a.real()).norm_type(a.real()).scale_grad_by_freq(a.flag());
        let (i, w) = (a.index()?, a.made(&[3, 2], DType::F32)?);
        f::embedding(&i, &w, options)
    };
    "Linear" => { let (n, m) = (a.size(), a.size()); parameters(nn::Linear::new(n, m)?) };
    "Embedding" => { let (n, m) = (a.size(), a.size()); parameters(nn::Embedding::new(n, m)?) };
    "Conv2d" => { let (n, m, k) = (a.size(), a.size(), a.size()); parameters(nn::Conv2d::new(n, m, k)?) };
    "ConvTranspose2d" => { let (n, m, k) = (a.size(), a.size(), a.size()); parameters(nn::ConvTranspose2d::new(n, m, k)?) };
    "BatchNorm2d" => { let n = a.size(); parameters(nn::BatchNorm2d::new(n)?) };
    "LayerNorm" => { let s = a.sizes(); parameters(nn::LayerNorm::new(s)?) };
    "GroupNorm" => { let (n, m) = (a.size(), a.size()); parameters(nn::GroupNorm::new(n, m)?) };
    "LSTM" => { let (n, m, l) = (a.size(), a.size(), a.size()); parameters(nn::LSTM::with(n, m, l)?) };
    "GRU" => { let (n, m, l) = (a.size(), a.size(), a.size()); parameters(nn::GRU::with(n, m, l)?) };
    "RNN" => { let (n, m, l) = (a.size(), a.size(), a.size()); parameters(nn::RNN::with(n, m, l)?) };
    "MultiheadAttention" => { let (n, m) = (a.size(), a.size()); parameters(nn::MultiheadAttention::new(n, m)?) };
    "dirac_" => { let g = a.size(); let w = a.made(&[4, 2, 3], DType::F32)?; init::dirac_(&w, g).map(|()| w) };
    "sparse_" => { let (s, d) = (a.real(), a.real()); let w = a.made(&[4, 3], DType::F32)?; init::sparse_(&w, s, d).map(|()| w) };
    "constant_" => { let v = a.number(); let w = a.made(&[4, 3], DType::F32)?; init::constant_(&w, v).map(|()| w) };
    "uniform_" => { let (l, h) = (a.real(), a.real()); let w = a.made(&[4, 3], DType::F32)?; init::uniform_(&w, l, h).map(|()| w) };
}

fn parameters(module: impl Module) -> Result<Vec<Tensor>> {
    Ok(module.parameters().iter().map(|p| p.detach()).collect())
}
