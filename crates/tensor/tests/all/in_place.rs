//! In-place forms whose result is written over the tensor, and those that replace the handle; values from PyTorch.

use rushlight_tensor::{DType, ErrorKind, Result, Tensor, tensor};

fn rows(t: &Tensor) -> Vec<Vec<f32>> {
    t.to_vec2().unwrap()
}

fn counted(rows: usize, columns: usize) -> Result<Tensor> {
    Tensor::arange(0, rows * columns, 1, DType::F32)?.reshape([rows, columns])
}

#[test]
fn triangles_scans_and_norms() -> Result<()> {
    let x = counted(3, 3)?;
    x.tril_(-1)?;
    assert_eq!(
        rows(&x),
        [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [6.0, 7.0, 0.0]]
    );
    let x = counted(3, 3)?;
    x.triu_(1)?;
    assert_eq!(
        rows(&x),
        [[0.0, 1.0, 2.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]]
    );
    let x = tensor!([1.0, 2.0, 3.0, 4.0]);
    x.cumprod_(0)?;
    assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0, 6.0, 24.0]);
    // The dtype stays, although the sum of int32 is int64.
    let x = Tensor::ones(3, DType::I32)?;
    x.cumsum_(0)?;
    assert_eq!((x.dtype(), x.to_vec::<i32>()?), (DType::I32, vec![1, 2, 3]));
    let e = tensor!([true, false]).cumsum_(0).unwrap_err();
    assert!(
        e.message().starts_with("cumsum_: the result is int64"),
        "{e}"
    );
    let x = counted(2, 3)?;
    x.renorm_(2.0, 0, 2.0)?;
    let right = [0.0, 0.89442724, 1.7888545, 0.84852815, 1.131371, 1.4142137];
    for (found, right) in x.to_vec::<f32>()?.iter().zip(right) {
        assert!((found - right).abs() < 1e-6, "{x}");
    }
    Ok(())
}

#[test]
fn comparisons_keep_dtype_and_shape() -> Result<()> {
    let x = tensor!([1, 2]);
    x.lt_(2)?;
    assert_eq!(x.to_vec::<i64>()?, [1, 0]);
    let x = tensor!([1.0, 2.0]);
    x.ge_(&tensor!([1.5]))?;
    assert_eq!(x.to_vec::<f32>()?, [0.0, 1.0]);
    for compare in [
        |x: &Tensor, y: &Tensor| x.eq_(y),
        |x: &Tensor, y: &Tensor| x.ne_(y),
        |x: &Tensor, y: &Tensor| x.le_(y),
        |x: &Tensor, y: &Tensor| x.gt_(y),
    ] {
        let e = compare(&x, &counted(2, 2)?).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Shape);
        assert!(
            e.message()
                .ends_with("_: a result of shape [2, 2] cannot be written into shape [2]"),
            "{e}"
        );
        assert!(e.location().file().ends_with("in_place.rs"), "{e}");
    }
    Ok(())
}

#[test]
fn products_with_an_addend() -> Result<()> {
    let m = counted(2, 3)?;
    let x = Tensor::ones([2, 2], ())?;
    x.addmm_(&m, &m.t()?, 0.5, 2)?;
    assert_eq!(rows(&x), [[10.5, 28.5], [28.5, 100.5]]);
    let x = Tensor::ones(2, ())?;
    x.addmv_(&m, &Tensor::ones(3, ())?, 0.5, 2)?;
    assert_eq!(x.to_vec::<f32>()?, [6.5, 24.5]);
    let x = Tensor::ones([2, 3], ())?;
    x.addr_(&tensor!([1.0, 2.0]), &tensor!([1.0, 2.0, 3.0]), 0.5, 2)?;
    assert_eq!(rows(&x), [[2.5, 4.5, 6.5], [4.5, 8.5, 12.5]]);
    let b = Tensor::stack(&[m.clone(), m.add(1.0)?], 0)?;
    let x = Tensor::ones([2, 2, 2], ())?;
    x.baddbmm_(&b, &b.mt()?, 0.5, 2)?;
    assert_eq!(
        x.to_vec::<f32>()?,
        [10.5, 28.5, 28.5, 100.5, 28.5, 64.5, 64.5, 154.5]
    );
    let x = Tensor::ones([2, 2], ())?;
    x.addbmm_(&b, &b.mt()?, 0.5, 2)?;
    assert_eq!(rows(&x), [[38.5, 92.5], [92.5, 254.5]]);
    let e = Tensor::ones(1, ())?.addmm_(&m, &m.t()?, 1, 1).unwrap_err();
    assert!(
        e.message()
            .starts_with("addmm_: a result of shape [2, 2] cannot be written into shape [1]"),
        "{e}"
    );
    Ok(())
}

#[test]
fn diagonals_are_filled() -> Result<()> {
    let x = Tensor::zeros([7, 3], DType::I64)?;
    x.fill_diagonal_(5, true)?;
    let right = [
        [5, 0, 0],
        [0, 5, 0],
        [0, 0, 5],
        [0, 0, 0],
        [5, 0, 0],
        [0, 5, 0],
        [0, 0, 5],
    ];
    assert_eq!(x.to_vec2::<i64>()?, right);
    let x = Tensor::zeros([7, 3], ())?;
    x.fill_diagonal_(5, false)?;
    assert_eq!(x.sum()?.item::<f32>()?, 15.0);
    let x = Tensor::zeros([3, 3, 3], ())?;
    x.transpose(0, 1)?.fill_diagonal_(5, false)?;
    assert_eq!(
        x.nonzero()?.to_vec2::<i64>()?,
        [[0, 0, 0], [1, 1, 1], [2, 2, 2]]
    );
    assert!(
        Tensor::zeros([3, 3, 2], ())?
            .fill_diagonal_(5, false)
            .is_err()
    );
    assert!(Tensor::zeros(3, ())?.fill_diagonal_(5, false).is_err());
    Tensor::zeros([0, 3], ())?.fill_diagonal_(5, true)
}

#[test]
fn views_replace_the_handle() -> Result<()> {
    let whole = counted(2, 3)?;
    let mut x = whole.clone();
    x.unsqueeze_(0)?;
    assert_eq!(x.shape(), [1, 2, 3]);
    x.transpose_(0, 2)?;
    assert_eq!(x.shape(), [3, 2, 1]);
    x.squeeze_()?;
    assert_eq!(x.shape(), [3, 2]);
    x.t_()?;
    assert!(x.shape() == [2, 3] && x.shares_memory(&whole));
    x.unsqueeze_(0)?;
    x.squeeze_dim_(0)?;
    assert_eq!(rows(&x), rows(&whole));
    assert!(x.squeeze_dim_(5).is_err() && x.shape() == [2, 3]);
    Ok(())
}

#[test]
fn resizing_keeps_what_the_storage_holds() -> Result<()> {
    let whole = tensor!([0, 1, 2, 3]);
    let mut x = whole.clone();
    x.resize_([2, 3])?;
    assert_eq!(x.to_vec2::<i64>()?, [[0, 1, 2], [3, 0, 0]]);
    assert!(!x.shares_memory(&whole) && whole.shape() == [4]);
    x.resize_(2)?;
    assert_eq!(x.to_vec::<i64>()?, [0, 1]);
    x.resize_([3, 2])?;
    assert_eq!(x.to_vec2::<i64>()?, [[0, 1], [2, 3], [0, 0]]);
    let mut tail = whole.narrow(0, 1, 2)?;
    tail.resize_(3)?;
    assert!(tail.shares_memory(&whole));
    assert_eq!(tail.to_vec::<i64>()?, [1, 2, 3]);
    tail.resize_(0)?;
    assert_eq!(tail.numel(), 0);
    assert!(tail.resize_(-1).is_err());
    assert!(tail.resize_([isize::MAX, 2]).is_err());
    Ok(())
}

#[test]
fn facts_about_memory() -> Result<()> {
    let x = Tensor::zeros([3, 4], DType::F64)?;
    let part = x.i((1, 2..))?;
    assert_eq!((part.storage_offset(), part.element_size()), (6, 8));
    assert_eq!(tensor!([1, 2]).type_as(&part)?.dtype(), DType::F64);
    Ok(())
}

#[test]
fn a_write_through_data_is_seen_but_not_counted() -> Result<()> {
    let x = tensor!([1.0, 2.0]);
    let data = x.data();
    data.add_(1.0)?;
    data.narrow(0, 0, 1)?.mul_(10.0)?;
    assert_eq!(x.to_vec::<f32>()?, [20.0, 3.0]);
    assert_eq!((x.version(), data.version()), (0, 2));
    x.add_(1.0)?;
    assert_eq!((x.version(), data.version()), (1, 2));
    assert!(x.shares_memory(&data) && !x.is_unique());
    Ok(())
}
