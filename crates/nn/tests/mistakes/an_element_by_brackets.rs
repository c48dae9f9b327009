//! Indexing returns a result, so that it is a method.
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let x = tensor!([1.0, 2.0]);
    println!("{}", x[0]);
    Ok(())
}
