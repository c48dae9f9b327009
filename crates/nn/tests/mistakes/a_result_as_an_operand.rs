//! A method called on a result: `?` is missing.
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let x = Tensor::randn([2, 3], ())?;
    let y = x.relu().sum()?;
    println!("{y}");
    Ok(())
}
