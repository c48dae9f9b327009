//! Views alias, whatever they are views of; checked against the plain definition of each by its indices.

use proptest::prelude::*;
use rushlight_tensor::{Result, Tensor, tensor};

/// A small tensor that counts, of up to four dimensions, perhaps transposed and stepped.
fn tensors() -> impl Strategy<Value = Tensor> {
    (
        prop::collection::vec(1usize..5, 1..5),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(shape, turned, stepped)| {
            let numel: usize = shape.iter().product();
            let mut x = Tensor::arange(0, numel, 1, ())
                .and_then(|x| x.reshape(shape))
                .unwrap();
            if turned {
                x = x.transpose(0, -1).unwrap();
            }
            if stepped {
                x = x.slice(0, 0, isize::MAX, 2).unwrap();
            }
            x
        })
}

/// The element at `index`, read through `select` alone.
fn at(x: &Tensor, index: &[usize]) -> i64 {
    let point = index
        .iter()
        .try_fold(x.clone(), |x, &i| x.select(0, i as isize))
        .unwrap();
    point.item().unwrap()
}

fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![vec![]], |rows, &n| {
        rows.iter()
            .flat_map(|row| (0..n).map(|i| [row.as_slice(), &[i]].concat()))
            .collect()
    })
}

proptest! {
    #[test]
    fn transposing_swaps_indices(x in tensors()) {
        let y = x.transpose(0, -1).unwrap();
        for mut i in indices(x.shape()) {
            let before = at(&x, &i);
            let last = i.len() - 1;
            i.swap(0, last);
            prop_assert_eq!(at(&y, &i), before);
        }
    }

    #[test]
    fn reshaping_keeps_the_order(x in tensors()) {
        let flat = x.to_vec::<i64>().unwrap();
        let y = x.reshape(-1).unwrap();
        prop_assert_eq!(y.to_vec::<i64>().unwrap(), flat.clone());
        for (k, i) in indices(x.shape()).into_iter().enumerate() {
            prop_assert_eq!(at(&x, &i), flat[k]);
        }
    }

    #[test]
    fn a_view_is_laid_over_the_same_memory_or_refused(x in tensors(), split in 1usize..4) {
        let shape: Vec<usize> = if x.numel() % split == 0 { vec![split, x.numel() / split] } else { vec![x.numel()] };
        if let Ok(view) = x.view(shape) {
            prop_assert!(view.shares_memory(&x));
            prop_assert_eq!(view.to_vec::<i64>().unwrap(), x.to_vec::<i64>().unwrap());
            view.fill_(-7).unwrap();
            prop_assert!(x.eq(-7).unwrap().all().unwrap().item::<bool>().unwrap());
        } else {
            prop_assert!(!x.is_contiguous());
        }
    }

    #[test]
    fn slices_step_as_pythons_do(x in tensors(), start in -6isize..6, end in -6isize..6, step in 1usize..4) {
        let n = x.shape()[0] as isize;
        let bound = |b: isize| if b < 0 { (b + n).max(0) } else { b.min(n) };
        let expected: Vec<isize> = (bound(start)..bound(end)).step_by(step).collect();
        let y = x.slice(0, start, end, step).unwrap();
        prop_assert_eq!(y.shape()[0], expected.len());
        for (k, &i) in expected.iter().enumerate() {
            let (a, b) = (y.select(0, k as isize).unwrap(), x.select(0, i).unwrap());
            prop_assert_eq!(a.to_vec::<i64>().unwrap(), b.to_vec::<i64>().unwrap());
        }
    }

    #[test]
    fn expanding_repeats(x in tensors(), n in 1usize..4) {
        let mut shape = vec![n];
        shape.extend(x.shape());
        let y = x.expand(&shape).unwrap();
        prop_assert!(y.shares_memory(&x));
        for k in 0..n {
            prop_assert_eq!(y.select(0, k as isize).unwrap().to_vec::<i64>().unwrap(), x.to_vec::<i64>().unwrap());
        }
    }

    #[test]
    fn cutting_and_joining_gives_the_tensor_back(x in tensors(), size in 1usize..4) {
        let parts = x.split(size, -1).unwrap();
        let whole = Tensor::cat(&parts.iter().collect::<Vec<_>>(), -1).unwrap();
        prop_assert!(whole.equal(&x).unwrap());
        let rows = x.unbind(0).unwrap();
        prop_assert!(Tensor::stack(&rows.iter().collect::<Vec<_>>(), 0).unwrap().equal(&x).unwrap());
    }
}

#[test]
fn writes_show_through_every_view() -> Result<()> {
    let x = Tensor::zeros([4, 6], ())?;
    x.t()?.select(0, 1)?.fill_(1)?;
    x.narrow(0, 2, 2)?.slice(1, 0, 6, 2)?.add_(10)?;
    x.diagonal(0, 0, 1)?.copy_(&tensor!([5.0, 5.0, 5.0, 5.0]))?;
    x.unfold(1, 2, 4)?.select(1, 1)?.mul_(2)?;
    assert_eq!(
        x.to_vec2::<f32>()?,
        [
            [5.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 5.0, 0.0, 0.0, 0.0, 0.0],
            [10.0, 1.0, 5.0, 0.0, 20.0, 0.0],
            [10.0, 1.0, 10.0, 5.0, 20.0, 0.0]
        ]
    );
    Ok(())
}

#[test]
fn overlapping_writes_read_before_they_write() -> Result<()> {
    let m = tensor!([[1.0, 2.0], [3.0, 4.0]]);
    m.add_(&m)?;
    m.add_(&m.t()?)?;
    assert_eq!(m.to_vec::<f32>()?, [4.0, 10.0, 10.0, 16.0]);
    let x = Tensor::arange(0, 6, 1, ())?;
    x.narrow(0, 1, 5)?.copy_(&x.narrow(0, 0, 5)?)?;
    assert_eq!(x.to_vec::<i64>()?, [0, 0, 1, 2, 3, 4]);
    Ok(())
}

#[test]
fn writing_where_elements_share_a_place_is_refused() -> Result<()> {
    let error = tensor!([1.0]).expand([3])?.add_(1).unwrap_err().to_string();
    assert!(
        error.starts_with("add: several elements of the tensor written to share a memory location"),
        "{error}"
    );
    Ok(())
}
