//! Initializations: PyTorch's numbers for a seed, and what is refused.

use crate::common::answers::{answer, close, seeded};
use rushlight_nn::init::*;
use rushlight_nn::{Parameter, Result};
use rushlight_tensor::{Ints, Tensor};

/// What `f` makes of a parameter of a shape is what PyTorch makes of it.
fn init(name: &str, shape: impl Into<Ints> + Clone, f: impl Fn(&Tensor) -> Result<()>) {
    seeded(name, |device, _| {
        let p = Parameter::new(Tensor::empty(shape.clone(), device)?)?;
        f(&p)?;
        close(name, &p.detach(), answer(&format!("{name}.out")).unwrap());
        Ok(())
    });
}

#[test]
fn the_numbers_of_pytorch() {
    init("init.uniform", [3, 5], |t| uniform_(t, -2.0, 3.0));
    init("init.normal", [5, 7], |t| normal_(t, 1.0, 0.5));
    init("init.normal_few", [3, 3], |t| normal_(t, 1.0, 0.5));
    init("init.eye", [3, 5], eye_);
    init("init.dirac", [6, 2, 3, 3], |t| dirac_(t, 2));
    init("init.xavier_uniform", [5, 7], |t| {
        xavier_uniform_(t, calculate_gain(Nonlinearity::Tanh))
    });
    init("init.xavier_normal", [5, 7, 3], |t| xavier_normal_(t, 1.0));
    init("init.kaiming_uniform", [5, 7], |t| {
        kaiming_uniform_(t, Fan::In, Nonlinearity::LeakyRelu(0.0))
    });
    init("init.kaiming_uniform_out", [5, 7, 2], |t| {
        kaiming_uniform_(t, Fan::Out, Nonlinearity::Relu)
    });
    init("init.kaiming_normal", [5, 7], |t| {
        kaiming_normal_(t, Fan::In, Nonlinearity::LeakyRelu(0.2))
    });
    init("init.trunc_normal", [6, 7], |t| {
        trunc_normal_(t, 0.0, 1.0, -2.0, 2.0)
    });
    init("init.trunc_normal_narrow", [6, 7], |t| {
        trunc_normal_(t, 0.5, 2.0, -0.5, 0.5)
    });
    init("init.trunc_normal_tail", [6, 7], |t| {
        trunc_normal_(t, 0.0, 1.0, 2.0, 3.0)
    });
    init("init.orthogonal", [5, 8], |t| orthogonal_(t, 1.5));
    init("init.orthogonal_tall", [9, 2, 2], |t| orthogonal_(t, 1.0));
    init("init.sparse", [6, 4], |t| sparse_(t, 0.4, 0.01));
}

#[test]
fn what_is_refused() -> Result<()> {
    let vector = Tensor::zeros(3, ())?;
    let matrix = Tensor::zeros([3, 2], ())?;
    for e in [
        xavier_uniform_(&vector, 1.0),
        kaiming_normal_(&vector, Fan::In, Nonlinearity::Relu),
        eye_(&vector),
        dirac_(&matrix, 1),
        dirac_(&Tensor::zeros([3, 2, 1], ())?, 2),
        orthogonal_(&vector, 1.0),
        sparse_(&matrix, 1.5, 0.1),
        trunc_normal_(&matrix, 0.0, 1.0, 2.0, 1.0),
    ] {
        assert!(e.unwrap_err().to_string().contains("init.rs"));
    }
    assert_eq!(matrix.to_vec::<f32>()?, [0.0; 6], "nothing was written");
    Ok(())
}
