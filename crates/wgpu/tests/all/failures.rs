//! What fails is an error value that names the operation, and other devices go on.

use crate::support::{gpu, open};
use rushlight_backend::{
    Backend, Binary, DType, Dims, ErrorKind, Layout, Map, Storage, View, plan,
};
use rushlight_wgpu::{ADAPTER_FILTER, Gpu, Options};

const SHAPE: [usize; 1] = [5];

fn add(gpu: &Gpu, a: &Storage, b: &Storage, out: &Storage) -> rushlight_backend::Result<()> {
    let layout = Layout::contiguous(Dims::from(SHAPE));
    let view = |storage| View::new(storage, &layout, DType::F32).unwrap();
    gpu.map(plan::map(
        Map::Binary(Binary::Add),
        DType::F32,
        &[view(a), view(b)],
        view(out).into(),
    )?)
}

/// One and one is two.
fn works(gpu: &Gpu) {
    let one = gpu.upload(bytemuck::cast_slice(&[1.0f32; 5])).unwrap();
    let sum = gpu.alloc(20).unwrap();
    add(gpu, &one, &one, &sum).unwrap();
    let mut back = [0.0f32; 5];
    gpu.download(&sum, 0, bytemuck::cast_slice_mut(&mut back))
        .unwrap();
    assert_eq!(back, [2.0; 5]);
}

#[test]
fn a_block_that_is_too_large_is_out_of_memory() {
    let Some(gpu) = gpu() else { return };
    for bytes in [1 << 45, usize::MAX / 2, usize::MAX - 5] {
        let e = gpu.alloc(bytes).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
        assert!(e.message().starts_with("gpu:0"), "{e}");
        assert!(e.message().contains(&bytes.to_string()), "{e}");
    }
    works(&gpu);
}

#[test]
fn many_blocks_are_out_of_memory_at_the_limit_and_kept_ones_make_room() {
    let options = Options {
        memory_limit: Some(1 << 20),
        ..Options::default()
    };
    let Some(gpu) = open(&options) else { return };
    for bytes in [100_000, 30_000, 400] {
        let mut held = Vec::new();
        let e = loop {
            match gpu.alloc(bytes) {
                Ok(storage) => held.push(storage),
                Err(e) => break e,
            }
        };
        assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
        assert!(e.message().contains("beyond the limit of 1048576"), "{e}");
        let usage = gpu.memory();
        assert!(usage.allocated + usage.cached <= 1 << 20, "{usage:?}");
        assert!(held.len() * bytes >= 800_000, "{} x {bytes}", held.len());
    }
    works(&gpu);
}

#[test]
fn a_lost_device_is_an_error_of_each_operation_and_of_no_other_device() {
    let (Some(lost), Some(other)) = (gpu(), gpu()) else {
        return;
    };
    let one = lost.upload(bytemuck::cast_slice(&[1.0f32; 5])).unwrap();
    let sum = lost.alloc(20).unwrap();
    // Work that is recorded but not under way is lost too.
    add(&lost, &one, &one, &sum).unwrap();
    lost.destroy();
    let told = |result: rushlight_backend::Result<()>, name: &str| {
        let e = result.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Device, "{e}");
        assert!(
            e.message()
                .starts_with(&format!("{name}: the device is lost")),
            "{e}"
        );
    };
    told(add(&lost, &one, &one, &sum), "add");
    told(lost.download(&sum, 0, &mut [0; 20]), "download");
    told(lost.write(&sum, 0, &[1; 20]), "upload");
    told(lost.synchronize(), "synchronize");
    told(lost.alloc(20).map(|_| ()), "empty");
    works(&other);
    drop((one, sum, lost));
    works(&other);
    works(&gpu().unwrap());
}

#[test]
fn a_device_lost_in_the_middle_of_work_ends_in_errors_not_in_panics() {
    let Some(lost) = gpu() else { return };
    let told = std::thread::scope(|scope| {
        let worker = scope.spawn(|| -> rushlight_backend::Result<()> {
            let one = lost.upload(bytemuck::cast_slice(&[1.0f32; 5]))?;
            loop {
                let sum = lost.alloc(20)?;
                for _ in 0..20 {
                    add(&lost, &one, &one, &sum)?;
                }
                lost.download(&sum, 0, &mut [0; 20])?;
            }
        });
        std::thread::sleep(std::time::Duration::from_millis(150));
        lost.destroy();
        worker.join().unwrap().unwrap_err()
    });
    assert_eq!(told.kind(), ErrorKind::Device, "{told}");
}

#[test]
fn memory_of_another_device_is_refused_and_both_are_named() {
    let (Some(a), Some(b)) = (gpu(), gpu()) else {
        return;
    };
    assert_ne!(a.name(), b.name());
    let (here, there) = (a.alloc(20).unwrap(), b.alloc(20).unwrap());
    let e = add(&a, &here, &there, &here).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Device);
    for name in [a.name(), b.name()] {
        assert!(e.message().contains(name), "{e}");
    }
    let host = rushlight_cpu::Cpu.alloc(20).unwrap();
    let e = add(&a, &here, &host, &here).unwrap_err();
    assert!(e.message().contains("another backend"), "{e}");
}

/// The test runs itself again, where no adapter has the name that is asked for.
#[test]
fn without_an_adapter_opening_one_is_an_error_that_says_what_was_looked_for() {
    const CHILD: &str = "RUSHLIGHT_TEST_WITHOUT_ADAPTER";
    if std::env::var_os(CHILD).is_some() {
        let e = Gpu::open(0).map(|_| ()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Device);
        for words in ["gpu:0", "\"no such name\"", ADAPTER_FILTER, "found 0"] {
            assert!(e.message().contains(words), "{e}");
        }
        assert_eq!(rushlight_wgpu::count(), 0);
        assert!(rushlight_wgpu::report().starts_with("no adapter\n"));
        return;
    }
    let name = "failures::without_an_adapter_opening_one_is_an_error_that_says_what_was_looked_for";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact"])
        .env(CHILD, "1")
        .env(ADAPTER_FILTER, "no such name")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let e = Gpu::open(90).map(|_| ()).unwrap_err();
    assert!(
        e.message().starts_with("gpu:90: there is no such adapter"),
        "{e}"
    );
}
