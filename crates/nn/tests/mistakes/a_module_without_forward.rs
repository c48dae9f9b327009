//! A derived module that says nowhere what it computes.
use rushlight::nn::Linear;
use rushlight::prelude::*;

#[derive(Module)]
struct Net {
    linear: Linear,
}

fn main() -> rushlight::Result<()> {
    let net = Net {
        linear: Linear::new(4, 8)?,
    };
    println!("{}", net.call(&Tensor::zeros([2, 4], ())?)?);
    Ok(())
}
