//! Exercise 1 of the chapter: shapes, means along dimensions, and what reshaping does (and does not) to the order of the elements.
//!
//!     cargo run --release --example tensor_manipulation

use clap::Parser;
use rushlight::prelude::*;
use rushlight::{Result, rand};
use rushlight_examples::{On, TextTable, step, text, title};
use std::process::ExitCode;

/// Means along dimensions, and reshaping.
#[derive(Parser)]
struct Flags {
    /// Seed of the random tensor
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// The device that computes
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// Accepted as by the other examples; this one always takes less than a second
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

fn example(flags: Flags) -> Result<()> {
    manual_seed(flags.seed);
    println!("{}", title("Exercise 1: shapes, means and reshaping"));

    println!("{}", step("1. A random tensor of shape [2, 3, 4]"));
    let x = rand([2, 3, 4])?.to(&flags.device.device()?)?;
    println!("x holds two matrices of three rows and four columns.\n\n{x}");

    println!("{}", step("2. The mean along each dimension"));
    println!("The mean along a dimension removes this dimension and keeps the others.\n");
    let table = TextTable::new([
        text("call", 13),
        text("shape", 6),
        text("averages over", 35),
        text("first numbers", 16),
    ]);
    println!("{table}");
    let averaged = [
        "the two matrices",
        "the three rows of each matrix",
        "the four columns of each row",
    ];
    for (dim, averaged) in averaged.iter().enumerate() {
        let mean = x.mean_dim(dim as isize, false)?;
        let first = &mean.flatten(0, -1)?.to_vec::<f32>()?[..2];
        println!(
            "{}",
            table.row(&[
                &format!("x.mean_dim({dim})"),
                &format!("{:?}", mean.shape()),
                averaged,
                &format!("{:.4}, {:.4}, …", first[0], first[1]),
            ])
        );
    }
    let of_means = x.mean_dim(0, false)?.mean()?.item::<f32>()?;
    println!(
        "\nThe mean of the means along any dimension is the mean of all elements: {of_means:.4} and {:.4}.",
        x.mean()?.item::<f32>()?
    );
    let kept = x.mean_dim(2, true)?;
    let centred = &x - &kept;
    println!(
        "With keepdim the dimension stays as 1, {:?}, so that x - mean broadcasts to {:?}. Its rows have a mean of\n\
         0 up to rounding; the largest is {:.0e}.",
        kept.shape(),
        centred.shape(),
        centred.mean_dim(2, false)?.abs()?.max()?.item::<f32>()?
    );

    println!("{}", step("3. Reshaping to [6, 4] and to [4, 6]"));
    println!("reshape keeps the elements in row-major order; only the ends of the rows change.\n");
    let tall = x.reshape([6, 4])?;
    let wide = tall.reshape([4, 6])?;
    println!("[6, 4]:\n{tall}\n\n[4, 6]:\n{wide}\n");
    let order = |t: &Tensor| t.to_vec::<f32>();
    check(
        "both have the 24 elements of x in the same order",
        order(&tall)? == order(&x)? && order(&wide)? == order(&x)?,
    );
    check(
        "reshaping back to [2, 3, 4] gives x again",
        wide.reshape([2, 3, 4])?.equal(&x)?,
    );
    check(
        "the transpose of [6, 4] also has shape [4, 6], but its elements are in another order",
        tall.t()?.shape() == wide.shape() && !tall.t()?.equal(&wide)?,
    );
    wide.set([0, 0], -1.0)?;
    check(
        "both are views: -1 written to the [4, 6] is the first element of x, too",
        x.to_vec::<f32>()?[0] == -1.0 && tall.shares_memory(&x),
    );
    let refused = x.reshape([5, 5]);
    check("24 elements cannot have shape [5, 5]", refused.is_err());
    if let Err(e) = refused {
        println!("       {}", e.message());
    }
    Ok(())
}

/// Prints a claim, and whether it holds.
fn check(claim: &str, holds: bool) {
    println!("  [{}] {claim}", if holds { "ok" } else { "NO" });
}
