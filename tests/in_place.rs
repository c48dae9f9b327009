//! In-place methods: they change all that they should or nothing, and arguments that share memory with what is written give what copies give.

use rushlight::Result;
use rushlight::nn::{Linear, Parameter};
use rushlight::optim::{AdamW, Optimizer, SGD, SGDOptions};
use rushlight::prelude::*;
use rushlight_tests::devices;

/// An in-place method on `x`, with `y` as its other tensors.
type Method = (&'static str, fn(x: &Tensor, y: &Tensor) -> Result<()>);

/// A view of a matrix.
type View = fn(&Tensor) -> Result<Tensor>;

const METHODS: &[Method] = &[
    ("add_", |x, y| x.add_(y)),
    ("sub_", |x, y| x.sub_(y)),
    ("mul_", |x, y| x.mul_(y)),
    ("div_", |x, y| x.div_(y)),
    ("maximum_", |x, y| x.maximum_(y)),
    ("copy_", |x, y| x.copy_(y)),
    ("add_alpha_", |x, y| x.add_alpha_(y, 3)),
    ("addcmul_", |x, y| x.addcmul_(y, y, 0.5)),
    ("addcdiv_", |x, y| x.addcdiv_(y, y, 0.5)),
    ("lerp_", |x, y| x.lerp_(y, 0.3)),
    ("lerp_ by a tensor", |x, y| x.lerp_(y, y)),
    ("clamp_ from below", |x, y| x.clamp_(y, 4.0)),
    ("clamp_ from above", |x, y| x.clamp_(1.5, y)),
    ("clamp_ between", |x, y| x.clamp_(&y.sub(1.0)?, y)),
    ("masked_fill_", |x, y| x.masked_fill_(&y.gt(2.0)?, -1.0)),
    ("masked_scatter_", |x, y| x.masked_scatter_(&y.gt(2.0)?, y)),
    ("put_", |x, y| {
        x.put_(
            &tensor!([3, 0, 2, 1]).to(x.device())?,
            &y.reshape(-1)?,
            true,
        )
    }),
    ("index_add_", |x, y| {
        x.index_add_(0, &tensor!([1, 0]).to(x.device())?, y)
    }),
    ("index_copy_", |x, y| {
        x.index_copy_(0, &tensor!([1, 0]).to(x.device())?, y)
    }),
    ("scatter_", |x, y| {
        x.scatter_(1, &tensor!([[1, 0], [1, 0]]).to(x.device())?, y)
    }),
    ("scatter_add_", |x, y| {
        x.scatter_add_(1, &tensor!([[1, 0], [1, 0]]).to(x.device())?, y)
    }),
    ("scatter_mul_", |x, y| {
        x.scatter_mul_(0, &tensor!([[1, 1], [0, 0]]).to(x.device())?, y)
    }),
    ("scatter_amax_", |x, y| {
        x.scatter_amax_(0, &tensor!([[1, 1], [0, 0]]).to(x.device())?, y)
    }),
    ("index_put_", |x, y| {
        x.index_put_(&tensor!([1, 0]).to(x.device())?, y, false)
    }),
    ("index_put_ to add", |x, y| {
        x.index_put_(&tensor!([1, 0]).to(x.device())?, y, true)
    }),
    ("set", |x, y| x.set(&tensor!([1, 0]).to(x.device())?, y)),
];

/// Views of a matrix in its own memory, from the same elements to ones that are read after they are written.
const VIEWS: &[(&str, View)] = &[
    ("itself", |x| Ok(x.clone())),
    ("detached", |x| Ok(x.detach())),
    ("the same elements as a view", |x| x.reshape(x.shape())),
    ("transposed", |x| x.t()),
    ("its first row", |x| x.select(0, 0)?.expand([2, 2])),
    ("its first column", |x| x.narrow(1, 0, 1)?.expand([2, 2])),
    ("its last element", |x| {
        x.select(0, 1)?.select(0, 1)?.expand([2, 2])
    }),
];

#[test]
fn arguments_that_share_memory_give_what_copies_give() -> Result<()> {
    for device in devices() {
        for (name, method) in METHODS {
            for (what, view) in VIEWS {
                let fresh = || tensor!([[1.0, 2.0], [3.0, 4.5]]).to(&device);
                let (x, expected) = (fresh()?, fresh()?);
                method(&expected, &view(&fresh()?)?.copy()?)?;
                method(&x, &view(&x)?)?;
                assert_eq!(
                    x.to_vec2::<f32>()?,
                    expected.to_vec2::<f32>()?,
                    "{name} of {what} on {device}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn an_index_in_the_memory_that_is_written() -> Result<()> {
    for device in devices() {
        let fresh = || tensor!([[1, 0], [0, 1]]).to(&device);
        let index = fresh()?;
        index.scatter_(1, &index, &tensor!([[5, 6], [7, 8]]).to(&device)?)?;
        assert_eq!(index.to_vec2::<i64>()?, [[6, 5], [7, 8]], "{device}");
        let index = fresh()?;
        index.scatter_add_(0, &index, &index)?;
        assert_eq!(index.to_vec2::<i64>()?, [[1, 0], [1, 2]], "{device}");
    }
    Ok(())
}

#[test]
fn what_is_refused_changes_nothing() -> Result<()> {
    for device in devices() {
        let x = tensor!([1, 20, 3, 40]).to(&device)?;
        let [short, wide] = [tensor!([1, 2, 3]), tensor!([0.5])].map(|t| t.to(&device).unwrap());
        type Refused<'a> = (&'a str, Result<()>);
        let refused: Vec<Refused> = vec![
            ("clamp_ of another shape", x.clamp_(10, &short)),
            ("clamp_ of another dtype", x.clamp_(10, &wide)),
            ("clamp_ with a fraction", x.clamp_(10, 12.5)),
            ("add_ of another shape", x.add_(&short)),
            ("add_ of another dtype", x.add_(&wide)),
            ("div_", x.div_(2)),
            ("pow_ to a negative power", x.pow_(-1)),
            ("lerp_", x.lerp_(&x, 0.5)),
            ("masked_scatter_", x.masked_scatter_(&x.gt(0)?, &short)),
        ];
        for (what, result) in refused {
            assert!(result.is_err(), "{what} on {device}");
            assert_eq!(x.to_vec::<i64>()?, [1, 20, 3, 40], "{what} on {device}");
        }
    }
    Ok(())
}

/// The CPU says so at once; on a GPU the read says so, and nobody sees half of a result.
#[test]
fn integers_divided_by_zero_stay_as_they_were() -> Result<()> {
    let methods: &[Method] = &[
        ("div_trunc_", |x, y| x.div_trunc_(y)),
        ("floor_divide_", |x, y| x.floor_divide_(y)),
        ("remainder_", |x, y| x.remainder_(y)),
        ("fmod_", |x, y| x.fmod_(y)),
        ("remainder_ by a number", |x, _| x.remainder_(0)),
    ];
    for device in devices() {
        for (name, method) in methods {
            // Long enough for several threads.
            let n = 300_000;
            let x = Tensor::full(n, 7, &device)?;
            let y = Tensor::full(n, 2, &device)?;
            y.set(n as i64 / 2, 0)?;
            let result = method(&x, &y).and_then(|()| x.to_vec::<i64>());
            let error = result.err().unwrap_or_else(|| panic!("{name} on {device}"));
            assert!(
                error.message().contains("zero"),
                "{name} on {device}: {error}"
            );
            if device == Device::CPU {
                assert_eq!(x.sum()?.item::<i64>()?, 7 * n as i64, "{name}");
            }
        }
    }
    Ok(())
}

/// A parameter whose gradient is the parameter itself: the penalty of weight decay must not change the gradient on the way.
#[test]
fn an_optimizer_takes_a_gradient_in_the_parameters_memory() -> Result<()> {
    for device in devices() {
        let stepped = |shared: bool, decoupled: bool| -> Result<Vec<f32>> {
            let p = Parameter::new(tensor!([1.0, -2.0, 3.0]).to(&device)?)?;
            let mut optimizer: Box<dyn Optimizer> = match decoupled {
                true => Box::new(AdamW::new([p.clone()], 0.1)?),
                false => Box::new(SGD::new(
                    [p.clone()],
                    SGDOptions::new(0.1).weight_decay(0.5),
                )?),
            };
            for _ in 0..2 {
                let own = p.detach();
                p.set_grad(Some(if shared { own } else { own.copy()? }))?;
                optimizer.step()?;
            }
            p.detach().to_vec::<f32>()
        };
        for decoupled in [false, true] {
            assert_eq!(
                stepped(true, decoupled)?,
                stepped(false, decoupled)?,
                "{device}"
            );
        }
    }
    Ok(())
}

/// The second group's parameter has moved to another dtype: the first group's stays as it is.
#[test]
fn a_step_that_is_refused_moves_no_group() -> Result<()> {
    for device in devices() {
        let p = Parameter::new(tensor!([1.0]).to(&device)?)?;
        let mut layer = Linear::new(1, 1)?.to(&device)?;
        let moved = layer.parameters();
        for param in moved.iter().chain([&p]) {
            param.set_grad(Some(param.ones_like()?))?;
        }
        let mut optimizer = SGD::new([p.clone()], SGDOptions::new(0.1).momentum(0.9))?;
        optimizer.add_param_group(moved, optimizer.defaults())?;
        layer.to_(DType::F64)?;
        assert!(optimizer.step().is_err(), "{device}");
        assert_eq!(p.detach().to_vec::<f32>()?, [1.0], "{device}");
        assert!(optimizer.state_dict()?.state.is_empty(), "{device}");
    }
    Ok(())
}
