//! Where a report goes: standard output, or a file that is replaced only once it is whole.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use termsift::config::{clauses_beside, replaces};
use termsift::pipeline::ScanError;
use termsift::report::{
    AtomReport, ClauseCsvReport, CsvReport, HtmlReport, JsonlReport, MarkdownReport, ParquetReport, Report, TableReport,
};

use crate::cli::args::{Format, OutputArgs};
use crate::cli::error::CliError;
use crate::cli::{interrupt, settings};

/// Has `write` fill a report in the format and the place that `args` name. The place is left as it
/// was when that fails.
pub(crate) fn with_report<T>(
    args: &OutputArgs,
    write: impl FnOnce(&mut dyn Report) -> Result<T, CliError>,
) -> Result<T, CliError> {
    if args.format == Format::Parquet {
        return with_parquet(args, write);
    }
    let mut output = Output::open(&args.output)?;
    let done = {
        let mut report: Box<dyn Report + '_> = match args.format {
            Format::Table => Box::new(TableReport::new(&mut output, settings::table_options(args))),
            Format::Csv => Box::new(CsvReport::new(&mut output)),
            Format::ClauseCsv => Box::new(ClauseCsvReport::new(&mut output)),
            Format::Markdown => Box::new(MarkdownReport::new(&mut output)),
            Format::Html => Box::new(HtmlReport::new(&mut output)),
            Format::Atom => Box::new(AtomReport::new(&mut output)),
            Format::Jsonl | Format::Parquet => Box::new(JsonlReport::new(&mut output)),
        };
        write(report.as_mut())?
    };
    output.finish()?;
    Ok(done)
}

/// As [`with_report`], of a command that reads `inputs`, none of which it may replace.
pub(crate) fn with_report_beside<T>(
    args: &OutputArgs,
    inputs: &[PathBuf],
    write: impl FnOnce(&mut dyn Report) -> Result<T, CliError>,
) -> Result<T, CliError> {
    apart(&args.output, inputs)?;
    if args.format == Format::Parquet {
        apart(&clauses_beside(&args.output), inputs)?;
    }
    with_report(args, write)
}

/// Parquet makes two files: `changes.parquet` and `changes.clauses.parquet`.
fn with_parquet<T>(
    args: &OutputArgs,
    write: impl FnOnce(&mut dyn Report) -> Result<T, CliError>,
) -> Result<T, CliError> {
    if args.output == Path::new("-") {
        return Err(CliError::ParquetToStdout);
    }
    let mut changes = Output::open(&args.output)?;
    let mut clauses = Output::open(&clauses_beside(&args.output))?;
    let done = {
        let failed = |error| CliError::Scan(ScanError::Sink(error));
        let mut report = ParquetReport::new(&mut changes, &mut clauses).map_err(failed)?;
        write(&mut report)?
    };
    clauses.finish()?;
    changes.finish()?;
    Ok(done)
}

/// An output that is being written.
pub(crate) enum Output {
    Stdout(BufWriter<io::Stdout>),
    /// Something that is no regular file, such as a named pipe or `/dev/null`.
    Special(PathBuf, BufWriter<std::fs::File>),
    /// A temporary file beside the one that it will replace.
    File(PathBuf, BufWriter<NamedTempFile>),
}

impl Output {
    /// Opens `path`; `-` is standard output.
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(BufWriter::new(io::stdout())));
        }
        let failed = |source| CliError::Output { path: path.into(), source };
        if let Ok(found) = std::fs::metadata(path)
            && !found.is_file()
        {
            let file = std::fs::OpenOptions::new().write(true).open(path).map_err(failed)?;
            return Ok(Self::Special(path.into(), BufWriter::new(file)));
        }
        // Of a link, the file that it leads to is replaced, not the link.
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = temporary(folder).map_err(failed)?;
        Ok(Self::File(target, BufWriter::new(file)))
    }

    /// As [`open`](Self::open), for a command that reads `inputs`, none of which it may replace.
    pub(crate) fn open_beside(path: &Path, inputs: &[PathBuf]) -> Result<Self, CliError> {
        apart(path, inputs)?;
        Self::open(path)
    }

    /// Makes what was written stand under its name.
    pub(crate) fn finish(self) -> Result<(), CliError> {
        match self {
            Self::Stdout(mut writer) => writer.flush().map_err(CliError::Stdout),
            Self::Special(path, mut writer) => writer.flush().map_err(|source| CliError::Write { path, source }),
            Self::File(path, writer) => {
                let whole = writer.into_inner().map_err(io::IntoInnerError::into_error);
                let stored = whole.and_then(|file| {
                    file.as_file().sync_all()?;
                    file.persist(&path).map_err(|error| error.error)
                });
                stored.map(drop).map_err(|source| CliError::Write { path, source })
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(writer) => writer.write(bytes),
            Self::Special(_, writer) => writer.write(bytes),
            Self::File(_, writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(writer) => writer.flush(),
            Self::Special(_, writer) => writer.flush(),
            Self::File(_, writer) => writer.flush(),
        }
    }
}

/// Refuses `output` where it would take the place of one of `inputs`. Asked before the work, not when it is done.
pub(crate) fn apart(output: &Path, inputs: &[PathBuf]) -> Result<(), CliError> {
    apart_from(output, inputs, "an input of this command")
}

/// As [`apart`], for a command that writes `outputs`, of which no two may be one file.
pub(crate) fn all_apart(outputs: &[PathBuf], inputs: &[PathBuf]) -> Result<(), CliError> {
    for (at, output) in outputs.iter().enumerate() {
        apart(output, inputs)?;
        apart_from(output, outputs.get(..at).unwrap_or_default(), "another output of this command")?;
    }
    Ok(())
}

fn apart_from(output: &Path, others: &[PathBuf], what: &'static str) -> Result<(), CliError> {
    let standard = |path: &Path| path == Path::new("-");
    if !standard(output) && others.iter().any(|other| !standard(other) && replaces(output, other)) {
        return Err(CliError::OutputTaken { path: output.into(), what });
    }
    Ok(())
}

/// A temporary file in `folder` with the permissions of any other new file.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".termsift-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    interrupt::half_written(|| builder.tempfile_in(folder))
}

/// What could not be written to the end at `path`.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> CliError + use<'_> {
    move |source| {
        if path == Path::new("-") { CliError::Stdout(source) } else { CliError::Write { path: path.into(), source } }
    }
}
