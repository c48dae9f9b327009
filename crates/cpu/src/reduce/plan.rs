//! The loops of a reduction: which dimensions stay, which are folded, merged where they lie in one line.

use crate::operand::Operand;
use rushlight_backend::{Axes, MAX_RANK};
use smallvec::SmallVec;

/// One loop: its length, and how far a step goes in the input and the output.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub n: usize,
    pub x: usize,
    pub out: usize,
}

/// Nested loops, outermost first.
pub(super) type Loops = SmallVec<[Axis; MAX_RANK]>;

/// The loops over outputs and, for each, over the elements folded into it.
pub(super) struct Plan {
    pub kept: Loops,
    pub folded: Loops,
    /// How many outputs.
    pub outputs: usize,
    /// How many elements fold into each.
    pub count: usize,
}

impl Plan {
    pub fn new(axes: Axes, x: &Operand<'_>, out: &Operand<'_>) -> Plan {
        let (mut kept, mut folded) = (Loops::new(), Loops::new());
        let (mut outputs, mut count) = (1, 1);
        for (d, (&n, &stride)) in x.shape().iter().zip(x.strides()).enumerate() {
            let fold = axes.contains(d);
            *(if fold { &mut count } else { &mut outputs }) *= n;
            if n != 1 {
                let (list, out) = match fold {
                    true => (&mut folded, 0),
                    false => (&mut kept, out.strides()[d]),
                };
                list.push(Axis { n, x: stride, out });
            }
        }
        if count == 0 {
            // The other loops may be of any length.
            folded.retain(|axis| axis.n == 0);
            folded.truncate(1);
        }
        merge(&mut kept);
        merge(&mut folded);
        Plan {
            kept,
            folded,
            outputs,
            count,
        }
    }

    /// Whether outputs lie side by side in the input, and the elements of one do not.
    pub fn by_columns(&self) -> bool {
        let step = |axes: &Loops| axes.last().map(|a| a.x);
        self.count > 1 && step(&self.kept) == Some(1) && step(&self.folded) != Some(1)
    }
}

/// Sorts loops by step, the largest outermost, and joins those that continue each other.
fn merge(axes: &mut Loops) {
    if axes.len() < 2 {
        return;
    }
    axes.sort_by_key(|a| std::cmp::Reverse(a.x));
    let mut merged = Loops::new();
    for &axis in axes.iter() {
        match merged.last_mut() {
            Some(last) if last.x == axis.n * axis.x && last.out == axis.n * axis.out => {
                *last = Axis {
                    n: last.n * axis.n,
                    ..axis
                };
            }
            _ => merged.push(axis),
        }
    }
    *axes = merged;
}

/// Offsets in input and output of step `i` of nested loops.
#[inline(always)]
pub(super) fn offsets(axes: &[Axis], mut i: usize) -> (usize, usize) {
    let (mut x, mut out) = (0, 0);
    if let [axis] = axes {
        return (i * axis.x, i * axis.out);
    }
    for axis in axes.iter().rev() {
        let at = i % axis.n;
        i /= axis.n;
        x += at * axis.x;
        out += at * axis.out;
    }
    (x, out)
}
