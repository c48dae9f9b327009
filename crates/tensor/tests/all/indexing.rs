//! Square brackets, against numbers from PyTorch.

use rushlight_tensor::{Ellipsis, NewAxis, Result, Tensor, step, tensor};

fn counted(shape: &[usize]) -> Result<Tensor> {
    Tensor::arange(0, shape.iter().product::<usize>(), 1, ())?.reshape(shape)
}

#[test]
fn positions_ranges_and_new_axes() -> Result<()> {
    let x = counted(&[2, 3, 4])?;
    assert_eq!(x.i((1, 2, -1))?.item::<i64>()?, 23);
    assert_eq!(x.i(1)?.shape(), [3, 4]);
    assert_eq!(
        x.i((.., 0..2, step(.., 3)))?.to_vec::<i64>()?,
        [0, 3, 4, 7, 12, 15, 16, 19]
    );
    assert_eq!(
        x.i((Ellipsis, 1))?.to_vec2::<i64>()?,
        [[1, 5, 9], [13, 17, 21]]
    );
    assert_eq!(x.i((NewAxis, Ellipsis, NewAxis))?.shape(), [1, 2, 3, 4, 1]);
    assert_eq!(x.i((0, -2.., ..=1))?.to_vec2::<i64>()?, [[4, 5], [8, 9]]);
    assert!(x.i((1, ..))?.shares_memory(&x));
    Ok(())
}

#[test]
fn tensors_of_positions() -> Result<()> {
    let x = counted(&[3, 4])?;
    let rows = tensor!([[0, 2], [1, -1]]);
    assert_eq!(x.i(&rows)?.shape(), [2, 2, 4]);
    assert_eq!(
        x.i((&rows, &tensor!([3, 0])))?.to_vec2::<i64>()?,
        [[3, 8], [7, 8]]
    );
    assert_eq!(
        x.i((.., &tensor!([1, 1])))?.to_vec2::<i64>()?,
        [[1, 1], [5, 5], [9, 9]]
    );
    let y = counted(&[2, 3, 4])?;
    // Apart from each other, the indexed dimensions come first.
    assert_eq!(
        y.i((&tensor!([0, 1]), .., &tensor!([1, 2])))?
            .to_vec2::<i64>()?,
        [[1, 5, 9], [14, 18, 22]]
    );
    assert_eq!(
        y.i((.., &tensor!([2, 0]), &tensor!([3, 1])))?
            .to_vec2::<i64>()?,
        [[11, 1], [23, 13]]
    );
    Ok(())
}

#[test]
fn masks() -> Result<()> {
    let x = counted(&[3, 4])?;
    assert_eq!(x.i(&x.remainder(5)?.eq(0)?)?.to_vec::<i64>()?, [0, 5, 10]);
    // A mask of no dimension takes all or nothing, along a new dimension.
    assert_eq!(x.i((&tensor!(true), 0))?.to_vec2::<i64>()?, [[0, 1, 2, 3]]);
    assert_eq!(x.i(&tensor!(false))?.shape(), [0, 3, 4]);
    assert_eq!(
        x.i(&tensor!([true, false, true]))?.to_vec2::<i64>()?,
        [[0, 1, 2, 3], [8, 9, 10, 11]]
    );
    assert_eq!(
        x.i((.., &tensor!([false, true, false, true])))?
            .to_vec2::<i64>()?,
        [[1, 3], [5, 7], [9, 11]]
    );
    Ok(())
}

#[test]
fn assigning() -> Result<()> {
    let x = Tensor::zeros([3, 4], ())?;
    x.set((1, 1..3), 7)?;
    x.set((.., 0), &tensor!([1.0, 2.0, 3.0]))?;
    x.set((&tensor!([0, 2]), &tensor!([3, 3])), &tensor!([5.0, 6.0]))?;
    assert_eq!(
        x.to_vec::<f32>()?,
        [1.0, 0.0, 0.0, 5.0, 2.0, 7.0, 7.0, 0.0, 3.0, 0.0, 0.0, 6.0]
    );
    x.set(&x.gt(4)?, -1)?;
    assert_eq!(
        x.to_vec::<f32>()?,
        [
            1.0, 0.0, 0.0, -1.0, 2.0, -1.0, -1.0, 0.0, 3.0, 0.0, 0.0, -1.0
        ]
    );
    x.t()?.set(&tensor!([0, 0]), &tensor!([9.0]))?;
    assert_eq!(x.select(1, 0)?.to_vec::<f32>()?, [9.0, 9.0, 9.0]);
    let counts = Tensor::zeros(4, ())?;
    counts.index_put_(&tensor!([1, 3, 1]), 1, true)?;
    assert_eq!(counts.to_vec::<f32>()?, [0.0, 2.0, 0.0, 1.0]);
    Ok(())
}

#[test]
fn what_does_not_fit_is_named() -> Result<()> {
    let x = counted(&[3, 4])?;
    let text = |r: Result<Tensor>| r.unwrap_err().to_string();
    assert!(
        text(x.i((0, 4)))
            .starts_with("index: index 4 is out of range for dimension 1 of size 4 (shape [3, 4])")
    );
    assert!(
        text(x.i((0, 0, 0))).starts_with("index: 3 entries for the 2 dimensions of shape [3, 4]")
    );
    assert!(
        text(x.i(&tensor!([0, 3]))).contains("index 3 is out of range for dimension 0 of size 3")
    );
    assert!(
        text(x.i(&tensor!([0, -4]))).contains("index -4 is out of range for dimension 0 of size 3")
    );
    assert!(
        text(x.i((&tensor!([0]), &tensor!([-5]))))
            .starts_with("index: index -5 is out of range for dimension 1 of size 4")
    );
    assert!(text(x.i(&tensor!([1.0]))).starts_with(
        "index: an index must be positions in int64 or int32 or a bool mask, not float32"
    ));
    assert!(
        text(x.i(&tensor!([true, false])))
            .starts_with("index: a mask of shape [2] does not fit shape [3, 4]")
    );
    Ok(())
}

#[test]
fn negative_positions_count_from_the_end_where_pytorch_lets_them() -> Result<()> {
    let (x, last) = (tensor!([10, 20, 30]), tensor!([-1]));
    assert_eq!(x.i(&last)?.to_vec::<i64>()?, [30]);
    assert_eq!(x.take(&last)?.to_vec::<i64>()?, [30]);
    let put = x.put(&last, &tensor!([5]), false)?;
    assert_eq!(put.to_vec::<i64>()?, [10, 20, 5]);
    let filled = x.index_fill(0, &last, 7)?;
    assert_eq!(filled.to_vec::<i64>()?, [10, 20, 7]);
    assert_eq!(
        x.take_along_dim(&tensor!([-1, 4]), 0)?.to_vec::<i64>()?,
        [30, 20]
    );
    let error = x.take_along_dim(&last, None).unwrap_err().to_string();
    assert!(error.contains("index -1 is out of range"), "{error}");
    let error = x.take(&tensor!([-4])).unwrap_err().to_string();
    assert!(error.contains("index -4 is out of range"), "{error}");
    Ok(())
}

#[test]
fn an_error_counts_dimensions_of_the_indexed_tensor() -> Result<()> {
    let x = counted(&[2, 3, 4, 5])?;
    let at = |n: i64| tensor!([0, n]);
    let cases: [(Result<Tensor>, &str); 12] = [
        (
            x.i((0, 3)),
            "index 3 is out of range for dimension 1 of size 3 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((1, 2, -5)),
            "index -5 is out of range for dimension 2 of size 4 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((0, 0, 0, 5)),
            "index 5 is out of range for dimension 3 of size 5 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((.., 1, 4)),
            "index 4 is out of range for dimension 2 of size 4 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((NewAxis, 0, NewAxis, 3)),
            "index 3 is out of range for dimension 1 of size 3 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((0, Ellipsis, 5)),
            "index 5 is out of range for dimension 3 of size 5 (shape [2, 3, 4, 5])",
        ),
        // A range shortens a dimension, and the message still names the tensor as it was.
        (
            x.i((0, 0..2, 4)),
            "index 4 is out of range for dimension 2 of size 4 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((0, 1, &at(4))),
            "index 4 is out of range for dimension 2 of size 4",
        ),
        (
            x.i((NewAxis, 0, &at(-4))),
            "index -4 is out of range for dimension 1 of size 3",
        ),
        (
            x.i((0, &at(2), &at(4))),
            "index 4 is out of range for dimension 2 of size 4 (shape [2, 3, 4, 5])",
        ),
        (
            x.i((1, 1, &tensor!([true, false]))),
            "a mask of shape [2] does not fit shape [2, 3, 4, 5] at dimension 2",
        ),
        (
            x.i((0, 0, 0, 0, 0)),
            "5 entries for the 4 dimensions of shape [2, 3, 4, 5]",
        ),
    ];
    for (found, right) in cases {
        let e = found.unwrap_err();
        assert_eq!(e.message(), format!("index: {right}"));
        assert!(e.location().file().ends_with("indexing.rs"));
    }
    let e = x.set((0, 0, &at(9)), 1).unwrap_err();
    let right = "index_put: index 9 is out of range for dimension 2 of size 4";
    assert_eq!(e.message(), right);
    let e = x.set((0, 3), 1).unwrap_err();
    assert!(
        e.message()
            .starts_with("index: index 3 is out of range for dimension 1 of size 3")
    );
    Ok(())
}
