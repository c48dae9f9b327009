//! A text as numbers of words, for language models.

use rushlight::{Error, Result};
use std::collections::HashMap;
use std::path::Path;

/// A text as numbers of words. The number 0 stands for `<unk>`, any word that the training part does not have at least twice, and after
/// each paragraph stands the word `<eos>`. Of ten paragraphs eight are for training, one for validation and one for the test.
pub struct Corpus {
    /// The words by their numbers.
    pub words: Vec<String>,
    /// The training text.
    pub train: Vec<i64>,
    /// The text that decides on the learning rate and the best model.
    pub valid: Vec<i64>,
    /// The text that the best model is tested with.
    pub test: Vec<i64>,
}

impl Corpus {
    /// The text of a file, in which blank lines separate paragraphs, or else of the pages of this repository.
    pub fn load(file: Option<&Path>) -> Result<Corpus> {
        match file {
            Some(file) => Ok(Corpus::new(&read(file)?)),
            None => Ok(Corpus::new(&pages()?)),
        }
    }

    /// The words of `text`.
    pub fn new(text: &str) -> Corpus {
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for (i, mut words) in paragraphs(text).into_iter().enumerate() {
            words.push("<eos>".to_owned());
            parts[(i % 10).saturating_sub(7)].extend(words);
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in &parts[0] {
            *counts.entry(word).or_default() += 1;
        }
        let mut words = vec!["<unk>".to_owned()];
        let mut numbers: HashMap<&str, i64> = HashMap::new();
        for word in parts[0].iter().filter(|word| counts[word.as_str()] > 1) {
            numbers.entry(word).or_insert_with(|| {
                words.push(word.clone());
                words.len() as i64 - 1
            });
        }
        let number = |word: &String| numbers.get(word.as_str()).copied().unwrap_or(0);
        let [train, valid, test] = parts
            .each_ref()
            .map(|part| part.iter().map(number).collect());
        Corpus {
            words,
            train,
            valid,
            test,
        }
    }
}

/// The pages of this repository.
fn pages() -> Result<String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    let mut files = names.map(|name| repository.join(name)).to_vec();
    for folder in ["docs/book/src", "docs/guide"] {
        let folder = repository.join(folder);
        let failed = |e| Error::io(format!("{}: {e}", folder.display()));
        let mut pages = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            pages.push(entry.map_err(failed)?.path());
        }
        pages.retain(|file| file.extension().is_some_and(|e| e == "md"));
        pages.sort();
        files.extend(pages);
    }
    let pages: Vec<String> = files.iter().map(|file| read(file)).collect::<Result<_>>()?;
    Ok(pages.join("\n\n"))
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|e| Error::io(format!("{}: {e}", file.display())))
}

/// The words and the punctuation of each paragraph, in lower case, without blocks of code.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let mut paragraphs = vec![Vec::new()];
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if !code && line.is_empty() {
            paragraphs.push(Vec::new());
        } else if !code && let Some(paragraph) = paragraphs.last_mut() {
            split(line, paragraph);
        }
    }
    paragraphs.retain(|words| !words.is_empty());
    paragraphs
}

fn split(line: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    for c in line.to_lowercase().chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' || c == '\'' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if ".,;:!?()".contains(c) {
            words.push(c.to_string());
        }
    }
}
