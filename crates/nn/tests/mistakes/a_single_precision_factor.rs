//! A number of type f32 on the left of a tensor.
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let x = tensor!([1.0, 2.0]);
    let rate: f32 = 0.5;
    let y = rate * &x;
    println!("{y}");
    Ok(())
}
