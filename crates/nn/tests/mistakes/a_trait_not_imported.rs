//! Gradients are methods of a trait, which the prelude has.
use rushlight::tensor;

fn main() -> rushlight::Result<()> {
    let x = tensor!(2.0).requires_grad_(true)?;
    x.square()?.backward()
}
