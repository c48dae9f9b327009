//! Optimizers take parameters, not models.
use rushlight::nn::Linear;
use rushlight::optim::Adam;
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let model = Linear::new(4, 8)?;
    let mut optimizer = Adam::new(&model, 1e-3)?;
    optimizer.step()
}
