//! Settings of the whole process, in a program of their own: how tensors are printed, and how many threads kernels have.

use rushlight_tensor::{
    PrintOptions, Result, Tensor, cpu, get_printoptions, set_printoptions, tensor,
};

/// What PyTorch prints after `set_printoptions` with these values.
#[test]
fn tensors_print_as_the_options_say() -> Result<()> {
    let default = PrintOptions::default();
    let x = tensor!([4.14159, 2.61828]);
    let cases: [(PrintOptions, Tensor, &str); 7] = [
        (
            PrintOptions {
                precision: 2,
                ..default
            },
            x.clone(),
            "tensor([4.14, 2.62])",
        ),
        (
            PrintOptions {
                precision: 2,
                sci_mode: Some(true),
                ..default
            },
            x.clone(),
            "tensor([4.14e+00, 2.62e+00])",
        ),
        (
            PrintOptions {
                sci_mode: Some(false),
                ..default
            },
            tensor!([4.14159, 27182811136.0]),
            "tensor([          4.1416, 27182811136.0000])",
        ),
        (
            PrintOptions {
                threshold: 5,
                edgeitems: 2,
                ..default
            },
            Tensor::arange(0, 10, 1, ())?,
            "tensor([0, 1,  ..., 8, 9])",
        ),
        (
            PrintOptions {
                threshold: 5,
                edgeitems: 2,
                ..default
            },
            Tensor::arange(0, 16, 1, ())?.reshape([4, 4])?,
            "tensor([[ 0,  1,  2,  3],\n        [ 4,  5,  6,  7],\n        [ 8,  9, 10, 11],\n        [12, 13, 14, 15]])",
        ),
        (
            PrintOptions {
                linewidth: Some(20),
                ..default
            },
            Tensor::arange(0, 10, 1, ())?,
            "tensor([0, 1, 2, 3,\n        4, 5, 6, 7,\n        8, 9])",
        ),
        (
            PrintOptions {
                edgeitems: usize::MAX,
                threshold: 0,
                ..default
            },
            tensor!([1, 2]),
            "tensor([1, 2])",
        ),
    ];
    for (options, tensor, text) in cases {
        set_printoptions(options);
        assert_eq!(get_printoptions(), options);
        assert_eq!(
            std::thread::spawn(move || tensor.to_string())
                .join()
                .unwrap(),
            text
        );
    }
    set_printoptions(PrintOptions {
        precision: usize::MAX,
        ..default
    });
    assert!(x.to_string().starts_with("tensor([4.14159"), "{x}");
    set_printoptions(default);
    assert_eq!(x.to_string(), "tensor([4.1416, 2.6183])");
    Ok(())
}

#[test]
fn results_are_the_same_for_any_number_of_threads() -> Result<()> {
    let x = Tensor::arange(0, 300_000, 1, ())?.float()?.sin()?;
    let right = x.exp()?.sum()?.item::<f32>()?;
    for n in [1, 3, 2] {
        cpu::set_num_threads(n)?;
        assert_eq!(cpu::get_num_threads(), n);
        assert_eq!(x.exp()?.sum()?.item::<f32>()?, right);
    }
    // While other threads compute.
    std::thread::scope(|scope| {
        let busy: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    (0..50).all(|_| x.exp().unwrap().sum().unwrap().item::<f32>().unwrap() == right)
                })
            })
            .collect();
        for n in [1, 4, 2, 3] {
            cpu::set_num_threads(n).unwrap();
        }
        assert!(busy.into_iter().all(|b| b.join().unwrap()));
    });
    assert!(cpu::set_num_threads(0).is_err());
    Ok(())
}
