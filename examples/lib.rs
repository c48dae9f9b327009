//! What the examples share: flags, headings, tables, plots, and the Adult data as the chapter prepares them. Each example has its own
//! model and training loop.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod flags;
mod gpu_counts;
mod headings;
mod income;
mod output_files;
mod table;

pub use flags::{On, run};
pub use gpu_counts::GpuCounts;
pub use headings::{step, title};
pub use income::{Income, Rows, evaluate};
pub use output_files::{check_folder, draw, plot_path};
pub use table::{Column, TextTable, number, text, thousands};
