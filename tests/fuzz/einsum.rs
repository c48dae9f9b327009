//! Equations of `einsum`: nearly right ones, and any text at all.

use crate::fuzz::arguments::{Place, random};
use crate::fuzz::harness::{Rng, run};
use rushlight::Result;
use rushlight::prelude::*;

const PIECES: [&str; 18] = [
    "a",
    "b",
    "c",
    "i",
    "j",
    "A",
    "z",
    ",",
    "->",
    "...",
    ".",
    " ",
    "-",
    ">",
    "ij,jk->ik",
    "ii",
    "é",
    "1",
];

#[test]
fn equations() {
    run("einsum", 3000, |seed| {
        let mut rng = Rng::new(seed ^ 2 << 40);
        match equation(&mut rng) {
            Ok(found) => found,
            Err(e) => Some(format!("operands could not be made: {e}")),
        }
    });
}

fn equation(rng: &mut Rng) -> Result<Option<String>> {
    let count = rng.below(4);
    let text = match rng.once_in(2) {
        true => (0..rng.below(9)).map(|_| rng.pick(&PIECES)).collect(),
        false => fitting(rng, count),
    };
    let mut operands = Vec::new();
    for _ in 0..count {
        operands.push(random(rng)?);
    }
    let answers = [false, true].map(|strided| {
        let place = Place {
            device: Device::CPU,
            strided,
        };
        let held: Result<Vec<Tensor>> = operands.iter().map(|t| place.hold(t)).collect();
        let held = held?;
        Tensor::einsum(&text, &held.iter().collect::<Vec<_>>())
    });
    Ok(match answers {
        [Ok(dense), Ok(strided)] if dense.shape() != strided.shape() => Some(format!(
            "{text:?} gives {:?}, of strided operands {:?}",
            dense.shape(),
            strided.shape()
        )),
        [Ok(_), Ok(_)] | [Err(_), Err(_)] => None,
        [Ok(_), Err(e)] | [Err(e), Ok(_)] => Some(format!("{text:?}: once {e}")),
    })
}

/// An equation with a group of letters for each operand.
fn fitting(rng: &mut Rng, count: usize) -> String {
    let group = |rng: &mut Rng| -> String {
        let ellipsis = if rng.once_in(4) { "..." } else { "" };
        let letters: String = (0..rng.below(4))
            .map(|_| rng.pick(&['a', 'b', 'c', 'd']))
            .collect();
        ellipsis.to_owned() + &letters
    };
    let inputs: Vec<String> = (0..count).map(|_| group(rng)).collect();
    let arrow = match rng.once_in(2) {
        true => format!("->{}", group(rng)),
        false => String::new(),
    };
    inputs.join(",") + &arrow
}
