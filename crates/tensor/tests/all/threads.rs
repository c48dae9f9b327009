//! One tensor in several threads, through handles, views and detached tensors: what is read was written by one operation, and no update is lost.

use rushlight_tensor::{
    Device, OptimizerStep, Result, StepTensors, Tensor, optimizer_step, update,
};
use std::sync::atomic::{AtomicBool, Ordering};

/// Fits inside the storage; a block; work for all threads.
const SIZES: [usize; 3] = [16, 4099, 70_000];

/// Every element read at one time is the same.
fn expect_whole(values: &[f32]) {
    let first = values[0];
    assert!(
        values.iter().all(|&v| v == first),
        "{first} next to {:?}",
        values.iter().find(|&&v| v != first)
    );
}

/// Writes over and over in one thread what another reads all the time.
fn against_reads(x: &Tensor, write: impl Fn(usize) -> Result<()> + Sync) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !over.load(Ordering::Relaxed) || reads == 0 {
                expect_whole(&x.to_vec::<f32>().unwrap());
                reads += 1;
            }
        });
        for i in 0..400 {
            if reader.is_finished() {
                break;
            }
            write(i).unwrap();
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_is_read_was_written_whole() -> Result<()> {
    for n in SIZES {
        let x = Tensor::zeros([n], &Device::CPU)?;
        against_reads(&x, |i| x.fill_(i as f64));
        against_reads(&x, |_| x.add_(1));
        against_reads(&x, |_| x.neg_());
        let (zeros, ones) = (x.zeros_like()?, x.ones_like()?);
        against_reads(&x, |i| x.copy_(if i % 2 == 0 { &zeros } else { &ones }));
        // Through another handle, a detached tensor, and a view that leaves nothing out.
        let (handle, detached, view) = (x.clone(), x.detach(), x.view([n])?);
        against_reads(&x, |i| handle.fill_(i as f64));
        against_reads(&x, |i| detached.fill_(i as f64));
        against_reads(&x, |i| view.fill_(i as f64));
        against_reads(&view, |i| x.fill_(i as f64));
        let index = Tensor::arange(0, n as i64, 1, &Device::CPU)?;
        against_reads(&x, |_| x.index_add_(0, &index, &ones));
    }
    Ok(())
}

#[test]
fn no_update_is_lost() -> Result<()> {
    const ROUNDS: usize = 300;
    for n in SIZES {
        let x = Tensor::zeros([n], &Device::CPU)?;
        let one = Tensor::ones([n], &Device::CPU)?;
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        x.add_(1).unwrap();
                        x.add_(&one).unwrap();
                    }
                });
            }
        });
        assert!(x.to_vec::<f32>()?.iter().all(|&v| v == (6 * ROUNDS) as f32));
    }
    Ok(())
}

#[test]
fn parameters_are_read_whole_while_an_optimizer_steps() -> Result<()> {
    let sgd = OptimizerStep::Sgd(update::Sgd {
        lr: 0.5,
        momentum: 0.9,
        dampening: 0.0,
        weight_decay: 0.0,
        nesterov: false,
        maximize: false,
    });
    for n in SIZES {
        let param = Tensor::zeros([n], &Device::CPU)?;
        let (grad, momentum) = (param.ones_like()?, param.zeros_like()?);
        let step = |i: usize| {
            let group = [StepTensors {
                param: &param,
                grad: &grad,
                states: &[&momentum],
                step: i as u64 + 1,
                factors: [0.0; 2],
            }];
            optimizer_step(&sgd, &group)
        };
        against_reads(&param, step);
        against_reads(&momentum, step);
        // The gradient may be written meanwhile, too.
        against_reads(&param, |i| {
            grad.fill_(i as f64)?;
            step(i)
        });
    }
    Ok(())
}
