//! Headings of the examples' output, underlined as in Markdown.

/// The title of an example.
pub fn title(text: &str) -> String {
    underlined(text, "=")
}

/// The heading of a step, after an empty line.
pub fn step(text: &str) -> String {
    format!("\n{}", underlined(text, "-"))
}

fn underlined(text: &str, line: &str) -> String {
    format!("{text}\n{}", line.repeat(text.chars().count()))
}
