//! Each layer has options of its own.
use rushlight::MaxPoolOptions;
use rushlight::nn::Conv2d;

fn main() -> rushlight::Result<()> {
    let conv = Conv2d::with(3, 16, 3, MaxPoolOptions::new().stride(2))?;
    println!("{:?}", conv.weight.shape());
    Ok(())
}
