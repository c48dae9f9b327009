//! Calls of modules: hooks, the path in an error, several inputs and outputs.

use crate::common::devices::devices;
use rushlight_nn::*;
use rushlight_tensor::{Tensor, tensor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn hooks_see_and_replace() -> Result<()> {
    for device in devices() {
        let net = sequential![Identity::new(), ReLU::new()];
        let x = tensor!([-1.0, 2.0]).to(&device)?;
        let calls = Arc::new(AtomicUsize::new(0));
        let seen = calls.clone();
        let look = net.register_forward_hook(move |module, x, y| {
            assert_eq!(
                (module.type_name(), x.shape(), y.shape()),
                ("Sequential", &[2][..], &[2][..])
            );
            seen.fetch_add(1, Ordering::Relaxed);
            Ok(None)
        })?;
        let Some(first) = net.get(0) else {
            unreachable!()
        };
        let double = first.register_forward_pre_hook(|_, x| x.mul(2).map(Some))?;
        let shift = net.register_forward_hook(|_, _, y| y.add(1).map(Some))?;
        assert_eq!(net.call(&x)?.to_vec::<f32>()?, [1.0, 5.0]);
        double.remove();
        assert_eq!(net.call(&x)?.to_vec::<f32>()?, [1.0, 3.0]);
        shift.remove();
        look.remove();
        assert_eq!(net.call(&x)?.to_vec::<f32>()?, [0.0, 2.0]);
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        let fail = net.register_forward_hook(|_, _, _| {
            Err(rushlight_tensor::Error::value("the hook objects"))
        })?;
        assert!(
            net.call(&x)
                .unwrap_err()
                .to_string()
                .starts_with("the hook objects")
        );
        fail.remove();
    }
    Ok(())
}

#[test]
fn a_module_without_state_cannot_be_hooked() -> Result<()> {
    #[derive(Module)]
    struct Bare;
    impl Forward for Bare {
        type Output = Tensor;
        fn forward(&self, x: &Tensor) -> Result<Tensor> {
            Ok(x.clone())
        }
    }
    let e = Bare
        .register_forward_hook(|_, _, _| Ok(None))
        .err()
        .unwrap();
    assert!(
        e.to_string().contains("Bare") && e.to_string().contains("ModuleState"),
        "{e}"
    );
    assert_eq!(Bare.call(&tensor!([1.0]))?.numel(), 1);
    Ok(())
}

#[derive(Module)]
struct Net {
    blocks: Vec<Linear>,
    body: Sequential,
}

impl Forward for Net {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.blocks[1].call(x)?;
        self.body.call(&x)
    }
}

#[test]
fn errors_say_where_in_the_model() -> Result<()> {
    let net = Net {
        blocks: vec![Linear::new(2, 2)?, Linear::new(12, 5)?],
        body: sequential![ReLU::new(), Linear::new(7, 1)?],
    };
    let e = net.call(&Tensor::zeros([4, 10], ())?).unwrap_err();
    let text = e.to_string();
    assert!(
        text.contains("[4, 10]")
            && text.contains(", in blocks.1 (Linear 12→5), in Net, called at "),
        "{text}"
    );
    assert_eq!(text.matches("calls.rs").count(), 2, "{text}");
    let e = net.call(&Tensor::zeros([4, 12], ())?).unwrap_err();
    let names: Vec<&str> = e.frames().iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["1", "body", ""], "{e}");
    Ok(())
}

#[test]
fn calls_take_more_than_tensors() -> Result<()> {
    #[derive(Module)]
    struct Add {
        state: ModuleState,
    }
    impl Forward<(Tensor, Tensor)> for Add {
        type Output = (Tensor, usize);
        fn forward(&self, (a, b): &(Tensor, Tensor)) -> Result<(Tensor, usize)> {
            Ok((a.add(b)?, 2))
        }
    }
    impl Forward<[Tensor]> for Add {
        type Output = Tensor;
        fn forward(&self, list: &[Tensor]) -> Result<Tensor> {
            list.iter()
                .skip(1)
                .try_fold(list[0].clone(), |sum, t| sum.add(t))
        }
    }
    let m = Add {
        state: ModuleState::default(),
    };
    let x = tensor!([1.0]);
    let list = [x.clone(), x.clone(), x.clone()];
    let on_pairs = m.register_forward_pre_hook(|_, (a, b): &(Tensor, Tensor)| {
        Ok(Some((a.mul(10)?, b.clone())))
    })?;
    assert_eq!(m.call(&(x.clone(), x.clone()))?.0.item::<f32>()?, 11.0);
    assert_eq!(
        m.call(&list[..])?.item::<f32>()?,
        3.0,
        "a hook is for the input it was registered for"
    );
    on_pairs.remove();
    Ok(())
}

#[test]
fn a_second_input_is_captured() -> Result<()> {
    #[derive(Module)]
    struct Mix {
        left: Linear,
        right: Linear,
        state: ModuleState,
    }
    impl Mix {
        #[track_caller]
        fn call_with_memory(&self, x: &Tensor, memory: &Tensor) -> Result<(Tensor, usize)> {
            self.call_forward(x, |x| {
                let y = self.left.call(x)?.add(&self.right.call(memory)?)?;
                Ok((y, 2))
            })
        }
    }
    impl Forward for Mix {
        type Output = (Tensor, usize);
        fn forward(&self, x: &Tensor) -> Result<(Tensor, usize)> {
            Ok((self.left.call(x)?, 1))
        }
    }
    let mix = Mix {
        left: Linear::new(2, 3)?,
        right: Linear::new(4, 3)?,
        state: ModuleState::default(),
    };
    let (x, memory) = (Tensor::ones([1, 2], ())?, Tensor::ones([1, 4], ())?);
    let zeroed = mix.register_forward_pre_hook(|_, x: &Tensor| x.zeros_like().map(Some))?;
    let doubled = mix.register_forward_hook(|_, _, (y, n)| Ok(Some((y.mul(2)?, *n))))?;
    let (y, n) = mix.call_with_memory(&x, &memory)?;
    let expected = mix
        .left
        .call(&x.zeros_like()?)?
        .add(&mix.right.call(&memory)?)?;
    assert!(y.equal(&expected.mul(2)?)? && n == 2);
    zeroed.remove();
    doubled.remove();
    let e = mix.call_with_memory(&x, &x).unwrap_err();
    let names: Vec<&str> = e.frames().iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["right", ""], "{e}");
    assert_eq!(e.frames()[1].at.line(), line!() - 3, "the caller's line");
    Ok(())
}
