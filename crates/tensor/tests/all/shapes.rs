//! What shapes, joins and writes by index refuse, in words, and the corners that few programs reach.

use rushlight_tensor::{DType, Result, ScatterReduce, Tensor, tensor};

#[track_caller]
fn refused<T>(r: Result<T>, words: &str) {
    let text = r.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.starts_with(words), "{text:?}, expected {words:?}");
}

fn matrix() -> Result<Tensor> {
    Tensor::arange(0, 6, 1, ())?.reshape([2, 3])
}

#[test]
fn shapes_that_do_not_fit() -> Result<()> {
    let x = matrix()?;
    refused(
        x.view([isize::MAX, isize::MAX]),
        "view: shape [9223372036854775807, 9223372036854775807] does not fit the 6 elements",
    );
    refused(
        x.narrow(0, 1, 2),
        "narrow: 2 entries from 1 on do not fit dimension 0 of shape [2, 3]",
    );
    refused(
        x.narrow(0, &tensor!([1, 1]), 1),
        "narrow: the start must be an integer or an integer tensor of no dimension, got a tensor of shape [2] and int64",
    );
    refused(
        tensor!(1).narrow(0, 0, 1),
        "narrow: a scalar has no dimension 0",
    );
    refused(
        x.slice_scatter(&tensor!([1]), 0, 0, 1, 1),
        "slice_scatter: the source has shape [1], the view that it replaces [1, 3]",
    );
    refused(
        x.select_scatter(&tensor!([1, 2, 3]), 0, 2),
        "select_scatter: index 2 is out of range for dimension 0 of size 2",
    );
    refused(
        x.diag_embed(0, 0, -3),
        "diag_embed: two different dimensions of a result",
    );
    refused(
        x.roll([2, 1], 0),
        "roll: shifts [2, 1] and dimensions [0] must be as many",
    );
    refused(
        x.rot90(1, [1, -1]),
        "rot90: the dimensions of a plane differ",
    );
    refused(
        x.h().and_then(|t| t.unsqueeze(0)?.h()),
        "h: expected a matrix",
    );
    Ok(())
}

#[test]
fn joins_and_cuts_that_do_not_fit() -> Result<()> {
    let x = matrix()?;
    refused(
        Tensor::hstack::<Tensor>(&[]),
        "hstack: expected at least one tensor",
    );
    refused(
        Tensor::vstack(&[&x, &tensor!([1, 2])]),
        "vstack: shapes [2, 3] and [1, 2] differ outside dimension 0",
    );
    refused(
        x.hsplit(2),
        "hsplit: dimension 1 of shape [2, 3] cannot be split into 2 equal parts",
    );
    refused(
        x.dsplit(1),
        "dsplit: expected at least 3 dimensions, got shape [2, 3]",
    );
    refused(
        x.repeat_interleave(&tensor!([1, -1]), 0),
        "repeat_interleave: the repeats must be from 0 on, one is -1",
    );
    refused(
        Tensor::meshgrid(&[&tensor!([1]), &tensor!([1.0])]),
        "meshgrid: dtypes differ: int64 and float32",
    );
    // Empty vectors are skipped, but for their dtype.
    let none = Tensor::zeros(0, DType::F64)?;
    let joined = Tensor::cat(&[&none, &x], 1)?;
    assert_eq!((joined.shape(), joined.dtype()), (&[2, 3][..], DType::F64));
    assert_eq!(Tensor::block_diag::<Tensor>(&[])?.shape(), [1, 0]);
    Ok(())
}

#[test]
fn writes_by_index() -> Result<()> {
    let x = tensor!([1, 2, 3]);
    let (at, source) = (tensor!([0, 0]), tensor!([5, 4]));
    refused(
        x.index_reduce(0, &at, &source, ScatterReduce::Sum, true),
        "index_reduce: the reductions are prod, mean, amax and amin",
    );
    refused(
        x.gt(1)?
            .scatter_reduce(0, &at, &x.gt(2)?, ScatterReduce::Mean, true),
        "scatter_reduce: there is no mean of bool",
    );
    refused(
        x.index_add_alpha(0, &at, &source, 0.5),
        "index_add: int64 takes no factor that is a float",
    );
    refused(
        x.put(&at, &tensor!([1]), true),
        "put: index [2] and source [1] must have as many elements",
    );
    refused(
        x.masked_scatter(&x.gt(1)?, &tensor!([7])),
        "masked_scatter: the mask is true 2 times, the source of shape [1] has 1 elements",
    );
    refused(
        x.index_put(&at, &tensor!([1.0]), false),
        "index_put: dtypes differ: int64 and float32",
    );
    refused(
        x.index_put(&at, &tensor!([1, 2, 3]), false),
        "index: a value of shape [3] does not fit the indexed elements of shape [2]",
    );
    // The old value is left out, whatever it is, in every dtype.
    for dtype in [DType::I8, DType::U8, DType::I64, DType::F16, DType::F64] {
        let (x, source) = (tensor!([100, 2]).to(dtype)?, source.to(dtype)?);
        let reduced = |reduce| {
            let y = x.scatter_reduce(0, &at, &source, reduce, false)?;
            y.to(DType::I64)?.to_vec::<i64>()
        };
        assert_eq!(reduced(ScatterReduce::Sum)?, [9, 2]);
        assert_eq!(reduced(ScatterReduce::Prod)?, [20, 2]);
        assert_eq!(reduced(ScatterReduce::Mean)?, [4, 2]);
        assert_eq!(reduced(ScatterReduce::Amax)?, [5, 2]);
        assert_eq!(reduced(ScatterReduce::Amin)?, [4, 2]);
    }
    // An empty index reads and writes nothing, whatever its dtype and shape.
    let nothing = Tensor::zeros([2, 0], DType::U8)?;
    assert_eq!(x.gather(0, &nothing)?.shape(), [2, 0]);
    assert!(x.scatter(0, &nothing, 7)?.equal(&x)?);
    Ok(())
}
