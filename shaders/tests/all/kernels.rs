//! Every kernel file is valid WGSL for every dtype, stays within the limits of every adapter, and begins with a description.

use crate::validation::{COMPUTES, source, validate_variant};
use naga::AddressSpace;
use naga::back::pipeline_constants::process_overrides;
use naga::proc::Layouter;
use rushlight_backend::DType;
use rushlight_shaders::{Compute, Kernel, Stored, Variant, declares, kernels, parameters};
use std::collections::BTreeSet;
use std::path::Path;

/// The limits of threads and of bytes of shared memory per workgroup that every adapter supports.
const THREADS: u64 = 256;
const SHARED: u32 = 16 << 10;

fn stored() -> impl Iterator<Item = Stored> {
    DType::ALL
        .into_iter()
        .map(Stored::Is)
        .chain([Stored::Pairs])
}

fn words(text: &str) -> BTreeSet<&str> {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .collect()
}

/// The type that a kernel's file computes in.
fn native(kernel: &Kernel) -> Compute {
    let compute = |line: &str| {
        let name = line.strip_prefix("alias T = ")?.strip_suffix(';')?;
        COMPUTES.into_iter().find(|compute| compute.name() == name)
    };
    kernel
        .text
        .lines()
        .find_map(compute)
        .unwrap_or(Compute::F32)
}

/// Whether the library has the functions that the kernel uses for this computing type. Other identifiers are the kernel's own or WGSL's.
fn is_for(kernel: &Kernel, compute: Compute) -> bool {
    let known = |word: &str, compute: Compute| declares(word, compute.groups());
    // Kernels that compute in integers are for integers only.
    let integers = |compute| matches!(compute, Compute::I32 | Compute::I64 | Compute::Pair);
    (integers(compute) || !integers(native(kernel)))
        // Kernels with roots are for floats only.
        && !(integers(compute) && words(kernel.text).contains("sqrt"))
        && (compute != Compute::Pair
            // Pairs are allowed in `Four`, which becomes an array, but not in vectors.
            || !kernel
                .text
                .lines()
                .filter(|line| !line.starts_with("alias Four"))
                .any(|line| line.contains("vec4<T>") || line.contains("vec2<T>")))
        && words(kernel.text)
            .into_iter()
            .all(|word| known(word, compute) || !COMPUTES.iter().any(|c| known(word, *c)))
}

/// The tensors that a kernel accesses by functions that depend on their dtype: those of the computing type, or those of positions.
fn tensors(kernel: &Kernel, positions: bool) -> BTreeSet<&'static str> {
    kernel
        .text
        .lines()
        // Units of memory have no dtype.
        .filter(|line| !line.contains("Unit"))
        .filter(|line| {
            let computed = [
                "-> T",
                "-> vec4<T>",
                "-> Four",
                "-> Item",
                "v: T",
                "v: vec4<T>",
                "v: Four",
                "v: Item",
            ];
            positions != computed.iter().any(|t| line.contains(t))
        })
        .filter_map(|line| line.strip_prefix("fn ")?.split('(').next())
        .filter_map(|function| function.split_once('_'))
        .filter(|(access, _)| matches!(*access, "load" | "store" | "load4" | "store4"))
        .map(|(_, tensor)| tensor)
        .filter(|tensor| kernel.text.contains(&format!("> {tensor}: array<")))
        .collect()
}

/// The storage of elements of the computing type itself.
fn like(compute: Compute) -> Stored {
    match compute {
        Compute::F32 => Stored::Is(DType::F32),
        Compute::F64 => Stored::Is(DType::F64),
        Compute::I32 => Stored::Is(DType::I32),
        Compute::I64 => Stored::Is(DType::I64),
        Compute::Pair => Stored::Pairs,
    }
}

/// The names of the files in a folder and its subfolders.
fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files_in(&path),
                false => vec![path.file_stem().unwrap().to_str().unwrap().to_owned()],
            }
        })
        .collect()
}

#[test]
fn every_file_is_a_kernel_and_begins_with_a_description_of_its_grid() {
    let mut files = files_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels"));
    files.sort();
    let mut listed: Vec<&str> = kernels::ALL.iter().map(|kernel| kernel.name).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
    for kernel in kernels::ALL {
        let comment: Vec<&str> = kernel
            .text
            .lines()
            .take_while(|line| line.starts_with("//"))
            .collect();
        let comment = comment.join(" ");
        // A description may refer to the file of another kernel.
        let grid = ["thread", "workgroup", "grid", "invocation", ".wgsl"];
        assert!(
            grid.iter().any(|word| comment.contains(word)),
            "{}: {comment:?}",
            kernel.name
        );
    }
}

#[test]
fn every_kernel_is_within_the_limits_of_every_adapter() {
    for kernel in kernels::ALL {
        let what = kernel.name;
        let compute = native(kernel);
        let variant = Variant::new(kernel, compute);
        let (source, module, info) = validate_variant(&variant, compute, None, what);
        for (_, constant) in module.overrides.iter() {
            assert!(constant.init.is_some(), "{what}: {constant:?}");
        }
        assert_eq!(module.entry_points.len(), 1, "{what}");
        let (module, _) = process_overrides(&module, &info, None, &Default::default()).unwrap();
        let [x, y, z] = module.entry_points[0].workgroup_size.map(u64::from);
        assert!(x * y * z <= THREADS, "{what}: {x} x {y} x {z} threads");
        let mut layouter = Layouter::default();
        layouter.update(module.to_ctx()).unwrap();
        let shared: u32 = module
            .global_variables
            .iter()
            .filter(|(_, variable)| variable.space == AddressSpace::WorkGroup)
            .map(|(_, variable)| layouter[variable.ty].size)
            .sum();
        // Adapters with cooperative matrices have more.
        let most = SHARED << u32::from(source.contains("coop_mat"));
        assert!(shared <= most, "{what}: {shared} bytes of shared memory");
    }
}

#[test]
fn every_kernel_is_valid_in_every_computing_type_and_for_every_dtype() {
    for kernel in kernels::ALL {
        let (tensors, positions) = (tensors(kernel, false), tensors(kernel, true));
        let typed = kernel.text.contains("alias T = ");
        for compute in COMPUTES {
            // The product with cooperative matrices has one form, and a separate test.
            let special = kernel.name == kernels::MATMUL_COOPERATIVE.name;
            if !is_for(kernel, compute) || !typed && compute != Compute::F32 || special {
                continue;
            }
            for stored in stored() {
                // Adapters that compute in pairs have neither type.
                if compute == Compute::Pair && matches!(stored, Stored::Is(DType::I64 | DType::F64))
                {
                    continue;
                }
                // The access functions of tensors are independent, so that one dtype for all tensors at a time suffices.
                let mut variant = Variant::new(kernel, compute);
                for tensor in &tensors {
                    variant = variant.stored(tensor, stored);
                }
                for tensor in &positions {
                    let stored = match stored {
                        Stored::Is(DType::I64 | DType::I32) => stored,
                        _ => Stored::Pairs,
                    };
                    variant = variant.stored(tensor, stored);
                }
                let what = format!("{} in {compute:?} of {stored:?}", kernel.name);
                validate_variant(&variant, compute, Some(stored), &what);
            }
        }
    }
}

#[test]
fn kernels_of_items_are_valid_in_vectors_of_four() {
    let swaps: [&[(&str, &str)]; 2] = [
        &[
            ("REGISTER_SCALARS", "REGISTER_VECTORS"),
            ("maximum_of", "maximum_of_four"),
            ("op_exp", "exp_of_four"),
            ("softmax_of", "softmax_of_four"),
            ("softmax_sum_term", "softmax_sum_term_of_four"),
            ("softmax_gradient", "softmax_gradient_of_four"),
        ],
        &[
            ("REGISTER_SCALARS", "REGISTER_VECTORS"),
            ("maximum_of", "maximum_of_four"),
            ("op_exp", "exp_of_four"),
            ("softmax_scale", "log_softmax_scale"),
            ("softmax_of", "log_softmax_of_four"),
            ("softmax_sum_term", "log_softmax_sum_term_of_four"),
            ("softmax_gradient", "log_softmax_gradient_of_four"),
        ],
    ];
    let mut met = 0;
    for kernel in kernels::ALL {
        if !kernel.text.contains("alias Item = ") {
            continue;
        }
        met += 1;
        for (compute, swaps) in [Compute::F32, Compute::F64]
            .into_iter()
            .flat_map(|compute| swaps.map(|s| (compute, s)))
        {
            for stored in stored() {
                let plain = Variant::new(kernel, compute).vectors();
                let plain = swaps.iter().fold(plain, |v, (from, to)| v.swap(from, to));
                let variant = tensors(kernel, false)
                    .into_iter()
                    .fold(plain, |v, tensor| v.stored(tensor, stored));
                let what = format!("{} in {compute:?} of {stored:?}", kernel.name);
                validate_variant(&variant, compute, Some(stored), &what);
            }
        }
    }
    assert_eq!(met, 2, "softmax and softmax_grad");
}

/// The host writes parameters at the default offsets of their types.
#[test]
fn parameters_have_no_explicit_offsets() {
    for kernel in kernels::ALL {
        let source = source(&Variant::new(kernel, native(kernel)), kernel.name);
        assert!(!parameters(&source).is_empty(), "{}", kernel.name);
        for attribute in ["@size(", "@align("] {
            assert!(!source.contains(attribute), "{}", kernel.name);
        }
    }
}

/// Kernels whose inputs may share the memory of the result.
const ELEMENTWISE: [&Kernel; 5] = [
    &kernels::UNARY,
    &kernels::UNARY_STRIDED,
    &kernels::BINARY,
    &kernels::BINARY_STRIDED,
    &kernels::WHERE,
];

#[test]
fn elementwise_kernels_are_valid_with_an_input_in_the_memory_of_the_result() {
    for kernel in kernels::ALL {
        if !ELEMENTWISE.iter().any(|other| other.name == kernel.name) {
            continue;
        }
        for input in tensors(kernel, false)
            .into_iter()
            .filter(|tensor| *tensor != "y")
        {
            for stored in stored() {
                let variant = Variant::new(kernel, Compute::F32)
                    .in_place(input, stored, "y")
                    .stored("y", stored);
                let what = format!("{} with {input} in place, {stored:?}", kernel.name);
                validate_variant(&variant, Compute::F32, Some(stored), &what);
            }
        }
    }
}

#[test]
fn totals_of_another_type_are_valid() {
    let [total, sum, of, result] = ["Scaled", "scaled_product", "scaled_of", "unscaled"];
    for kernel in [&kernels::REDUCE, &kernels::SCAN] {
        for compute in [Compute::F32, Compute::F64] {
            let what = format!("{} by {sum} in {compute:?}", kernel.name);
            let variant = Variant::new(kernel, compute)
                .alias("Total", total)
                .swap("op_add", sum)
                .swap("to_total", of)
                .swap("of_total", result);
            let variant = tensors(kernel, false)
                .into_iter()
                .fold(variant, |v, tensor| v.stored(tensor, like(compute)));
            validate_variant(&variant, compute, None, &what);
        }
    }
}

#[test]
fn sums_and_norms_of_floats_are_valid_with_a_scaled_second_pass() {
    for kernel in [&kernels::REDUCE, &kernels::REDUCE_VECTORS] {
        for (shift, result) in [("sum_shift", "sum_result"), ("square_shift", "root_result")] {
            for compute in [Compute::F32, Compute::F64] {
                let what = format!("{} with {result} in {compute:?}", kernel.name);
                let variant = Variant::new(kernel, compute)
                    .swap("no_shift", shift)
                    .swap("as_is", result);
                let variant = tensors(kernel, false)
                    .into_iter()
                    .fold(variant, |v, tensor| v.stored(tensor, like(compute)));
                validate_variant(&variant, compute, None, &what);
            }
        }
    }
}

/// The functions that the host replaces, by the beginning of the kernel's name.
const SWAPS: [(&str, &str, &[&str]); 9] = [
    ("reduce", "op_add", &["op_mul", "op_maximum", "op_minimum"]),
    ("arg_reduce", "op_gt", &["op_lt"]),
    ("scan", "op_add", &["op_mul"]),
    ("scan_extreme", "op_ge", &["op_le"]),
    ("softmax", "softmax_of", &["log_softmax_of"]),
    (
        "softmax_grad",
        "softmax_gradient",
        &["log_softmax_gradient"],
    ),
    (
        "conv_",
        "source_of_output",
        &["source_of_input", "source_of_kernel"],
    ),
    ("check", "is_probability", &["is_offset"]),
    ("", "index_of_word", &["index_of_pair"]),
];

#[test]
fn every_kernel_is_valid_with_replaced_functions() {
    for (name, from, others) in SWAPS {
        let mut met = false;
        for kernel in kernels::ALL {
            if !kernel.name.starts_with(name) || !words(kernel.text).contains(from) {
                continue;
            }
            met = true;
            for compute in COMPUTES
                .into_iter()
                .filter(|compute| is_for(kernel, *compute))
            {
                for to in others {
                    let what = format!("{} in {compute:?} with {to}", kernel.name);
                    let plain = Variant::new(kernel, compute).swap(from, to);
                    let mut variant = tensors(kernel, false)
                        .into_iter()
                        .fold(plain, |variant, tensor| {
                            variant.stored(tensor, like(compute))
                        });
                    if *to == "index_of_pair" {
                        variant = variant.alias("Index", "vec2<u32>");
                    }
                    validate_variant(&variant, compute, None, &what);
                }
            }
        }
        assert!(met, "no kernel mentions {from}");
    }
}

/// Sums by index with their rounding errors, and products by index with their exponents.
#[test]
fn sums_and_products_by_index_are_valid() {
    let of_sum: &[(&str, &str)] = &[("no_error", "rounding_error_of_sum")];
    let of_product: &[(&str, &str)] = &[
        ("op_add", "significand_of_product"),
        ("no_error", "exponent_of_product"),
        ("with_error", "with_exponent"),
    ];
    let mut met = 0;
    for kernel in kernels::ALL {
        if !words(kernel.text).contains("no_error") {
            continue;
        }
        met += 1;
        for compute in [Compute::F32, Compute::F64] {
            for swaps in [of_sum, of_product] {
                let what = format!("{} in {compute:?} with {swaps:?}", kernel.name);
                let plain = swaps
                    .iter()
                    .fold(Variant::new(kernel, compute), |v, (from, to)| {
                        v.swap(from, to)
                    });
                let variant = tensors(kernel, false)
                    .into_iter()
                    .fold(plain, |v, tensor| v.stored(tensor, like(compute)));
                validate_variant(&variant, compute, None, &what);
            }
        }
    }
    assert_eq!(met, 3, "scatter, scatter_runs and scatter_combine");
}

#[test]
fn kernels_that_move_units_of_memory_are_valid_for_each_size() {
    for kernel in kernels::ALL {
        if !kernel.text.contains("alias Unit = ") {
            continue;
        }
        for unit in ["i32", "vec2<u32>", "vec4<u32>"] {
            let what = format!("{} of {unit}", kernel.name);
            let variant = Variant::new(kernel, native(kernel)).alias("Unit", unit);
            validate_variant(&variant, native(kernel), None, &what);
        }
    }
}

#[test]
fn products_with_cooperative_matrices_are_valid() {
    let kernel = &kernels::MATMUL_COOPERATIVE;
    let variant = Variant::new(kernel, Compute::F32)
        .tensor("bias", DType::F16)
        .stored("y", Stored::Half);
    let (source, ..) = validate_variant(&variant, Compute::F32, None, kernel.name);
    // Atomic operations would have device scope, which requires a capability that wgpu does not request.
    assert!(!source.contains("atomic"), "{source}");
}

#[test]
fn bindings_are_consecutive_and_at_most_eight() {
    for kernel in kernels::ALL {
        let bindings: Vec<&str> = kernel
            .text
            .lines()
            .filter(|line| line.starts_with("@group(0)"))
            .collect();
        for (i, line) in bindings.iter().enumerate() {
            assert!(
                line.starts_with(&format!("@group(0) @binding({i}) var<storage")),
                "{}: {line}",
                kernel.name
            );
        }
        assert!(bindings.len() <= 8, "{}", kernel.name);
    }
}
