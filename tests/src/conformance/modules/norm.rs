//! Normalization.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, NAMED};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.BatchNorm1d" = "nn::BatchNorm1d": |a| batch::<1>(a)?;
    "nn.BatchNorm2d" = "nn::BatchNorm2d": |a| batch::<2>(a)?;
    "nn.BatchNorm3d" = "nn::BatchNorm3d": |a| batch::<3>(a)?;
    "nn.GroupNorm" = "nn::GroupNorm": |a| {
        let options = GroupNormOptions::new()
            .eps(a.float_or(2, "eps", 1e-5)?)
            .affine(a.flag(3, "affine", true)?)
            .bias(a.flag(NAMED, "bias", true)?);
        GroupNorm::with(a.size(0, "num_groups")?, a.size(1, "num_channels")?, options)?
    };
    "nn.InstanceNorm1d" = "nn::InstanceNorm1d": |a| instance::<1>(a)?;
    "nn.InstanceNorm2d" = "nn::InstanceNorm2d": |a| instance::<2>(a)?;
    "nn.InstanceNorm3d" = "nn::InstanceNorm3d": |a| instance::<3>(a)?;
    "nn.LayerNorm" = "nn::LayerNorm": |a| {
        let options = LayerNormOptions::new()
            .eps(a.float_or(1, "eps", 1e-5)?)
            .elementwise_affine(a.flag(2, "elementwise_affine", true)?)
            .bias(a.flag(3, "bias", true)?);
        LayerNorm::with(a.ints(0, "normalized_shape")?, options)?
    };
    "nn.LocalResponseNorm" = "nn::LocalResponseNorm": |a| {
        let options = LocalResponseNormOptions::new()
            .alpha(a.float_or(1, "alpha", 1e-4)?)
            .beta(a.float_or(2, "beta", 0.75)?)
            .k(a.float_or(3, "k", 1.0)?);
        LocalResponseNorm::with(a.size(0, "size")?, options)
    };
    "nn.RMSNorm" = "nn::RMSNorm": |a| {
        let options = RMSNormOptions::new()
            .eps(a.maybe_float(1, "eps")?)
            .elementwise_affine(a.flag(2, "elementwise_affine", true)?);
        RMSNorm::with(a.ints(0, "normalized_shape")?, options)?
    };
};

fn batch<const N: usize>(a: &Args) -> Answer<BatchNorm<N>> {
    let options = BatchNormOptions::new()
        .eps(a.float_or(1, "eps", 1e-5)?)
        .momentum(momentum(a)?)
        .affine(a.flag(3, "affine", true)?)
        .bias(a.flag(NAMED, "bias", true)?)
        .track_running_stats(a.flag(4, "track_running_stats", true)?);
    Ok(BatchNorm::with(a.size(0, "num_features")?, options)?)
}

fn instance<const N: usize>(a: &Args) -> Answer<InstanceNorm<N>> {
    let options = InstanceNormOptions::new()
        .eps(a.float_or(1, "eps", 1e-5)?)
        .momentum(momentum(a)?)
        .affine(a.flag(3, "affine", false)?)
        .bias(a.flag(NAMED, "bias", true)?)
        .track_running_stats(a.flag(4, "track_running_stats", false)?);
    Ok(InstanceNorm::with(a.size(0, "num_features")?, options)?)
}

/// A tenth if not given; a `None` that is given means the mean over all batches.
fn momentum(a: &Args) -> Answer<Option<f64>> {
    match a.is_given(2, "momentum") {
        true => a.maybe_float(2, "momentum"),
        false => Ok(Some(0.1)),
    }
}
