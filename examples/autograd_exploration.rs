//! Exercise 2 of the chapter: gradients of a graph against those worked out by hand, and what stops them from flowing.
//!
//!     cargo run --release --example autograd_exploration

use clap::Parser;
use rushlight::autograd::{Backward, CheckOptions, GradOptions, grad, gradcheck};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::On;
use std::process::ExitCode;

/// Gradients by autograd and by hand.
#[derive(Parser)]
struct Flags {
    /// Where the gradients are taken: x
    #[arg(long, default_value_t = 2.0, allow_negative_numbers = true)]
    x: f64,
    /// Where the gradients are taken: y
    #[arg(long, default_value_t = 3.0, allow_negative_numbers = true)]
    y: f64,
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

/// `f(x, y) = x² y + sin(x y) + ln(1 + x² + y²)`
fn f(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let (product, squares) = (x * y, x.pow(2)? + y.pow(2)?);
    Ok(x.pow(2)? * y + product.sin()? + squares.log1p()?)
}

/// Its derivatives, by hand.
fn by_hand(x: f64, y: f64) -> (f64, f64) {
    let squares = 1.0 + x * x + y * y;
    (
        2.0 * x * y + y * (x * y).cos() + 2.0 * x / squares,
        x * x + x * (x * y).cos() + 2.0 * y / squares,
    )
}

fn number(t: &Tensor) -> Result<f64> {
    t.item::<f64>()
}

fn gradient(t: &Tensor) -> Result<String> {
    t.grad()
        .map_or(Ok("none".to_owned()), |g| Ok(format!("{:.6}", number(&g)?)))
}

fn example(flags: Flags) -> Result<()> {
    if !(flags.x.is_finite() && flags.y.is_finite()) {
        return Err(Error::value(format!(
            "--x and --y must be finite, got {} and {}",
            flags.x, flags.y
        )));
    }

    let device = flags.device.device()?;
    let leaf = |value: f64| Tensor::scalar(value, (DType::F64, &device))?.requires_grad_(true);

    println!("1. A graph of many operations: f(x, y) = x² y + sin(x y) + ln(1 + x² + y²)\n");
    let (x, y) = (leaf(flags.x)?, leaf(flags.y)?);
    let z = f(&x, &y)?;
    println!(
        "f({}, {}) = {:.6}; it requires a gradient: {}, it is a leaf: {}\n",
        flags.x,
        flags.y,
        number(&z)?,
        z.requires_grad(),
        z.is_leaf()
    );

    println!("2. Its gradients, by backward() and by hand:\n");
    z.backward_with(Backward {
        retain_graph: true,
        ..Backward::default()
    })?;
    let (dx, dy) = by_hand(flags.x, flags.y);
    println!("            autograd        by hand     difference");
    for (name, tensor, hand) in [("df/dx", &x, dx), ("df/dy", &y, dy)] {
        let auto = number(
            &tensor
                .grad()
                .ok_or_else(|| Error::autograd("no gradient arrived"))?,
        )?;
        println!(
            "{name}  {auto:>14.8} {hand:>14.8} {:>14.1e}",
            (auto - hand).abs()
        );
    }
    gradcheck(
        |inputs| f(&inputs[0], &inputs[1]),
        &[&leaf(flags.x)?, &leaf(flags.y)?],
        CheckOptions::default(),
    )?;
    println!("gradcheck, which compares with finite differences, agrees.\n");

    println!("Gradients add up until they are cleared:");
    println!("  after one backward pass  x.grad = {}", gradient(&x)?);
    z.backward()?;
    println!("  after a second           x.grad = {}", gradient(&x)?);
    x.zero_grad();
    println!("  after zero_grad          x.grad = {}\n", gradient(&x)?);

    println!("Gradients are tensors too, and have gradients of their own (create_graph):");
    let x3 = leaf(flags.x)?;
    let cube = x3.pow(3)?;
    let options = GradOptions {
        create_graph: true,
        ..GradOptions::default()
    };
    let first = only(grad(&[&cube], &[&x3], options)?)?;
    let second = only(grad(&[&first], &[&x3], GradOptions::default())?)?;
    println!(
        "  (x³)'  at {} = {:.4}, by hand 3 x² = {:.4}",
        flags.x,
        number(&first)?,
        3.0 * flags.x.powi(2)
    );
    println!(
        "  (x³)'' at {} = {:.4}, by hand 6 x  = {:.4}\n",
        flags.x,
        number(&second)?,
        6.0 * flags.x
    );

    println!("3. What stops a gradient. Take g = a b with a = x², b = x³, so that dg/dx = 5 x⁴:\n");
    println!("                                     dg/dx   by hand");
    let at = flags.x;
    let compare = |name: &str, g: Tensor, x: &Tensor, hand: f64| -> Result<()> {
        g.backward()?;
        println!("{name:<30} {:>11} {hand:>9.4}", gradient(x)?);
        Ok(())
    };
    let x = leaf(at)?;
    compare(
        "everything recorded",
        x.pow(2)? * x.pow(3)?,
        &x,
        5.0 * at.powi(4),
    )?;
    let x = leaf(at)?;
    compare(
        "a detached: only b's part",
        x.pow(2)?.detach() * x.pow(3)?,
        &x,
        3.0 * at.powi(4),
    )?;
    let x = leaf(at)?;
    compare(
        "b detached: only a's part",
        x.pow(2)? * x.pow(3)?.detach(),
        &x,
        2.0 * at.powi(4),
    )?;
    let x = leaf(at)?;
    let a = no_grad(|| x.pow(2))?;
    compare(
        "a computed under no_grad",
        a * x.pow(3)?,
        &x,
        3.0 * at.powi(4),
    )?;

    let x = leaf(at)?;
    let g = no_grad(|| Ok::<_, Error>(x.pow(2)? * x.pow(3)?))?;
    println!(
        "\nUnder no_grad nothing is recorded at all: the result requires a gradient: {}.",
        g.requires_grad()
    );
    if let Err(e) = g.backward() {
        println!("backward() on it says: {}", e.message());
    }
    let d = x.detach();
    println!(
        "\ndetach() shares memory and has no history: shares {}, requires a gradient {}.",
        d.shares_memory(&x),
        d.requires_grad()
    );
    println!(
        "no_grad is for evaluation, where no graph is wanted; detach() takes a single value out of a graph."
    );
    Ok(())
}

fn only(gradients: Vec<Option<Tensor>>) -> Result<Tensor> {
    gradients
        .into_iter()
        .next()
        .flatten()
        .ok_or_else(|| Error::autograd("no gradient arrived"))
}
