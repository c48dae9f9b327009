//! Positions of equal values: where PyTorch's choice among them is arbitrary, another one is right as well.

use super::args::{Answer, Args};
use super::compare::{floats, integers};
use rushlight::Tensor;

/// An operator of which a result is positions in its first argument, along a dimension.
struct Positions {
    op: &'static str,
    result: usize,
    /// Where `dim` stands among the arguments.
    at: usize,
    /// What it is if it is not given; if nothing, the positions are those of all elements in a row.
    default: Option<isize>,
    rule: Rule,
}

/// What the positions of one line must be, besides positions of the expected values.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Any,
    /// No position twice.
    Distinct,
    /// None beyond the place where it stands.
    SoFar,
}

const POSITIONS: &[Positions] = &[
    positions("argmax", 0, 1, None, Rule::Any),
    positions("argmin", 0, 1, None, Rule::Any),
    positions("argsort", 0, 1, Some(-1), Rule::Distinct),
    positions("cummax", 1, 1, None, Rule::SoFar),
    positions("cummin", 1, 1, None, Rule::SoFar),
    positions("kthvalue", 1, 2, Some(-1), Rule::Any),
    positions("max", 1, 1, None, Rule::Any),
    positions("median", 1, 1, None, Rule::Any),
    positions("min", 1, 1, None, Rule::Any),
    positions("mode", 1, 1, Some(-1), Rule::Any),
    positions("nanmedian", 1, 1, None, Rule::Any),
    positions("sort", 1, 1, Some(-1), Rule::Distinct),
    positions("topk", 1, 2, Some(-1), Rule::Distinct),
];

const fn positions(
    op: &'static str,
    result: usize,
    at: usize,
    default: Option<isize>,
    rule: Rule,
) -> Positions {
    Positions {
        op,
        result,
        at,
        default,
        rule,
    }
}

/// Whether `result` of a call of `op` is positions, and those that we got select what the expected ones select.
pub fn as_good(op: &str, args: &Args, result: usize, got: &Tensor, expected: &Tensor) -> bool {
    let Some(p) = POSITIONS.iter().find(|p| p.op == op && p.result == result) else {
        return false;
    };
    let alike = got.dtype() == expected.dtype() && got.shape() == expected.shape();
    // A stable sort has one right answer.
    let stable = args.flag(super::args::NAMED, "stable", false);
    alike && matches!(stable, Ok(false)) && select_equal(p, args, got, expected) == Ok(true)
}

fn select_equal(
    p: &Positions,
    args: &Args,
    got: &Tensor,
    expected: &Tensor,
) -> Result<bool, String> {
    let Ok((x, lines)) = lines(p, args) else {
        return Ok(false);
    };
    let (got, expected) = (integers(got)?, integers(expected)?);
    let elements = if x.dtype().is_float() {
        floats(x)?.into_iter().map(Element::Float).collect()
    } else {
        integers(x)?
            .into_iter()
            .map(Element::Integer)
            .collect::<Vec<_>>()
    };
    Ok(lines.equal(p.rule, &elements, &got, &expected))
}

#[derive(Clone, Copy)]
enum Element {
    Float(f64),
    Integer(i64),
}

impl Element {
    fn same(self, other: Element) -> bool {
        match (self, other) {
            (Element::Float(a), Element::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Element::Integer(a), Element::Integer(b)) => a == b,
            _ => false,
        }
    }
}

/// Elements as `[outer, n, inner]`, positions counting along the middle.
struct Lines {
    outer: usize,
    n: usize,
    inner: usize,
}

fn lines<'a>(p: &Positions, args: &'a Args) -> Answer<(&'a Tensor, Lines)> {
    let x = args.x()?;
    let dim = args
        .maybe_int(p.at, "dim")?
        .map(|d| d as isize)
        .or(p.default);
    let shape = x.shape();
    let (outer, n, inner) = match dim {
        Some(dim) if !shape.is_empty() => {
            let d = dim.rem_euclid(shape.len() as isize) as usize;
            let size = |sizes: &[usize]| sizes.iter().product();
            (size(&shape[..d]), shape[d], size(&shape[d + 1..]))
        }
        _ => (1, x.numel(), 1),
    };
    Ok((x, Lines { outer, n, inner }))
}

impl Lines {
    /// Whether both select equal elements, and the first keeps the rule.
    fn equal(&self, rule: Rule, elements: &[Element], got: &[i64], expected: &[i64]) -> bool {
        let &Lines { outer, n, inner } = self;
        let count = outer * inner;
        if count == 0 || !got.len().is_multiple_of(count) {
            return got.is_empty();
        }
        let k = got.len() / count;
        let inside = |p: i64| usize::try_from(p).ok().filter(|&p| p < n);
        for line in 0..count {
            let (o, i) = (line / inner, line % inner);
            let mut taken = vec![false; n];
            for j in 0..k {
                let at = (o * k + j) * inner + i;
                let (Some(a), Some(b)) = (inside(got[at]), inside(expected[at])) else {
                    return false;
                };
                let element = |p: usize| elements[(o * n + p) * inner + i];
                let broken = match rule {
                    Rule::Any => false,
                    Rule::Distinct => taken[a],
                    Rule::SoFar => a > j,
                };
                if broken || !element(a).same(element(b)) {
                    return false;
                }
                taken[a] = true;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::Value;
    use super::*;
    use rushlight::{Device, tensor};

    fn passes(op: &str, x: &Tensor, others: &[i64], got: &Tensor, expected: &Tensor) -> bool {
        let mut values = vec![Value::Tensor("x".into(), x.clone())];
        values.extend(others.iter().map(|&i| Value::Int(i)));
        let args = Args::new(values, Vec::new(), Device::CPU);
        let result = POSITIONS.iter().find(|p| p.op == op).unwrap().result;
        as_good(op, &args, result, got, expected)
    }

    #[test]
    fn another_position_of_an_equal_value_passes() {
        let x = tensor!([[5, 7, 7, 1], [2, 2, 3, 2]]);
        let expected = tensor!([[1, 2], [2, 0]]);
        for got in [
            tensor!([[2, 1], [2, 0]]),
            tensor!([[1, 2], [2, 3]]),
            tensor!([[2, 1], [2, 1]]),
        ] {
            assert!(passes("topk", &x, &[2], &got, &expected));
        }
        let columns = tensor!([[4, 1], [4, 0], [3, 1]]);
        assert!(passes(
            "max",
            &columns,
            &[0],
            &tensor!([1, 2]),
            &tensor!([0, 0])
        ));
        let nan = tensor!([f64::NAN, 1.0, f64::NAN]);
        assert!(passes("median", &nan, &[0], &tensor!(2), &tensor!(0)));
        assert!(passes("argmin", &columns, &[], &tensor!(3), &tensor!(3)));
    }

    #[test]
    fn a_wrong_position_does_not() {
        let x = tensor!([[5, 7, 7, 1], [2, 2, 3, 2]]);
        let expected = tensor!([[1, 2], [2, 0]]);
        for got in [
            // Of another value, the same one twice, out of range, counted from the end.
            tensor!([[1, 0], [2, 0]]),
            tensor!([[1, 1], [2, 0]]),
            tensor!([[1, 2], [2, 4]]),
            tensor!([[1, -2], [2, 0]]),
            // Of another dtype or shape.
            tensor!([[1.0, 2.0], [2.0, 0.0]]),
            tensor!([1, 2, 2, 0]),
        ] {
            assert!(!passes("topk", &x, &[2], &got, &expected), "{got}");
        }
        let columns = tensor!([[4, 1], [4, 0], [3, 1]]);
        let first = tensor!([0, 0]);
        assert!(!passes("max", &columns, &[0], &tensor!([2, 2]), &first));
        assert!(!passes("max", &columns, &[0], &tensor!([1, 1]), &first));
        let so_far = tensor!([3, 3, 1]);
        let expected = tensor!([0, 1, 1]);
        assert!(passes(
            "cummax",
            &so_far,
            &[0],
            &tensor!([0, 0, 0]),
            &expected
        ));
        assert!(!passes(
            "cummax",
            &so_far,
            &[0],
            &tensor!([1, 1, 1]),
            &expected
        ));
        assert!(!passes("argmin", &columns, &[], &tensor!(4), &tensor!(3)));
    }

    #[test]
    fn only_listed_results_and_no_stable_sort() {
        let x = tensor!([1, 1]);
        let (got, expected) = (tensor!([1, 0]), tensor!([0, 1]));
        let args = |stable: bool| {
            let named = vec![("stable".into(), Value::Bool(stable))];
            Args::new(
                vec![Value::Tensor("x".into(), x.clone())],
                named,
                Device::CPU,
            )
        };
        assert!(as_good("sort", &args(false), 1, &got, &expected));
        assert!(!as_good("sort", &args(true), 1, &got, &expected));
        assert!(!as_good("sort", &args(false), 0, &got, &expected));
        assert!(!as_good("unique", &args(false), 1, &got, &expected));
    }
}
