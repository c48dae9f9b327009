//! A derived module whose field is neither a module nor a tensor.
use rushlight::nn::Linear;
use rushlight::prelude::*;

#[derive(Module)]
struct Net {
    linear: Linear,
    scale: f64,
}

fn main() -> rushlight::Result<()> {
    let net = Net {
        linear: Linear::new(4, 8)?,
        scale: 0.5,
    };
    println!("{} {}", net.num_parameters(), net.scale);
    Ok(())
}
