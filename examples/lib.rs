//! What the examples share: flags, headings, tables, plots, images, the Adult data as the chapter prepares them, handwritten digits, and texts
//! as numbers of words. Each example has its own model and training loop.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod digits;
mod flags;
mod gpu_counts;
mod headings;
mod images;
mod income;
mod output_files;
mod table;
mod words;

pub use digits::digits;
pub use flags::{On, RunFlags, positive, run};
pub use gpu_counts::GpuCounts;
pub use headings::{step, title};
pub use images::{as_text, grid, save_png};
pub use income::{Income, Rows, evaluate};
pub use output_files::{check_folder, draw, plot_path};
pub use table::{Column, TextTable, number, text, thousands};
pub use words::Corpus;
