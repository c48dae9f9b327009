//! Training and evaluation mode, and modules that move.

use crate::common::devices::devices;
use rushlight_nn::*;
use rushlight_tensor::{DType, ErrorKind};

#[test]
fn a_flag_is_asked_for_where_it_is_kept() -> Result<()> {
    #[derive(Module)]
    struct Branch {
        fc: Linear,
    }
    #[derive(Module)]
    struct Tree {
        branch: Branch,
        drop: Dropout,
        bare: Bare,
    }
    #[derive(Module)]
    struct Bare;
    fn asked<M: Module>(module: &M) -> bool {
        module.is_training()
    }
    let tree = Tree {
        branch: Branch {
            fc: Linear::new(1, 1)?,
        },
        drop: Dropout::new(0.5)?,
        bare: Bare,
    };
    assert!(asked(&tree) && tree.as_module().is_training());
    tree.branch.fc.eval();
    assert!(!asked(&tree) && !tree.as_module().is_training() && tree.drop.is_training());
    tree.eval();
    assert!(!tree.drop.is_training());
    assert!(asked(&tree.bare), "nothing in it says otherwise");
    // A module with a flag of its own answers with that, as PyTorch's `training`.
    let net = sequential![Dropout::new(0.5)?];
    net.get(0).unwrap().eval();
    assert!(net.is_training());
    Ok(())
}

#[test]
fn a_moved_model_is_returned() -> Result<()> {
    for device in devices() {
        let model = sequential![Linear::new(3, 2)?].to(&device)?;
        assert!(model.parameters().iter().all(|p| *p.device() == device));
        let boxed: Box<dyn Layer> = Box::new(model);
        let mut boxed = boxed.to(DType::F16)?;
        assert_eq!(boxed.parameters()[0].dtype(), DType::F16);
        boxed.as_module_mut().to_(DType::F32)?;
        assert_eq!(boxed.parameters()[0].dtype(), DType::F32);
        let e = boxed.to(DType::Bool).err().unwrap();
        assert_eq!(
            (e.kind(), e.location().line()),
            (ErrorKind::DType, line!() - 3)
        );
    }
    Ok(())
}
