//! candle and burn read their number of threads from the environment, once.

use std::process::Command;

/// Runs this program again with these variables, unless they are set already, and exits with its status.
pub fn require(variables: &[&str], value: &str) {
    let set = |name: &&str| std::env::var(name).is_ok_and(|v| v == value);
    if variables.iter().all(set) {
        return;
    }
    let status = std::env::current_exe().and_then(|program| {
        Command::new(program)
            .args(std::env::args_os().skip(1))
            .envs(variables.iter().map(|name| (*name, value)))
            .status()
    });
    match status {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(e) => {
            eprintln!("error: the program could not start itself again: {e}");
            std::process::exit(1)
        }
    }
}
