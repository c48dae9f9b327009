//! Exercise 2 of the chapter: gradients by autograd compared with gradients by hand, and what stops a gradient.
//!
//!     cargo run --release --example autograd_exploration

use clap::Parser;
use rushlight::autograd::{Backward, CheckOptions, GradOptions, grad, gradcheck};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{On, TextTable, number, step, text, title};
use std::process::ExitCode;

/// Gradients by autograd and by hand.
#[derive(Parser)]
struct Flags {
    /// The x at which the gradients are computed
    #[arg(long, default_value_t = 2.0, allow_negative_numbers = true)]
    x: f64,
    /// The y at which the gradients are computed
    #[arg(long, default_value_t = 3.0, allow_negative_numbers = true)]
    y: f64,
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

/// `f(x, y) = x² y + sin(x y) + ln(1 + x² + y²)`
fn f(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let (product, squares) = (x * y, x.pow(2)? + y.pow(2)?);
    Ok(x.pow(2)? * y + product.sin()? + squares.log1p()?)
}

/// The derivatives of `f`, by hand.
fn by_hand(x: f64, y: f64) -> (f64, f64) {
    let squares = 1.0 + x * x + y * y;
    (
        2.0 * x * y + y * (x * y).cos() + 2.0 * x / squares,
        x * x + x * (x * y).cos() + 2.0 * y / squares,
    )
}

/// The gradient that a leaf has accumulated, as text.
fn gradient(leaf: &Tensor) -> Result<String> {
    match leaf.grad() {
        Some(gradient) => Ok(format!("{:.6}", gradient.item::<f64>()?)),
        None => Ok("none".to_owned()),
    }
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

    let (at_x, at_y) = (flags.x, flags.y);
    println!("{}", title("Exercise 2: gradients by autograd and by hand"));

    println!("{}", step("1. A graph of several operations"));
    let (x, y) = (leaf(at_x)?, leaf(at_y)?);
    let z = f(&x, &y)?;
    println!(
        "f(x, y) = x² y + sin(x y) + ln(1 + x² + y²), and f({at_x}, {at_y}) = {:.6}.",
        z.item::<f64>()?
    );
    println!(
        "The result requires a gradient ({}), because x and y do; it is not a leaf ({}), because it was computed.",
        z.requires_grad(),
        z.is_leaf()
    );

    println!("{}", step("2. Its gradients: both columns should agree"));
    z.backward_with(Backward {
        retain_graph: true,
        ..Backward::default()
    })?;
    let (dx, dy) = by_hand(at_x, at_y);
    let table = TextTable::new([
        text("", 5),
        number("    autograd"),
        number("     by hand"),
        number("difference"),
    ]);
    println!("{table}");
    for (name, tensor, by_hand) in [("df/dx", &x, dx), ("df/dy", &y, dy)] {
        let gradient = tensor.grad().ok_or_else(no_gradient)?.item::<f64>()?;
        println!(
            "{}",
            table.row(&[
                &name,
                &format!("{gradient:.8}"),
                &format!("{by_hand:.8}"),
                &format!("{:.1e}", (gradient - by_hand).abs()),
            ])
        );
    }
    gradcheck(
        |inputs| f(&inputs[0], &inputs[1]),
        &[&leaf(at_x)?, &leaf(at_y)?],
        CheckOptions::default(),
    )?;
    println!("\ngradcheck, which compares with finite differences, agrees, too.");

    println!("{}", step("3. Gradients accumulate until they are cleared"));
    println!("after z.backward()            x.grad = {}", gradient(&x)?);
    z.backward()?;
    println!("after a second z.backward()   x.grad = {}", gradient(&x)?);
    x.zero_grad();
    println!("after x.zero_grad()           x.grad = {}", gradient(&x)?);

    println!(
        "{}",
        step("4. Gradients are tensors that can be differentiated (create_graph)")
    );
    let base = leaf(at_x)?;
    let cube = base.pow(3)?;
    let options = GradOptions {
        create_graph: true,
        ..GradOptions::default()
    };
    let first = only(grad(&[&cube], &[&base], options)?)?;
    let second = only(grad(&[&first], &[&base], GradOptions::default())?)?;
    println!(
        "(x³)'  = 3 x² at {at_x}: {:.4} by autograd, {:.4} by hand",
        first.item::<f64>()?,
        3.0 * at_x.powi(2)
    );
    println!(
        "(x³)'' = 6 x  at {at_x}: {:.4} by autograd, {:.4} by hand",
        second.item::<f64>()?,
        6.0 * at_x
    );

    println!(
        "{}",
        step("5. What stops a gradient: g = a b with a = x² and b = x³, so that dg/dx = 5 x⁴")
    );
    let table = TextTable::new([
        text("recorded", 40),
        number("dg/dx by autograd"),
        number("  by hand"),
    ]);
    println!("{table}");
    let compare = |recorded: &str, x: &Tensor, g: Tensor, by_hand: f64| -> Result<()> {
        g.backward()?;
        println!(
            "{}",
            table.row(&[&recorded, &gradient(x)?, &format!("{by_hand:.4}")])
        );
        Ok(())
    };
    let fourth = at_x.powi(4);
    let x = leaf(at_x)?;
    compare("a and b", &x, x.pow(2)? * x.pow(3)?, 5.0 * fourth)?;
    let x = leaf(at_x)?;
    let g = x.pow(2)?.detach() * x.pow(3)?;
    compare("only b: a.detach() * b", &x, g, 3.0 * fourth)?;
    let x = leaf(at_x)?;
    let g = x.pow(2)? * x.pow(3)?.detach();
    compare("only a: a * b.detach()", &x, g, 2.0 * fourth)?;
    let x = leaf(at_x)?;
    let a = no_grad(|| x.pow(2))?;
    compare(
        "only b: a is computed under no_grad",
        &x,
        a * x.pow(3)?,
        3.0 * fourth,
    )?;

    let x = leaf(at_x)?;
    let g = no_grad(|| Ok::<_, Error>(x.pow(2)? * x.pow(3)?))?;
    println!(
        "\nIf all of g is computed under no_grad, nothing is recorded: g.requires_grad() is {}.",
        g.requires_grad()
    );
    if let Err(e) = g.backward() {
        println!("g.backward() is then an error: {}", e.message());
    }
    let detached = x.detach();
    println!(
        "x.detach() shares the memory of x ({}) and requires no gradient ({}).",
        detached.shares_memory(&x),
        !detached.requires_grad()
    );
    println!(
        "Use no_grad for evaluation, where no graph is needed, and detach() to take a single value out of a graph."
    );
    Ok(())
}

/// The gradient of the only input.
fn only(gradients: Vec<Option<Tensor>>) -> Result<Tensor> {
    gradients
        .into_iter()
        .next()
        .flatten()
        .ok_or_else(no_gradient)
}

fn no_gradient() -> Error {
    Error::autograd("no gradient was computed")
}
