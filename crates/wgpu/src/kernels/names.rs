//! The shader functions of elementwise operations.

use rushlight_backend::{Binary, Compare, Unary};
use std::sync::OnceLock;

fn prefixed(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    // Made once and kept for the process, as the names themselves are.
    names
        .map(|name| &*Box::leak(format!("op_{name}").into_boxed_str()))
        .collect()
}

/// `op_exp` for [`Unary::Exp`].
pub(crate) fn unary(f: Unary) -> &'static str {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| prefixed(Unary::ALL.iter().map(|f| f.name())))[f as usize]
}

/// `op_add` for [`Binary::Add`].
pub(crate) fn binary(f: Binary) -> &'static str {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| prefixed(Binary::ALL.iter().map(|f| f.name())))[f as usize]
}

/// `op_eq` for [`Compare::Eq`].
pub(crate) fn compare(f: Compare) -> &'static str {
    match f {
        Compare::Eq => "op_eq",
        Compare::Ne => "op_ne",
        Compare::Lt => "op_lt",
        Compare::Le => "op_le",
        Compare::Gt => "op_gt",
        Compare::Ge => "op_ge",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_the_name_of_its_operation() {
        for &f in Unary::ALL {
            assert_eq!(unary(f), format!("op_{}", f.name()));
        }
        for &f in Binary::ALL {
            assert_eq!(binary(f), format!("op_{}", f.name()));
        }
        for &f in Compare::ALL {
            assert_eq!(compare(f), format!("op_{}", f.name()));
        }
    }
}
