//! Copies of modules: what they have of their own, and what is copied.

use crate::common::devices::devices;
use rushlight_autograd::Autograd;
use rushlight_nn::*;
use rushlight_tensor::{DType, Generator, Tensor, manual_seed, tensor};

fn zeros(n: usize) -> Result<Parameter> {
    Parameter::new(Tensor::zeros(n, ())?)
}

/// One of everything a field may be, and a skipped one.
#[derive(Module)]
struct Everything<L: Layer> {
    first: Linear,
    tied: Linear,
    frozen: Parameter,
    count: Buffer,
    same_count: Buffer,
    maybe: Option<Linear>,
    absent: Option<Parameter>,
    list: Vec<Linear>,
    pair: [Parameter; 2],
    generic: L,
    layer: Box<dyn Layer>,
    module: Box<dyn Module>,
    boxed: Box<Linear>,
    layers: ModuleList,
    named: ModuleDict,
    unit: Unit,
    tuple: Tuple,
    #[module(skip)]
    names: Vec<String>,
    state: ModuleState,
}

#[derive(Module)]
struct Unit;

#[derive(Module)]
struct Tuple(Parameter, #[module(skip)] &'static str);

fn everything() -> Result<Everything<Sequential>> {
    let first = Linear::new(2, 3)?;
    let count = Buffer::new(Tensor::zeros((), DType::I64)?);
    let mut named = ModuleDict::new();
    named.insert("head", Box::new(Linear::new(1, 1)?) as Box<dyn Layer>)?;
    let mut m = Everything {
        tied: Linear::from_parameters(first.weight.clone(), None)?,
        frozen: Parameter::frozen(tensor!([1.0, 2.0])),
        same_count: Buffer::transient(count.tensor().clone()),
        count,
        maybe: Some(Linear::new(1, 1)?),
        absent: None,
        list: vec![Linear::new(1, 1)?],
        pair: [zeros(1)?, zeros(2)?],
        generic: Sequential::new().add_named("bn", BatchNorm1d::new(2)?)?,
        layer: Box::new(Linear::new(1, 1)?),
        module: Box::new(LSTM::new(2, 3)?),
        boxed: Box::new(Linear::new(1, 1)?),
        layers: [Box::new(ReLU::new()) as Box<dyn Layer>]
            .into_iter()
            .collect(),
        named,
        unit: Unit,
        tuple: Tuple(zeros(1)?, "plain"),
        names: vec!["a".to_owned()],
        state: ModuleState::default(),
        first,
    };
    m.register_parameter("late", zeros(4)?)?;
    m.register_buffer("seen", Buffer::new(tensor!([3.0])))?;
    Ok(m)
}

#[test]
fn a_copy_has_everything_in_memory_of_its_own() -> Result<()> {
    for device in devices() {
        let model = everything()?.to(&device)?;
        let twin = model.deep_copy()?;
        let (ours, theirs) = (twin.state_dict(), model.state_dict());
        assert_eq!(
            ours.keys().collect::<Vec<_>>(),
            theirs.keys().collect::<Vec<_>>()
        );
        for (name, copy) in ours.iter() {
            let original = theirs.require(name)?;
            assert!(copy.equal(original)?, "{name}");
            assert_eq!((copy.dtype(), copy.device()), (original.dtype(), &device));
            for (other, tensor) in theirs.iter() {
                assert!(!copy.shares_memory(tensor), "{name} and {other}");
            }
        }
        assert_eq!(twin.to_string(), model.to_string());
        let frozen = |m: &Everything<Sequential>| -> Vec<bool> {
            m.parameters().iter().map(|p| p.requires_grad()).collect()
        };
        assert_eq!(frozen(&twin), frozen(&model));
        assert!(!twin.frozen.requires_grad() && !model.first.weight.is_replaced());
        assert_eq!((&twin.names, twin.tuple.1), (&model.names, "plain"));
        assert_eq!(twin.named_buffers().len(), model.named_buffers().len());
    }
    Ok(())
}

#[test]
fn what_is_tied_is_tied_in_the_copy() -> Result<()> {
    let model = everything()?;
    let twin = model.deep_copy()?;
    assert!(twin.first.weight.same(&twin.tied.weight));
    assert!(!twin.first.weight.same(&model.first.weight));
    twin.count.add_(5)?;
    assert_eq!(twin.same_count.item::<i64>()?, 5);
    assert!(!twin.same_count.is_persistent());
    assert_eq!(model.count.item::<i64>()?, 0);
    Ok(())
}

#[test]
fn flags_are_copied_hooks_and_gradients_are_not() -> Result<()> {
    let model = sequential![Linear::new(2, 1)?, Dropout::new(0.5)?];
    let Some(dropout) = model.get(1) else {
        unreachable!()
    };
    dropout.eval();
    let double = model.register_forward_hook(|_, _, y| y.mul(2).map(Some))?;
    let x = tensor!([1.0, 1.0]);
    model.call(&x)?.sum()?.backward()?;
    let twin = model.deep_copy()?;
    let flags = |m: &Sequential| -> Vec<bool> { m.iter().map(|l| l.is_training()).collect() };
    assert_eq!(flags(&twin), [true, false]);
    assert!(twin.is_training());
    assert!(twin.parameters().iter().all(|p| p.grad().is_none()));
    assert!(twin.call(&x)?.mul(2)?.equal(&model.call(&x)?)?);
    double.remove();
    twin.train();
    assert_eq!(flags(&model), [true, false], "the copy's flags are its own");
    Ok(())
}

#[test]
fn copying_draws_no_random_numbers() -> Result<()> {
    let model = sequential![Linear::new(2, 3)?, BatchNorm1d::new(3)?];
    // Inside a scope, where no other thread draws.
    Generator::new(7).scope(|| {
        let expected = Tensor::randn(3, ())?;
        manual_seed(7);
        model.deep_copy()?;
        assert!(Tensor::randn(3, ())?.equal(&expected)?);
        Ok(())
    })
}

/// A part of a network that is of no use twice.
struct Unique;

#[derive(Module)]
struct Holder {
    fc: Linear,
    #[module(skip)]
    unique: Unique,
}

impl Forward for Holder {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let Unique = self.unique;
        self.fc.call(x)
    }
}

#[test]
fn what_cannot_be_cloned_is_named() -> Result<()> {
    let holder = || -> Result<Holder> {
        Ok(Holder {
            fc: Linear::new(1, 1)?,
            unique: Unique,
        })
    };
    let whole = sequential![ReLU::new(), holder()?];
    let (a, b) = (
        holder()?.deep_copy().err().unwrap(),
        whole.deep_copy().err().unwrap(),
    );
    for e in [a, b] {
        assert!(
            e.message().contains("unique of Holder") && e.message().contains("Unique is not"),
            "{e}"
        );
        assert!(e.location().file().ends_with("deep_copy.rs"), "{e}");
    }
    Ok(())
}

#[test]
fn a_generic_field_is_cloned_if_its_struct_says_it_can_be() -> Result<()> {
    #[derive(Module)]
    struct Lambda<F: Clone + Fn(&Tensor) -> Result<Tensor>> {
        #[module(skip)]
        f: F,
    }
    impl<F: Clone + Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static> Forward for Lambda<F> {
        type Output = Tensor;
        fn forward(&self, x: &Tensor) -> Result<Tensor> {
            (self.f)(x)
        }
    }
    let by = 3.0;
    let net = sequential![Lambda {
        f: move |x: &Tensor| x.mul(by)
    }];
    assert_eq!(net.deep_copy()?.call(&tensor!(2.0))?.item::<f32>()?, 6.0);
    Ok(())
}

#[test]
fn a_trait_object_of_the_programs_own_is_refused_by_name() -> Result<()> {
    trait Block: Module {}
    impl Block for Linear {}
    #[derive(Module)]
    struct Net {
        block: Box<dyn Block>,
    }
    let net = Net {
        block: Box::new(Linear::new(1, 1)?),
    };
    let e = net.deep_copy().err().unwrap();
    assert!(
        e.message().contains("dyn")
            && e.message().contains("Block")
            && e.message().contains("Linear"),
        "{e}"
    );
    Ok(())
}

/// Tensors in fields that are no nodes.
#[derive(Module)]
struct Head {
    embedding: Embedding,
    #[module(skip)]
    tied: Parameter,
    #[module(skip)]
    mask: Tensor,
}

#[test]
fn skipped_tensors_are_copied_and_tied_in_the_copy() -> Result<()> {
    let embedding = Embedding::new(3, 2)?;
    let head = Head {
        tied: embedding.weight.clone(),
        embedding,
        mask: tensor!([1.0, 1.0]),
    };
    let twin = head.deep_copy()?;
    assert!(twin.tied.same(&twin.embedding.weight) && !twin.tied.same(&head.tied));
    twin.mask.fill_(0)?;
    assert_eq!(head.mask.to_vec::<f32>()?, [1.0, 1.0]);
    Ok(())
}
