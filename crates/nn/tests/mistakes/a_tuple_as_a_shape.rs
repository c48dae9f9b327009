//! Shapes are arrays.
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let x = Tensor::zeros((2, 3), ())?;
    println!("{x}");
    Ok(())
}
