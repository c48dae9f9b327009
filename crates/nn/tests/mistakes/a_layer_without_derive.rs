//! A layer that is not a module yet.
use rushlight::prelude::*;

struct Scale(f64);

impl Forward for Scale {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> rushlight::Result<Tensor> {
        x.mul(self.0)
    }
}

fn main() -> rushlight::Result<()> {
    println!("{}", Scale(2.0).call(&tensor!([1.0]))?);
    Ok(())
}
