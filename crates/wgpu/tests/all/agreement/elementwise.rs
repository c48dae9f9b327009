//! Elementwise work: functions of one and two tensors, with numbers, comparisons, choices, copies and conversions.

use super::agree::{Close, Input, agree, refused};
use super::image::{Image, Rng, Values};
use super::{for_shapes, guarded, limited, tell_refusals};
use DType::*;
use rushlight_backend::{Binary, BinaryKind, Compare, DType, Map, Scalar, Unary, UnaryKind, plan};
use rushlight_wgpu::Gpu;

/// What a function's inputs are like, and how near its results come.
fn unary_case(f: Unary) -> (Values, Close) {
    let exact = match f {
        Unary::Square | Unary::Sqrt | Unary::Reciprocal => false,
        _ => f.kind() != UnaryKind::Float,
    };
    let close = match f {
        _ if exact => Close::Exact,
        Unary::Square | Unary::Sqrt | Unary::Reciprocal | Unary::Rsqrt => Close::Within(5e-7, 0.0),
        // Near their zeros only the absolute error is small.
        Unary::Lgamma | Unary::Digamma | Unary::Trigamma | Unary::LogNdtr => {
            Close::Within(2e-5, 5e-6)
        }
        _ => Close::Within(1e-5, 2e-6),
    };
    (Values::Wild, close)
}

fn binary_case(f: Binary) -> Close {
    match f {
        Binary::Div
        | Binary::Pow
        | Binary::Atan2
        | Binary::Hypot
        | Binary::LogAddExp
        | Binary::LogAddExp2
        | Binary::Xlogy
        | Binary::Xlog1py
        | Binary::Zeta
        | Binary::Polygamma
        | Binary::Elu
        | Binary::BceWithLogits => Close::Within(1e-5, 2e-6),
        // The quotient's rounding decides on which side of a whole number it falls.
        _ => Close::Exact,
    }
}

/// The second operand: never 0 where integers are divided, few bits where bits are shifted.
fn right_values(f: Binary, dtype: DType) -> Values {
    match f {
        Binary::DivTrunc | Binary::DivFloor | Binary::Remainder | Binary::Fmod | Binary::Pow
            if !dtype.is_float() =>
        {
            Values::Positive
        }
        Binary::ShiftLeft | Binary::ShiftRight => Values::Between(0.0, 7.0),
        Binary::Zeta | Binary::Polygamma => Values::Positive,
        // Drivers may take 0 times infinity for 0 where they see that a factor is 0.
        Binary::Xlogy | Binary::Xlog1py => Values::Near(4.0),
        _ => Values::Wild,
    }
}

fn left_values(f: Binary, dtype: DType) -> Values {
    match f {
        Binary::Zeta => Values::Between(1.5, 6.0),
        Binary::Polygamma => Values::Between(1.0, 9.0),
        Binary::Pow if !dtype.is_float() => Values::Near(4.0),
        _ => Values::Wild,
    }
}

fn number(rng: &mut Rng, values: Values, dtype: DType) -> Scalar {
    let one = Image::input(rng, dtype, &[], values);
    super::image::element(&one.bytes, dtype, one.layout.offset())
}

/// An output, and an input that is it, if both may be.
fn in_place(rng: &mut Rng, x: Image, out: Image) -> (Input, Image) {
    if rng.below(3) == 0 && x.dtype == out.dtype && !x.layout.overlaps_itself() {
        return (Input::Output(0), x);
    }
    (Input::Own(x), out)
}

fn check_unary(gpu: &Gpu, f: Unary, dtype: DType, cases: u32) {
    let Some(result) = f.result(dtype) else {
        return;
    };
    let compute = match f.kind() {
        UnaryKind::Test => dtype.compute(),
        _ => result.compute(),
    };
    let (values, close) = unary_case(f);
    for_shapes(gpu, cases, |shape, rng| {
        let x = Image::input(rng, dtype, shape, values);
        let out = Image::output(rng, result, shape);
        let (x, out) = in_place(rng, x, out);
        agree(gpu, f.name(), &[x], &[out], close, &|b, x, y| {
            b.map(plan::map(Map::Unary(f), compute, x, y[0].into())?)
        })
    });
}

#[test]
fn functions_of_one_element() {
    let Some(gpu) = guarded() else { return };
    for (i, &f) in Unary::ALL.iter().enumerate() {
        check_unary(&gpu, f, F32, 4);
        check_unary(&gpu, f, [F16, BF16, I64, U8, I32, F64, Bool][i % 7], 3);
    }
    tell_refusals();
}

fn compute_of(f: Binary, a: DType, result: DType) -> DType {
    match f.kind() {
        BinaryKind::Test => a.compute(),
        _ => result.compute(),
    }
}

fn check_binary(gpu: &Gpu, f: Binary, a: DType, b: DType, cases: u32) {
    let met = a.promote(b);
    let Some(result) = f.result(met) else { return };
    let compute = compute_of(f, met, result);
    let close = binary_case(f);
    for_shapes(gpu, cases, |shape, rng| {
        let x = Image::input(rng, a, shape, left_values(f, met));
        let y = Image::input(rng, b, shape, right_values(f, met));
        let out = Image::output(rng, result, shape);
        let (x, out) = in_place(rng, x, out);
        agree(
            gpu,
            f.name(),
            &[x, Input::Own(y)],
            &[out],
            close,
            &|b, x, y| b.map(plan::map(Map::Binary(f), compute, x, y[0].into())?),
        )
    });
}

#[test]
fn functions_of_two_elements() {
    let Some(gpu) = guarded() else { return };
    let pairs = [
        (F16, F16),
        (I64, I64),
        (U8, I8),
        (BF16, F32),
        (I32, I32),
        (Bool, I16),
        (F64, F64),
    ];
    for (i, &f) in Binary::ALL.iter().enumerate() {
        check_binary(&gpu, f, F32, F32, 4);
        let (a, b) = match f.kind() {
            BinaryKind::Integer | BinaryKind::Whole => [(I64, I64), (I32, U8), (I16, I16)][i % 3],
            BinaryKind::Real => [(F16, F16), (BF16, F32), (F64, F64)][i % 3],
            _ => pairs[i % pairs.len()],
        };
        check_binary(&gpu, f, a, b, 3);
    }
    tell_refusals();
}

#[test]
fn functions_of_an_element_and_a_number() {
    let Some(gpu) = guarded() else { return };
    for (i, &f) in Binary::ALL.iter().enumerate() {
        let integers = matches!(f.kind(), BinaryKind::Integer | BinaryKind::Whole);
        let dtype = match i % 4 {
            _ if integers => [I64, I32, U8][i % 3],
            0 => F16,
            1 => I64,
            _ => F32,
        };
        let Some(result) = f.result(dtype) else {
            continue;
        };
        let compute = compute_of(f, dtype, result);
        let close = binary_case(f);
        for_shapes(&gpu, 3, |shape, rng| {
            let x = Image::input(rng, dtype, shape, left_values(f, dtype));
            let s = number(rng, right_values(f, dtype), dtype);
            let out = Image::output(rng, result, shape);
            let (x, out) = in_place(rng, x, out);
            agree(
                &gpu,
                &format!("{} {s:?}", f.name()),
                &[x],
                &[out],
                close,
                &|b, x, y| b.map(plan::map(Map::BinaryScalar(f, s), compute, x, y[0].into())?),
            )
        });
        for_shapes(&gpu, 2, |shape, rng| {
            let x = Image::input(rng, dtype, shape, right_values(f, dtype));
            let s = number(rng, left_values(f, dtype), dtype);
            let out = Image::output(rng, result, shape);
            let what = format!("{s:?} {}", f.name());
            agree(&gpu, &what, &[Input::Own(x)], &[out], close, &|b, x, y| {
                b.map(plan::map(Map::ScalarBinary(s, f), compute, x, y[0].into())?)
            })
        });
    }
    tell_refusals();
}

#[test]
fn comparisons() {
    let Some(gpu) = guarded() else { return };
    let pairs = [
        (F32, F32),
        (I64, I64),
        (F16, BF16),
        (U8, I32),
        (Bool, Bool),
        (F64, F32),
    ];
    for (i, &f) in Compare::ALL.iter().enumerate() {
        for (a, b) in [pairs[i], pairs[(i + 1) % 6]] {
            let compute = a.promote(b).compute();
            for_shapes(&gpu, 4, |shape, rng| {
                let x = Image::input(rng, a, shape, Values::Wild);
                let y = Image::input(rng, b, shape, Values::Wild);
                let out = Image::output(rng, Bool, shape);
                let inputs = [Input::Own(x), Input::Own(y)];
                agree(&gpu, f.name(), &inputs, &[out], Close::Exact, &|b, x, y| {
                    b.map(plan::map(Map::Compare(f), compute, x, y[0].into())?)
                })
            });
            for_shapes(&gpu, 2, |shape, rng| {
                let x = Image::input(rng, a, shape, Values::Wild);
                let s = number(rng, Values::Wild, a);
                let out = Image::output(rng, Bool, shape);
                agree(
                    &gpu,
                    f.name(),
                    &[Input::Own(x)],
                    &[out],
                    Close::Exact,
                    &|b, x, y| {
                        b.map(plan::map(
                            Map::CompareScalar(f, s),
                            a.compute(),
                            x,
                            y[0].into(),
                        )?)
                    },
                )
            });
        }
    }
    tell_refusals();
}

#[test]
fn choices() {
    let Some(gpu) = guarded() else { return };
    for (a, b) in [
        (F32, F32),
        (I64, I64),
        (U8, U8),
        (F16, F32),
        (F64, F64),
        (Bool, I32),
    ] {
        let result = a.promote(b);
        for_shapes(&gpu, 6, |shape, rng| {
            let condition = Image::input(rng, Bool, shape, Values::Between(0.0, 2.0));
            let x = Image::input(rng, a, shape, Values::Wild);
            let y = Image::input(rng, b, shape, Values::Wild);
            let out = Image::output(rng, result, shape);
            let (x, out) = in_place(rng, x, out);
            let inputs = [Input::Own(condition), x, Input::Own(y)];
            agree(&gpu, "where", &inputs, &[out], Close::Exact, &|b, x, y| {
                b.map(plan::map(Map::Where, result.compute(), x, y[0].into())?)
            })
        });
    }
    tell_refusals();
}

#[test]
fn conversions_between_all_dtypes() {
    let Some(gpu) = guarded() else { return };
    for from in DType::ALL {
        for to in DType::ALL {
            // What does not fit an integer is no number that both must give.
            let values = match (from.is_float(), to.is_float()) {
                (true, false) => Values::Near(100.0),
                _ => Values::Wild,
            };
            for_shapes(&gpu, 2, |shape, rng| {
                let x = Image::input(rng, from, shape, values);
                let out = Image::output(rng, to, shape);
                let name = format!("{from} to {to}");
                agree(
                    &gpu,
                    &name,
                    &[Input::Own(x)],
                    &[out],
                    Close::Exact,
                    &|b, x, y| b.map(plan::map(Map::Copy, to.compute(), x, y[0].into())?),
                )
            });
        }
    }
    tell_refusals();
}

#[test]
fn fills() {
    let Some(gpu) = guarded() else { return };
    for dtype in DType::ALL {
        for_shapes(&gpu, 4, |shape, rng| {
            let s = number(rng, Values::Wild, dtype);
            let out = Image::output(rng, dtype, shape);
            agree(&gpu, "fill_", &[], &[out], Close::Exact, &|b, _, y| {
                b.fill(plan::fill(s, y[0].into())?)
            })
        });
    }
    tell_refusals();
}

#[test]
fn integers_divided_by_zero_are_refused_as_on_the_cpu() {
    let Some(gpu) = guarded() else { return };
    for f in [
        Binary::DivFloor,
        Binary::DivTrunc,
        Binary::Remainder,
        Binary::Fmod,
    ] {
        let mut rng = Rng(7);
        let x = Image::input(&mut rng, I32, &[3, 5], Values::Near(9.0));
        let zeros = Image::input(&mut rng, I32, &[3, 5], Values::Between(0.0, 1.0));
        let out = Image::output(&mut rng, I32, &[3, 5]);
        let told = |b: &dyn rushlight_backend::Backend| -> String {
            let a = b.upload(&x.bytes).unwrap();
            let z = b.upload(&zeros.bytes).unwrap();
            let y = b.upload(&out.bytes).unwrap();
            let view = |storage, image: &'_ Image| {
                rushlight_backend::View::new(storage, Box::leak(Box::new(image.layout)), I32)
                    .unwrap()
            };
            let result = b
                .map(
                    plan::map(
                        Map::Binary(f),
                        I64,
                        &[view(&a, &x), view(&z, &zeros)],
                        view(&y, &out).into(),
                    )
                    .unwrap(),
                )
                .and_then(|()| b.synchronize());
            result.unwrap_err().message().to_owned()
        };
        let (cpu, on_gpu) = (told(&rushlight_cpu::Cpu), told(&gpu));
        assert_eq!(cpu, on_gpu);
        // The fault is told once.
        rushlight_backend::Backend::synchronize(&gpu).unwrap();
    }
}

#[test]
fn elementwise_work_beyond_one_binding() {
    let Some(gpu) = limited() else { return };
    check_unary(&gpu, Unary::Square, F32, 10);
    check_binary(&gpu, Binary::Add, F32, F32, 10);
    check_binary(&gpu, Binary::Maximum, U8, F16, 6);
    for dtype in [F32, U8, I64] {
        for_shapes(&gpu, 8, |shape, rng| {
            let condition = Image::input(rng, Bool, shape, Values::Between(0.0, 2.0));
            let x = Image::input(rng, dtype, shape, Values::Wild);
            let y = Image::input(rng, dtype, shape, Values::Wild);
            let out = Image::output(rng, dtype, shape);
            let inputs = [Input::Own(condition), Input::Own(x), Input::Own(y)];
            agree(&gpu, "where", &inputs, &[out], Close::Exact, &|b, x, y| {
                b.map(plan::map(Map::Where, dtype.compute(), x, y[0].into())?)
            })
        });
        for_shapes(&gpu, 8, |shape, rng| {
            let s = number(rng, Values::Wild, dtype);
            let out = Image::output(rng, dtype, shape);
            agree(&gpu, "fill_", &[], &[out], Close::Exact, &|b, _, y| {
                b.fill(plan::fill(s, y[0].into())?)
            })
        });
        for_shapes(&gpu, 8, |shape, rng| {
            let x = Image::input(rng, dtype, shape, Values::Near(100.0));
            let out = Image::output(rng, F32, shape);
            agree(
                &gpu,
                "cast",
                &[Input::Own(x)],
                &[out],
                Close::Exact,
                &|b, x, y| b.map(plan::map(Map::Copy, F32, x, y[0].into())?),
            )
        });
    }
    // Elementwise work can always be cut.
    let refused = refused();
    assert!(
        !refused.iter().any(|e| e.contains("binds at most")),
        "{refused:?}"
    );
}
