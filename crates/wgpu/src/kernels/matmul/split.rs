//! Matrix products that are split in two, because a tensor is too large for one binding or a sum too long for the driver.

use super::Task;
use crate::kernels::split::{self, farthest, in_halves};
use rushlight_backend::plan::{ProductPlan, Split};
use rushlight_backend::{Error, Result, View};
use smallvec::SmallVec;

/// Splits the dimension along which a tensor that cannot be bound extends farthest.
pub(super) fn halves(task: &Task<'_>) -> Result<()> {
    let views: SmallVec<[View<'_>; 4]> = [task.a, task.b, task.out]
        .into_iter()
        .chain(task.bias)
        .collect();
    let rank = task.out.layout().shape().len();
    let Some(split) = farthest(task.gpu, &views, ProductPlan::splits(rank)) else {
        return Err(Error::unsupported(format!(
            "{}: {:?} x {:?}: too large for this GPU, and cannot be split",
            task.name,
            task.a.layout().shape(),
            task.b.layout().shape()
        )));
    };
    if split.dim(2).is_none() {
        return terms(task, split);
    }
    in_halves(split, &views, |_, views| {
        let factors = [views[0], views[1]];
        Task::new(
            task.gpu,
            task.name,
            factors,
            views.get(3).copied(),
            views[2],
        )
        .run()
    })
}

/// Splits each sum.
pub(super) fn sums(task: &Task<'_>) -> Result<()> {
    let mut splits = ProductPlan::splits(task.out.layout().shape().len());
    splits
        .next_back()
        .map_or(Ok(()), |split| terms(task, split))
}

fn terms(task: &Task<'_>, split: Split) -> Result<()> {
    let (gpu, factors) = (task.gpu, [task.a, task.b]);
    split::sum_of_halves(gpu, split, &factors, &task.out, |i, factors, out| {
        let bias = task.bias.filter(|_| i == 0);
        Task::new(gpu, task.name, [factors[0], factors[1]], bias, *out).run()
    })
}
