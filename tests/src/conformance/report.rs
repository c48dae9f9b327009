//! What became of each case, and the counts.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What became of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The answer is PyTorch's.
    Pass,
    /// The answer is another, or an error.
    Fail,
    /// There is no such operation, module or dtype.
    Unsupported,
    /// The call panicked.
    Panic,
}

/// One case of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// ops, modules, optimizers, schedulers, errors or random.
    pub section: &'static str,
    /// The case's own name.
    pub id: String,
    /// What became of it.
    pub status: Status,
    /// The largest error over its tolerance; none where nothing was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_error: Option<f64>,
    /// Why it did not pass.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What was called: the name of its row in the table, PyTorch's name if there is none.
    #[serde(skip)]
    pub subject: String,
    /// Whether it counts as a core operation.
    #[serde(skip)]
    pub core: bool,
    /// Whether gradients were compared.
    #[serde(skip)]
    pub gradient: bool,
}

impl Line {
    /// A case that has not passed yet.
    pub fn new(section: &'static str, id: &str) -> Line {
        Line {
            section,
            id: id.to_owned(),
            status: Status::Fail,
            max_error: None,
            message: String::new(),
            subject: String::new(),
            core: false,
            gradient: false,
        }
    }
}

/// All cases of a run.
#[derive(Default)]
pub struct Report {
    /// In the order of the folder.
    pub lines: Vec<Line>,
}

impl Report {
    /// The lines that did not pass, as text.
    pub fn wrong(&self) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(|l| matches!(l.status, Status::Fail | Status::Panic))
    }

    /// Lines of JSON.
    pub fn json(&self) -> String {
        let line = |l: &Line| serde_json::to_string(l).unwrap_or_default() + "\n";
        self.lines.iter().map(line).collect()
    }
}

/// What is unsupported by reason, what is wrong, and, last, a line of counts for each section.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for l in self
            .lines
            .iter()
            .filter(|l| l.status == Status::Unsupported)
        {
            *reasons
                .entry((l.section, format!("{}: {}", l.subject, l.message)))
                .or_default() += 1;
        }
        for ((section, reason), n) in reasons {
            writeln!(f, "unsupported {section} {n:4} {reason}")?;
        }
        for l in self.wrong() {
            let status = if l.status == Status::Panic {
                "panic"
            } else {
                "fail"
            };
            writeln!(f, "{status} {} {}: {}", l.section, l.id, l.message)?;
        }
        let mut count = |name: &str, of: &dyn Fn(&Line) -> bool| {
            let all = self.lines.iter().filter(|l| of(l)).count();
            let passed = self
                .lines
                .iter()
                .filter(|l| of(l) && l.status == Status::Pass)
                .count();
            writeln!(f, "{name} {passed}/{all}")
        };
        count("ops", &|l| l.section == "ops")?;
        count("ops.tier1", &|l| l.section == "ops" && l.core)?;
        for section in ["modules", "optimizers", "schedulers", "errors", "random"] {
            count(section, &|l| l.section == section)?;
        }
        Ok(())
    }
}
