//! The lengths of the tuples for which traits of this crate are implemented: Rust has no generics over the length of a tuple.

/// Calls a macro with the type parameters and positions of the tuples of one to six elements: `(A.0), (A.0, B.1), …`.
macro_rules! each_length {
    ($implement:ident) => {
        $implement!(
            (A.0),
            (A.0, B.1),
            (A.0, B.1, C.2),
            (A.0, B.1, C.2, D.3),
            (A.0, B.1, C.2, D.3, E.4),
            (A.0, B.1, C.2, D.3, E.4, F.5)
        );
    };
}
pub(crate) use each_length;
