//! Padding.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure};
use rushlight::nn::{Pad, Sides};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.CircularPad1d" = "nn::Pad::<1>::circular": |a| Pad::<1>::circular(sides(a)?);
    "nn.CircularPad2d" = "nn::Pad::<2>::circular": |a| Pad::<2>::circular(sides(a)?);
    "nn.CircularPad3d" = "nn::Pad::<3>::circular": |a| Pad::<3>::circular(sides(a)?);
    "nn.ConstantPad1d" = "nn::Pad::<1>::constant": |a| Pad::<1>::constant(sides(a)?, a.scalar(1, "value")?);
    "nn.ConstantPad2d" = "nn::Pad::<2>::constant": |a| Pad::<2>::constant(sides(a)?, a.scalar(1, "value")?);
    "nn.ConstantPad3d" = "nn::Pad::<3>::constant": |a| Pad::<3>::constant(sides(a)?, a.scalar(1, "value")?);
    "nn.ReflectionPad1d" = "nn::Pad::<1>::reflect": |a| Pad::<1>::reflect(sides(a)?);
    "nn.ReflectionPad2d" = "nn::Pad::<2>::reflect": |a| Pad::<2>::reflect(sides(a)?);
    "nn.ReflectionPad3d" = "nn::Pad::<3>::reflect": |a| Pad::<3>::reflect(sides(a)?);
    "nn.ReplicationPad1d" = "nn::Pad::<1>::replicate": |a| Pad::<1>::replicate(sides(a)?);
    "nn.ReplicationPad2d" = "nn::Pad::<2>::replicate": |a| Pad::<2>::replicate(sides(a)?);
    "nn.ReplicationPad3d" = "nn::Pad::<3>::replicate": |a| Pad::<3>::replicate(sides(a)?);
    "nn.ZeroPad1d" = "nn::Pad::<1>::zeros": |a| Pad::<1>::zeros(sides(a)?);
    "nn.ZeroPad2d" = "nn::Pad::<2>::zeros": |a| Pad::<2>::zeros(sides(a)?);
    "nn.ZeroPad3d" = "nn::Pad::<3>::zeros": |a| Pad::<3>::zeros(sides(a)?);
};

fn sides<const N: usize>(a: &Args) -> Answer<Sides<N>> {
    let list = a.ints(0, "padding")?;
    if let [one] = list[..] {
        return Ok(one.into());
    }
    let (pairs, rest) = list.as_chunks::<2>();
    match <[[isize; 2]; N]>::try_from(pairs) {
        Ok(sides) if rest.is_empty() => Ok(sides.into()),
        _ => Err(Failure::Unsupported(format!(
            "a padding of {N} dimensions by {list:?}"
        ))),
    }
}
