//! The command line: the only part that knows flags, prints and exits.

mod args;
mod commands;
mod error;
mod exit;
mod interrupt;
mod logging;
mod progress;
mod sample;
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
mod settings;

use std::io::Write as _;

use clap::Parser as _;

use args::{Cli, Command};
use exit::Exit;

/// Reads the arguments and does what they ask for.
pub(crate) fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Where even this cannot be printed, nobody reads it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    // A nightly run looks out for itself: for limits of time and memory as well.
    if !matches!(cli.command, Command::Nightly(_)) {
        interrupt::watch();
    }
    let done = match cli.command {
        Command::Scan(args) => commands::scan(&args),
        Command::Classify(args) => commands::classify(&args),
        Command::Train(args) => commands::train(&args),
        Command::Nightly(args) => commands::nightly(&args),
        Command::Store(args) => commands::store(&args),
        Command::Dataset(args) => commands::dataset(&args),
        Command::Eval(args) => commands::eval(&args),
        Command::Report(args) => commands::report(&args),
        Command::Show(args) => commands::show(&args),
        Command::Memo(args) => commands::memo(&args),
        Command::Compare(args) => commands::compare(&args),
        Command::Noise(args) => commands::noise(&args),
        Command::Completions { shell } => commands::completions(shell),
    };
    done.unwrap_or_else(|error| {
        if error.is_broken_pipe() {
            return Exit::Done;
        }
        say(&error::rendered(&error));
        error.exit()
    })
}

/// Prints `text` as a line on standard error. Where that is closed, nobody reads it.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
