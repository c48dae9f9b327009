//! The table of a model's modules.

use rushlight_autograd::Autograd;
use rushlight_nn::*;
use rushlight_tensor::{DType, Tensor};

#[derive(Module)]
struct Block {
    linear: Linear,
    activation: ReLU,
    drop: Dropout,
}

impl Forward for Block {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.activation.call(&self.linear.call(x)?)?;
        self.drop.call(&self.activation.call(&x)?)
    }
}

/// Every module with a state of its own is also the first field of another: one address, two types.
#[derive(Module)]
struct Net {
    blocks: Vec<Block>,
    unused: Linear,
    scale: Parameter,
    state: ModuleState,
}

impl Forward for Net {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for block in &self.blocks {
            x = block.call(&x)?;
        }
        x.mul(&self.scale)
    }
}

fn net() -> Result<Net> {
    let block = || -> Result<Block> {
        Ok(Block {
            linear: Linear::new(4, 4)?,
            activation: ReLU::new(),
            drop: Dropout::new(0.5)?,
        })
    };
    let first = block()?;
    let mut second = block()?;
    second.linear.weight = first.linear.weight.clone();
    Ok(Net {
        blocks: vec![first, second],
        unused: Linear::new(4, 1000)?,
        scale: Parameter::new(Tensor::ones([1], ())?)?,
        state: ModuleState::default(),
    })
}

#[test]
fn a_tree_with_outputs_calls_and_parameters() -> Result<()> {
    let net = net()?;
    net.unused.weight.requires_grad_(false)?;
    let table = summary(&net, [3, 4])?;
    assert_eq!(
        table.to_string(),
        "\
module                  output shape            parameters
----------------------------------------------------------
Net                     [3, 4]                           1
├─ blocks.0: Block      [3, 4]
│  ├─ linear: Linear    [3, 4]                          20
│  ├─ activation: ReLU  [3, 4], called 2 times
│  └─ drop: Dropout     [3, 4]
├─ blocks.1: Block      [3, 4]
│  ├─ linear: Linear    [3, 4]                          20
│  ├─ activation: ReLU  [3, 4], called 2 times
│  └─ drop: Dropout     [3, 4]
└─ unused: Linear       not called                   5,000
----------------------------------------------------------
5,025 parameters, 1,025 of them trainable
input 48 B, outputs 384 B, parameters 19.6 KiB, buffers 0 B"
    );
    let paths: Vec<(&str, usize)> = table
        .rows
        .iter()
        .map(|row| (row.path.as_str(), row.depth))
        .collect();
    assert_eq!(
        paths[..4],
        [
            ("", 0),
            ("blocks.0", 1),
            ("blocks.0.linear", 2),
            ("blocks.0.activation", 2)
        ]
    );
    Ok(())
}

#[test]
fn the_model_is_left_as_it_was() -> Result<()> {
    let model = sequential![BatchNorm1d::new(4)?, Dropout::new(0.5)?, Linear::new(4, 2)?];
    model.children()[1].state().unwrap().set_training(false);
    let before = model.state_dict();
    summary(&model, [8, 4])?;
    // A shape that does not fit is the model's error.
    let e = summary(&model, [8, 5]).unwrap_err();
    assert!(e.to_string().contains("BatchNorm1d"), "{e}");
    assert!(e.location().file().ends_with("summary.rs"), "{e}");

    let modes: Vec<bool> = model
        .modules()
        .iter()
        .map(|m| m.state().unwrap().is_training())
        .collect();
    assert_eq!(modes, [true, true, false, true]);
    for ((name, old), (_, new)) in before.iter().zip(model.state_dict().iter()) {
        assert!(old.equal(new)?, "{name}");
    }
    // What is called afterwards is recorded nowhere.
    model.call(&Tensor::zeros([8, 4], ())?)?;
    assert_eq!(summary(&model, [2, 4])?.rows[0].calls, 1);
    Ok(())
}

#[test]
fn other_inputs_dtypes_and_outputs() -> Result<()> {
    let model = sequential![Linear::new(3, 2)?].to(DType::F64)?;
    let table = summary(&model, 3)?;
    assert_eq!(
        (table.input_bytes, table.output_bytes, table.parameter_bytes),
        (Some(24), 16, 64)
    );

    let embedding = Embedding::new(10, 6)?;
    let gru = GRU::new(6, 5)?;
    let tokens = Tensor::zeros([7, 2], DType::I64)?;
    #[derive(Module)]
    struct Tagger {
        embedding: Embedding,
        gru: GRU,
    }
    let model = Tagger { embedding, gru };
    let table = summary_of(&model, || {
        let (y, _) = model.gru.call(&model.embedding.call(&tokens)?)?;
        assert!(!y.requires_grad());
        // A summary inside another one leaves it alone.
        summary(&Linear::new(2, 2)?, [1, 2])
    })?;
    let outputs: Vec<_> = table.rows.iter().map(|row| row.output.clone()).collect();
    assert_eq!(
        outputs,
        [
            vec![],
            vec![vec![7, 2, 6]],
            vec![vec![7, 2, 5], vec![1, 2, 5]]
        ]
    );
    assert_eq!(table.rows[0].calls, 0);
    Ok(())
}

/// A layer without fields: several of them may have one address.
#[derive(Module)]
struct Square;

impl Forward for Square {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.square()
    }
}

/// The outer and the inner one of two nested layers have one address and one name.
#[derive(Module)]
struct Residual<M: Layer> {
    inner: M,
}

impl<M: Layer> Forward for Residual<M> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.inner.call(x)?.sum_dim(0, false)?.add(1)
    }
}

#[test]
fn modules_at_one_address_are_told_apart() -> Result<()> {
    let model = sequential![Linear::new(4, 8)?, Square, Linear::new(8, 2)?, Square];
    let outputs = |table: Summary| -> Vec<Vec<Vec<usize>>> {
        table.rows.into_iter().map(|row| row.output).collect()
    };
    assert_eq!(
        outputs(summary(&model, [2, 4])?),
        [
            vec![vec![2, 2]],
            vec![vec![2, 8]],
            vec![vec![2, 8]],
            vec![vec![2, 2]],
            vec![vec![2, 2]]
        ]
    );
    let nested = Residual {
        inner: Residual {
            inner: Linear::new(4, 3)?,
        },
    };
    assert_eq!(
        outputs(summary(&nested, [5, 6, 4])?),
        [vec![vec![3]], vec![vec![6, 3]], vec![vec![5, 6, 3]]]
    );
    Ok(())
}

#[test]
fn a_list_whose_modules_were_called_counts_as_called() -> Result<()> {
    let layers = ModuleList::from(vec![Linear::new(4, 4)?]);
    let x = Tensor::zeros([1, 4], ())?;
    let table = summary_of(&layers, || layers[0].call(&x))?;
    assert!(!table.to_string().contains("not called"), "{table}");
    let table = summary_of(&layers, || Ok(()))?;
    assert_eq!(table.to_string().matches("not called").count(), 2);
    Ok(())
}
