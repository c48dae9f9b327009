//! The error type of all Rushlight crates: what failed, the caller's source location, and the position in the model.

use std::fmt;
use std::panic::Location;

/// `Result` with Rushlight's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error, for code that handles kinds differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes, ranks or axes that do not fit.
    Shape,
    /// A dtype that the operation does not support.
    DType,
    /// Tensors on different devices, or a device that does not exist.
    Device,
    /// An index out of range.
    Index,
    /// An argument with an invalid value.
    Value,
    /// A misuse of automatic differentiation.
    Autograd,
    /// A file that cannot be read or written.
    Io,
    /// Text or bytes that cannot be parsed.
    Parse,
    /// A state dict that does not fit the module or optimizer.
    State,
    /// Memory that could not be allocated.
    OutOfMemory,
    /// An operation that a backend does not support.
    Unsupported,
}

/// One module between the caller and the failing operation.
#[derive(Debug)]
pub struct Frame {
    /// The name of the module in its parent: `fc1`, or empty for the outermost.
    pub name: String,
    /// The module's description: `Linear 12→5`.
    pub module: String,
    /// The source location of its call.
    pub at: &'static Location<'static>,
}

struct Inner {
    kind: ErrorKind,
    message: String,
    at: &'static Location<'static>,
    frames: Vec<Frame>,
}

/// An error: a sentence that names the operation and the problem, with the caller's file and line.
///
/// ```
/// use rushlight::backend::{Error, ErrorKind};
/// let e = Error::new(ErrorKind::Shape, "matmul: the inner sizes differ");
/// assert!(e.to_string().starts_with("matmul: the inner sizes differ ("));
/// assert_eq!(e.kind(), ErrorKind::Shape);
/// ```
// Boxed, so that `Result<Tensor>` stays two words.
pub struct Error(Box<Inner>);

impl Error {
    /// An error of `kind`, located at the caller.
    #[cold]
    #[track_caller]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            at: Location::caller(),
            frames: Vec::new(),
        }))
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message, without locations.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The source location of the failing call.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.at
    }

    /// The modules between the caller and the failing operation, innermost first.
    pub fn frames(&self) -> &[Frame] {
        &self.0.frames
    }

    /// Prepends `prefix: ` to the message.
    #[must_use]
    pub fn context(mut self, prefix: impl fmt::Display) -> Error {
        self.0.message = format!("{prefix}: {}", self.0.message);
        self
    }

    /// Adds a module that the error passed through.
    #[must_use]
    pub fn in_module(mut self, frame: Frame) -> Error {
        self.0.frames.push(frame);
        self
    }

    /// Names the innermost unnamed module that the error passed through.
    pub fn name_last_module(&mut self, name: &str) {
        if let Some(frame) = self.0.frames.last_mut() {
            frame.name = name.to_owned();
        }
    }

    /// Replaces the locations for which `inside` is true, the error's and those of its frames, by `location`: an error names the
    /// line of a program that called a library, not lines of the library.
    pub fn relocate(
        &mut self,
        location: &'static Location<'static>,
        inside: impl Fn(&Location<'static>) -> bool,
    ) {
        let Inner { at, frames, .. } = &mut *self.0;
        let frames = frames.iter_mut().map(|frame| &mut frame.at);
        for at in frames.chain([at]).filter(|at| inside(at)) {
            *at = location;
        }
    }

    /// Sets the location of the error to the caller's.
    #[must_use]
    #[track_caller]
    pub fn here(self) -> Error {
        self.at(Location::caller())
    }

    /// Sets the location of the error, for operations that fail later than their call.
    #[must_use]
    pub fn at(mut self, location: &'static Location<'static>) -> Error {
        self.0.at = location;
        self
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident),* $(,)?) => {
        impl Error { $(
            $(#[$doc])*
            #[cold]
            #[track_caller]
            pub fn $name(message: impl Into<String>) -> Error { Error::new(ErrorKind::$kind, message) }
        )* }
    };
}

constructors! {
    /// An [`ErrorKind::Shape`] error at the caller.
    shape => Shape,
    /// An [`ErrorKind::DType`] error at the caller.
    dtype => DType,
    /// An [`ErrorKind::Device`] error at the caller.
    device => Device,
    /// An [`ErrorKind::Index`] error at the caller.
    index => Index,
    /// An [`ErrorKind::Value`] error at the caller.
    value => Value,
    /// An [`ErrorKind::Autograd`] error at the caller.
    autograd => Autograd,
    /// An [`ErrorKind::Io`] error at the caller.
    io => Io,
    /// An [`ErrorKind::Parse`] error at the caller.
    parse => Parse,
    /// An [`ErrorKind::State`] error at the caller.
    state => State,
    /// An [`ErrorKind::OutOfMemory`] error at the caller.
    out_of_memory => OutOfMemory,
    /// An [`ErrorKind::Unsupported`] error at the caller.
    unsupported => Unsupported,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            message,
            at,
            frames,
            ..
        } = &*self.0;
        write!(f, "{message} ({}:{}", at.file(), at.line())?;
        let mut last = at;
        for frame in frames {
            let Frame { name, module, at } = frame;
            if name.is_empty() {
                write!(f, ", in {module}")?;
            } else {
                write!(f, ", in {name} ({module})")?;
            }
            // A line stands once: before the modules that were called from it.
            if (at.file(), at.line()) != (last.file(), last.line()) {
                write!(f, ", called at {}:{}", at.file(), at.line())?;
            }
            last = at;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    #[track_caller]
    fn from(e: std::io::Error) -> Error {
        Error::io(e.to_string())
    }
}
