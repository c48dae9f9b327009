//! The digits of `rushlight_datasets` as tensors.

use rushlight::Result;
use rushlight::prelude::*;

/// Images `[1797, 1, 8, 8]` of handwritten digits, brightness 0 to 1, and which digits they are, `[1797]` of `int64`.
pub fn digits() -> Result<(Tensor, Tensor)> {
    let table = rushlight_datasets::digits()?;
    let mut columns = Vec::new();
    for name in table.names() {
        let column = table.numbers(name)?;
        columns.push(Tensor::from_slice(column, column.len())?);
    }
    let rows = Tensor::stack(&columns, 1)?;
    let images = rows.i((.., ..64))?.div(16)?.float()?;
    Ok((
        images.reshape([-1, 1, 8, 8])?,
        rows.i((.., 64))?.to(DType::I64)?,
    ))
}
