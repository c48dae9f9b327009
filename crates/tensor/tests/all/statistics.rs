//! Statistics, searches and counts: what they refuse, in which words, and what no sample of PyTorch's shows.

use rushlight_tensor::{
    DType, QuantileInterpolation as Between, Result, SearchOptions, Spacing, Tensor, tensor,
};

/// Claims that a call is refused with an error that says all of `words`.
#[track_caller]
fn refused<T>(call: Result<T>, words: &[&str]) {
    let Err(e) = call else {
        panic!("an answer where an error says {words:?}");
    };
    let text = e.to_string();
    for word in words {
        assert!(text.contains(word), "{text:?} does not say {word:?}");
    }
    assert!(
        text.contains("statistics.rs"),
        "{text:?} does not say where"
    );
}

#[test]
fn nothing_has_no_extreme() -> Result<()> {
    let x = Tensor::zeros([5, 0, 3], ())?;
    refused(x.max(), &["amax", "dimension 1 is empty"]);
    refused(x.amin(1, true), &["amin", "dimension 1 is empty"]);
    refused(x.aminmax_dim(1, false), &["dimension 1 is empty"]);
    refused(x.norm_dim(-1.0, 1, false), &["norm", "-1", "[5, 0, 3]"]);
    refused(x.median_dim(1, false), &["median", "[5, 0, 3]"]);
    refused(x.mode(1, false), &["mode", "[5, 0, 3]"]);
    assert_eq!(x.amax(0, false)?.shape(), [0, 3]);
    assert!(x.median()?.item::<f32>()?.is_nan());
    Ok(())
}

#[test]
fn arguments_that_do_not_fit_are_refused() -> Result<()> {
    let x = tensor!([[1.0, 2.0], [3.0, 4.0]]);
    refused(x.sum_to_size([3, 2]), &["sum_to_size", "[3, 2]", "[2, 2]"]);
    refused(
        x.cov(1.0, Some(&tensor!([1.0, 2.0])), None),
        &["fweights", "integers", "float32"],
    );
    refused(
        x.cov(1.0, None, Some(&tensor!([-1.0, 2.0]))),
        &["aweights", "negative"],
    );
    refused(
        x.cov(1.0, Some(&tensor!([1])), None),
        &["fweights", "[1]", "2"],
    );
    refused(
        x.quantile(1.5, None, false, Between::Linear),
        &["quantile", "between 0 and 1"],
    );
    refused(
        tensor!([1]).nanquantile(0.5, None, false, Between::Linear),
        &["nanquantile", "int64"],
    );
    refused(x.renorm(0.0, 0, 1.0), &["renorm", "p must be positive"]);
    refused(
        x.bucketize(&x, SearchOptions::default()),
        &["boundaries", "[2, 2]"],
    );
    refused(
        x.searchsorted(1.0, SearchOptions::default()),
        &["searchsorted", "[]", "[2, 2]"],
    );
    refused(x.histc(0, 0.0, 1.0), &["histc", "bins"]);
    refused(x.histc(3, 2.0, 1.0), &["histc", "2", "1"]);
    refused(
        x.histogram(2, Some((0.0, f64::INFINITY)), None, false),
        &["histogram", "finite"],
    );
    refused(tensor!([1, -3]).bincount(None, 0), &["bincount", "-3"]);
    refused(
        x.diff(1, 0, Some(&tensor!([1.0])), None),
        &["diff", "prepend", "[1]", "[2, 2]"],
    );
    refused(
        x.gradient(Spacing::Equal(1.0), (), 2),
        &["gradient", "3 samples", "[2, 2]"],
    );
    refused(
        x.gradient(Spacing::Steps(&[1.0]), (), 1),
        &["gradient", "2 dimensions", "1"],
    );
    refused(
        x.trapezoid(&tensor!([1.0]), 0),
        &["trapezoid", "[1]", "[2, 2]"],
    );
    refused(x.unique_dim(2), &["unique", "dimension 2"]);
    refused(x.combinations(2, false), &["combinations", "[2, 2]"]);
    refused(x.unravel_index(3), &["unravel_index", "float32"]);
    refused(tensor!([true]).median(), &["median", "bool"]);
    Ok(())
}

#[test]
fn ranks() -> Result<()> {
    let nan = f32::NAN;
    let x = tensor!([[3.0, nan, 1.0], [2.0, 1.0, 2.0]]);
    let (values, indices) = x.median_dim(1, false)?;
    assert!(values.to_vec::<f32>()?[0].is_nan());
    assert_eq!(indices.to_vec::<i64>()?, [1, 0]);
    let (values, indices) = x.nanmedian_dim(1, false)?;
    assert_eq!(values.to_vec::<f32>()?, [1.0, 2.0]);
    assert_eq!(indices.to_vec::<i64>()?, [2, 0]);
    let x = tensor!([1.0, 2.0, 4.0, 8.0]);
    for (between, expected) in [
        (Between::Linear, 2.8),
        (Between::Lower, 2.0),
        (Between::Higher, 4.0),
        (Between::Midpoint, 3.0),
        (Between::Nearest, 2.0),
    ] {
        let found = x.quantile(1.4 / 3.0, None, false, between)?.item::<f32>()?;
        assert!((found - expected).abs() < 1e-5, "{between:?}: {found}");
    }
    let each = tensor!([0.0, 1.0]);
    let found = x.quantile(&each, Some(0), true, Between::Linear)?;
    assert_eq!(found.to_vec2::<f32>()?, [[1.0], [8.0]]);
    Ok(())
}

#[test]
fn searches_count_what_comes_before() -> Result<()> {
    let sorted = Tensor::arange(0, 100, 2, ())?;
    let values = Tensor::arange(-3, 103, 1, ())?;
    for right in [false, true] {
        let options = SearchOptions {
            right,
            ..SearchOptions::default()
        };
        let expected: Vec<i64> = (-3..103)
            .map(|v| {
                (0..100)
                    .step_by(2)
                    .filter(|&s| s < v || (right && s == v))
                    .count() as i64
            })
            .collect();
        assert_eq!(
            sorted.searchsorted(&values, options)?.to_vec::<i64>()?,
            expected
        );
    }
    let unsorted = tensor!([5, 1, 3]);
    let options = SearchOptions {
        out_int32: true,
        sorter: Some(&unsorted.argsort(0, false)?),
        ..SearchOptions::default()
    };
    let found = unsorted.searchsorted(4, options)?;
    assert_eq!((found.dtype(), found.item::<i32>()?), (DType::I32, 2));
    Ok(())
}

#[test]
fn slices_without_repetitions() -> Result<()> {
    let x = tensor!([[2, 1, 2], [1, 9, 9], [2, 1, 2], [2, 0, 7]]);
    let unique = x.unique_dim(0)?;
    assert_eq!(
        unique.values.to_vec2::<i64>()?,
        [[1, 9, 9], [2, 0, 7], [2, 1, 2]]
    );
    assert_eq!(unique.inverse.to_vec::<i64>()?, [2, 0, 2, 1]);
    assert_eq!(unique.counts.to_vec::<i64>()?, [1, 1, 2]);
    let runs = tensor!([1, 1, 2, 1]).unique_consecutive()?;
    assert_eq!(runs.values.to_vec::<i64>()?, [1, 2, 1]);
    assert_eq!(runs.counts.to_vec::<i64>()?, [2, 1, 1]);
    Ok(())
}
