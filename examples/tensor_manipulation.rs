//! Exercise 1 of the chapter: shapes, means along dimensions, and what reshaping does (and does not) to the order of the elements.
//!
//!     cargo run --release --example tensor_manipulation

use clap::Parser;
use rushlight::prelude::*;
use rushlight::{Result, rand};
use rushlight_examples::On;
use std::process::ExitCode;

/// Means along dimensions, and reshaping.
#[derive(Parser)]
struct Flags {
    /// Seed of the random tensor
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// Where to compute
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// Accepted for the sake of the other examples: this one is always quick
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

fn example(flags: Flags) -> Result<()> {
    manual_seed(flags.seed);

    println!("1. A 3D tensor of shape (2, 3, 4): two matrices of three rows and four columns.\n");
    let x = rand([2, 3, 4])?.to(&flags.device.device()?)?;
    println!("{x}\n");

    println!("2. The mean along a dimension takes that dimension away and keeps the others.\n");
    let what = [
        "the two matrices, position by position",
        "the three rows of each matrix",
        "the four columns of each row",
    ];
    for (dim, what) in what.iter().enumerate() {
        let mean = x.mean_dim(dim as isize, false)?;
        println!(
            "mean_dim({dim}): {:?} -> {:?}, averaging over {what}",
            x.shape(),
            mean.shape()
        );
        println!("{mean}\n");
    }
    let of_means = x.mean_dim(0, false)?.mean()?.item::<f32>()?;
    println!(
        "All of them have the same mean again, {of_means:.6}, which is that of all elements: {:.6}.",
        x.mean()?.item::<f32>()?
    );
    let kept = x.mean_dim(2, true)?;
    let centred = &x - &kept;
    println!(
        "With keepdim the dimension stays as 1, {:?}, so the means broadcast: x - means has shape {:?}, and its largest row mean is {:.1e}.\n",
        kept.shape(),
        centred.shape(),
        centred.mean_dim(2, false)?.abs()?.max()?.item::<f32>()?
    );

    println!(
        "3. reshape keeps the elements in row-major order and only cuts the rows elsewhere.\n"
    );
    let tall = x.reshape([6, 4])?;
    let wide = tall.reshape([4, 6])?;
    println!("(6, 4):\n{tall}\n");
    println!("(4, 6):\n{wide}\n");
    let order = |t: &Tensor| t.to_vec::<f32>();
    check(
        "the order of all 24 elements is that of x, in both",
        order(&tall)? == order(&x)? && order(&wide)? == order(&x)?,
    );
    check(
        "reshaping back gives x again",
        wide.reshape([2, 3, 4])?.equal(&x)?,
    );
    check(
        "the transpose of (6, 4) also has shape (4, 6)",
        tall.t()?.shape() == wide.shape(),
    );
    check(
        "but it is another matrix: transposing moves elements, reshaping does not",
        !tall.t()?.equal(&wide)?,
    );

    wide.set([0, 0], -1.0)?;
    check(
        "and all of these are views: what is written to one shows in x",
        x.to_vec::<f32>()?[0] == -1.0 && tall.shares_memory(&x),
    );
    match x.reshape([5, 5]) {
        Ok(_) => println!("  [no] 24 elements as (5, 5)"),
        Err(e) => println!("\n24 elements do not fit every shape: {}", e.message()),
    }
    Ok(())
}

fn check(claim: &str, holds: bool) {
    println!("  [{}] {claim}", if holds { "ok" } else { "NO" });
}
