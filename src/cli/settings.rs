//! From arguments and environment to what a command works with, checked.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use termsift::outcome::Stop;
use termsift::pipeline::{Filter, Order, ScanOptions, ScanSummary};
use termsift::rank::Status;
use termsift::report::TableOptions;
use termsift::source::{Collection, SourceSpec};
use termsift::taxonomy::{Category, Effect, Materiality};

use super::args::{Color, FilterArgs, Format, OrderArg, OutputArgs, ScanArgs};
use super::error::CliError;

/// Rows of a table when `--top` says nothing.
const TABLE_ROWS: usize = 20;
/// Entries of a page when `--top` says nothing.
const PAGE_ROWS: usize = 200;
/// Entries of a feed when `--top` says nothing.
const FEED_ROWS: usize = 100;
/// Columns of a table that no terminal shows.
const PLAIN_WIDTH: usize = 100;
/// Columns past which lines are no longer pleasant to read.
const WIDEST: usize = 140;

/// The sources that `args` name.
pub(crate) fn sources(args: &ScanArgs) -> Result<Vec<SourceSpec>, CliError> {
    let typed = args.sources.iter().map(|typed| SourceSpec::parse(typed));
    let pairs = args.pair.chunks_exact(2).filter_map(|pair| match pair {
        [old, new] => Some(SourceSpec::Pair { old: old.clone(), new: new.clone() }),
        _ => None,
    });
    let sources: Vec<SourceSpec> = typed.chain(pairs).collect();
    if sources.is_empty() && !args.sample { Err(CliError::NoSource) } else { Ok(sources) }
}

/// How to scan.
pub(crate) fn scan_options(
    filter_args: &FilterArgs,
    output: &OutputArgs,
    threads: usize,
    stop: Stop,
) -> Result<ScanOptions, CliError> {
    let rows = match output.format {
        Format::Table | Format::Markdown => TABLE_ROWS,
        Format::Html => PAGE_ROWS,
        Format::Atom => FEED_ROWS,
        Format::Jsonl | Format::Csv | Format::ClauseCsv | Format::Parquet => 0,
    };
    Ok(ScanOptions {
        filter: filter(filter_args, filter_args.top.unwrap_or(rows))?,
        order: match output.order {
            OrderArg::Priority => Order::Priority,
            OrderArg::History => Order::History,
        },
        threads,
        without_clauses: output.format == Format::Csv,
        stop,
    })
}

fn filter(args: &FilterArgs, top: usize) -> Result<Filter, CliError> {
    Ok(Filter {
        commits: args.commit.clone(),
        services: args.service.clone(),
        terms_types: args.terms_type.clone(),
        statuses: known("status", &args.status, Status::ALL.iter().map(|status| status.id()))?,
        categories: known("category", &args.category, Category::ALL.iter().map(|category| category.id()))?,
        materialities: known("materiality", &args.materiality, Materiality::ALL.iter().map(|one| one.id()))?,
        effects: known("effect", &args.effect, Effect::ALL.iter().map(|one| one.id()))?,
        unsure: args.unsure,
        one_a_story: args.one_a_story,
        top: (top > 0).then_some(top),
        ..period(args.since.as_ref(), args.until.as_ref())?
    })
}

/// Only what was recorded from `since` to `until`.
pub(crate) fn period(since: Option<&String>, until: Option<&String>) -> Result<Filter, CliError> {
    let when = |flag, given: Option<&String>, time| given.map(|given| moment(flag, given, time)).transpose();
    let since = when("--since", since, Time::midnight())?;
    let until = when("--until", until, Time::MAX)?;
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(CliError::EmptyPeriod { since, until });
    }
    Ok(Filter { since, until, ..Filter::default() })
}

/// The moment that `given` names; a day stands for `time` on it, in UTC.
pub(crate) fn moment(flag: &'static str, given: &str, time: Time) -> Result<Timestamp, CliError> {
    let bad = |source| CliError::Date { flag, given: given.to_owned(), source };
    if given.contains(['T', 't', ' ']) {
        return given.parse().map_err(bad);
    }
    let day: Date = given.parse().map_err(bad)?;
    TimeZone::UTC.to_timestamp(day.to_datetime(time)).map_err(bad)
}

/// `given`, trimmed and in lower case, if all of them are among `ids`.
fn known<'a>(
    what: &'static str,
    given: &[String],
    ids: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, CliError> {
    let ids: Vec<&str> = ids.collect();
    given
        .iter()
        .map(|one| one.trim().to_lowercase())
        .map(|one| {
            if ids.contains(&one.as_str()) {
                return Ok(one);
            }
            let known = ids.iter().map(|&id| id.to_owned()).collect();
            Err(CliError::Unknown { what, given: one, known })
        })
        .collect()
}

/// Whether the services and terms types asked for exist in any of `collections`.
pub(crate) fn check_names(filter: &Filter, collections: &[Collection]) -> Result<(), CliError> {
    let paths = || collections.iter().flat_map(|collection| &collection.documents).map(|document| &document.path);
    let lines = || collections.iter().flat_map(|collection| collection.clause_lines.iter());
    let services = paths().map(|path| &path.service).chain(lines().map(|line| &line.service));
    let types = paths().map(|path| &path.terms_type).chain(lines().map(|line| &line.terms_type));
    check_among("service", &filter.services, services)?;
    check_among("terms type", &filter.terms_types, types)
}

/// Whether all of `wanted` are among `names`, letter case ignored.
pub(crate) fn check_among<'a>(
    what: &'static str,
    wanted: &[String],
    names: impl Iterator<Item = &'a String>,
) -> Result<(), CliError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).cloned().collect();
    names.sort();
    names.dedup();
    match wanted.iter().find(|one| !names.iter().any(|name| name.to_lowercase() == one.to_lowercase())) {
        None => Ok(()),
        Some(missing) => Err(CliError::Unknown { what, given: missing.clone(), known: nearest(missing, names) }),
    }
}

/// The names that share most with `missing`, if there are too many to list.
fn nearest(missing: &str, mut names: Vec<String>) -> Vec<String> {
    const LISTED: usize = 30;
    if names.len() <= LISTED {
        return names;
    }
    let missing = missing.to_lowercase();
    let shared = |name: &String| name.to_lowercase().chars().zip(missing.chars()).take_while(|(a, b)| a == b).count();
    names.sort_by_key(|name| (!name.to_lowercase().contains(&missing), std::cmp::Reverse(shared(name))));
    let more = names.len() - LISTED;
    names.truncate(LISTED);
    names.push(format!("and {more} more"));
    names
}

/// How the table looks.
pub(crate) fn table_options(args: &OutputArgs) -> TableOptions {
    let look = look(&args.output, args.color);
    TableOptions { width: look.width, color: look.color, explain: args.explain, hints: true }
}

/// What to say where a filter asks for what only a model gives, and no model judged some of what was read.
pub(crate) fn without_model(filter: &Filter, summary: &ScanSummary) -> Option<String> {
    let asked = [("--category", &filter.categories), ("--effect", &filter.effects)];
    let asked: Vec<&str> = asked.into_iter().filter(|(_, wanted)| !wanted.is_empty()).map(|(flag, _)| flag).collect();
    let ScanSummary { without_model: count, read, .. } = summary;
    (!asked.is_empty() && *count > 0).then(|| {
        let flags = asked.join(" or ");
        format!(
            "{count} of {read} document changes were judged without a model, so they have no category and no effect: \
             none of these passes {flags}"
        )
    })
}

/// How text for a terminal looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Columns.
    pub(crate) width: usize,
    /// With colours.
    pub(crate) color: bool,
}

/// How text that goes to `output` looks.
pub(crate) fn look(output: &Path, color: Color) -> Look {
    let terminal = output == Path::new("-") && std::io::stdout().is_terminal();
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let width = if terminal { terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)) } else { None };
    Look {
        width: width.unwrap_or(PLAIN_WIDTH).clamp(40, WIDEST),
        color: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !set("NO_COLOR") && !dumb,
        },
    }
}

/// Whether there is a program that a command line of this name starts.
pub(crate) fn has_program(named: &str) -> bool {
    let file = format!("{named}{}", std::env::consts::EXE_SUFFIX);
    let is_in = |folder: &Path| is_program(&folder.join(named)) || is_program(&folder.join(&file));
    if named.chars().any(std::path::is_separator) {
        return is_in(Path::new(""));
    }
    // Without it, the C library looks in these.
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    std::env::split_paths(&path).any(|folder| is_in(&folder))
}

/// Whether `path` is a file that may be run.
fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && may_run(&found))
}

#[cfg(unix)]
fn may_run(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn may_run(_: &std::fs::Metadata) -> bool {
    true
}

/// Where clones of URLs are kept.
pub(crate) fn clones(given: Option<&PathBuf>) -> PathBuf {
    if let Some(folder) = given {
        return folder.clone();
    }
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = of("XDG_CACHE_HOME")
        .or_else(|| of("LOCALAPPDATA"))
        .or_else(|| of("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    cache.join("termsift").join("clones")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times() {
        let cases = [
            ("2025-11-03", Some("2025-11-03T23:59:59.999999999Z")),
            ("2025-11-03T18:00:00Z", Some("2025-11-03T18:00:00Z")),
            ("2025-11-03T18:00:00+01:00", Some("2025-11-03T17:00:00Z")),
            ("2025-11-31", None),
            ("yesterday", None),
            ("2025-11-03T18:00", None),
            ("", None),
        ];
        for (given, expected) in cases {
            let read = moment("--until", given, Time::MAX).ok().map(|moment| moment.to_string());
            assert_eq!(read.as_deref(), expected, "{given:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_found() {
        for named in ["sh", "/bin/sh"] {
            assert!(has_program(named), "{named}");
        }
        for named in ["no-such-program", "/bin/no-such-program", "./Cargo.toml", "/bin"] {
            assert!(!has_program(named), "{named}");
        }
    }

    #[test]
    fn filters_that_need_a_model_are_told_where_there_was_none() {
        let summary = ScanSummary { read: 3, without_model: 2, ..ScanSummary::default() };
        let minors = Filter { categories: vec!["minors".into()], ..Filter::default() };
        let both = Filter { effects: vec!["adverse".into()], ..minors.clone() };
        let said = |filter: &Filter| without_model(filter, &summary).unwrap_or_default();
        assert_eq!(
            said(&minors),
            "2 of 3 document changes were judged without a model, so they have no category and no effect: none of these \
             passes --category"
        );
        assert!(said(&both).ends_with("passes --category or --effect"));
        assert_eq!(said(&Filter { statuses: vec!["change".into()], ..Filter::default() }), "");
        assert_eq!(without_model(&minors, &ScanSummary { read: 3, ..ScanSummary::default() }), None);
    }

    #[test]
    fn statuses_are_checked() {
        let ids = || ["change", "rolling"].into_iter();
        assert_eq!(known("status", &[" Change".into()], ids()).ok(), Some(vec!["change".to_owned()]));
        let error = known("status", &["news".into()], ids()).map_err(|error| error.to_string());
        assert_eq!(error, Err("unknown status \"news\"; known: change, rolling".to_owned()));
    }
}
