//! Modules take references.
use rushlight::nn::Linear;
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let model = Linear::new(4, 8)?;
    let x = Tensor::randn([2, 4], ())?;
    let y = model.call(x)?;
    println!("{y}");
    Ok(())
}
