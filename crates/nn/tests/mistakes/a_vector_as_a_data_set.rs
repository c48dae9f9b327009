//! A loader of a vector of samples.
use rushlight::data::DataLoader;

fn main() -> rushlight::Result<()> {
    let samples = vec![(1.0f32, 0i64), (2.0, 1)];
    let loader = DataLoader::builder(samples).batch_size(2).build()?;
    println!("{}", loader.len());
    Ok(())
}
