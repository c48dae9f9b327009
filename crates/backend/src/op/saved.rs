//! The values of the forward pass that a derivative needs.

/// A value that a derivative needs from the forward pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saved {
    /// An input.
    In(u8),
    /// The result.
    Out,
    /// A result after the first.
    Aux(u8),
}

/// A set of the operands `x` and `y` of an elementwise operation and its result `out`: a column of the tables of operations.
#[derive(Clone, Copy)]
pub(super) struct Reads {
    pub x: bool,
    pub y: bool,
    pub out: bool,
}

/// The set of the names given: `reads!(x out)`.
macro_rules! reads {
    ($($name:ident)*) => {{
        #[allow(unused_mut, reason = "a derivative may read nothing")]
        let mut set = $crate::op::saved::Reads::NOTHING;
        $(set.$name = true;)*
        set
    }};
}
pub(super) use reads;

impl Reads {
    pub const NOTHING: Reads = Reads {
        x: false,
        y: false,
        out: false,
    };

    /// What either set holds.
    pub const fn and(self, other: Reads) -> Reads {
        Reads {
            x: self.x || other.x,
            y: self.y || other.y,
            out: self.out || other.out,
        }
    }

    /// The set for `x` as the only tensor, `y` being a number.
    pub const fn of_left(self) -> Reads {
        Reads { y: false, ..self }
    }

    /// The set for `y` as the only tensor, and so the first input, `x` being a number.
    pub const fn of_right(self) -> Reads {
        Reads {
            x: self.y,
            y: false,
            out: self.out,
        }
    }

    /// The set as a list.
    pub const fn saved(self) -> &'static [Saved] {
        use Saved::*;
        match (self.x, self.y, self.out) {
            (false, false, false) => &[],
            (true, false, false) => &[In(0)],
            (false, true, false) => &[In(1)],
            (false, false, true) => &[Out],
            (true, true, false) => &[In(0), In(1)],
            (true, false, true) => &[In(0), Out],
            (false, true, true) => &[In(1), Out],
            (true, true, true) => &[In(0), In(1), Out],
        }
    }
}
