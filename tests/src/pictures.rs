//! The pictures of the book that programs on its pages draw.

use rushlight::{Error, Result};
use std::path::Path;

/// Holds a picture that a page has drawn against the stored one, `docs/book/src/images/NAME`.
///
/// With `RUSHLIGHT_WRITE_PAGES=1` in the environment it is stored instead.
pub fn picture(name: &str, svg: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/book/src/images")
        .join(name);
    if std::env::var("RUSHLIGHT_WRITE_PAGES").is_ok_and(|v| v == "1") {
        return Ok(std::fs::write(path, svg)?);
    }
    if std::fs::read_to_string(path).unwrap_or_default() != svg {
        return Err(Error::value(format!(
            "{name} is not what its page draws; RUSHLIGHT_WRITE_PAGES=1 stores the new picture"
        )));
    }
    Ok(())
}
