//! `termsift compare`.

use std::io::Write as _;

use jiff::Timestamp;
use jiff::civil::Time;
use termsift::outcome::Stop;
use termsift::pipeline::{Standing, compare as compare_versions};
use termsift::report::{CompareOptions, write_comparison};
use termsift::source::{Collection, Document, OpenOptions, SourceSpec};

use super::output::{Output, apart, failed};
use super::scan::{interrupted, open_one, source_files};
use crate::cli::args::{CompareArgs, CompareFormat};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, settings};

/// Compares the versions that `args` name.
pub(crate) fn compare(args: &CompareArgs) -> Result<Exit, CliError> {
    let at = args.at.iter().map(|given| settings::moment("--at", given, Time::MAX)).collect::<Result<Vec<_>, _>>()?;
    if at.len() > 2 {
        return Err(CliError::TooManyDates);
    }
    if args.sources.len() < 2 && at.len() < 2 {
        return Err(CliError::NothingToCompare { dates: at.len() });
    }
    let sources = source_files(&args.sources).into_iter();
    apart(&args.output, &sources.chain(args.judge.cache.clone()).collect::<Vec<_>>())?;
    let collections =
        interrupt::stoppable(|stop| opened(args, stop)).map_err(|error| interrupted(error, &args.output))?;
    let (Some(first), Some(second)) = (collections.first(), collections.last()) else {
        return Err(CliError::NoSource);
    };
    let (one, other) = terms(first, second, args)?;
    let judge = super::model::judge(&args.judge)?;
    let (from, to) = (at.first().copied(), at.last().copied());
    let comparison = compare_versions(&standing(first, one, from)?, &standing(second, other, to)?, judge.as_ref())
        .map_err(CliError::Source)?;
    let mut output = Output::open(&args.output)?;
    let look = settings::look(&args.output, args.color);
    let look = CompareOptions {
        width: look.width,
        color: look.color,
        full: args.full,
        markdown: args.format == CompareFormat::Markdown,
    };
    let written = match args.format {
        CompareFormat::Jsonl => serde_json::to_writer(&mut output, &comparison)
            .map_err(std::io::Error::from)
            .and_then(|()| output.write_all(b"\n")),
        CompareFormat::Table | CompareFormat::Markdown => write_comparison(&comparison, &look, &mut output),
    };
    written.map_err(failed(&args.output))?;
    output.finish()?;
    Ok(Exit::Done)
}

/// The one or two sources.
fn opened(args: &CompareArgs, stop: &Stop) -> Result<Vec<Collection>, CliError> {
    let progress = TerminalProgress::new(!args.no_progress);
    let options =
        OpenOptions { commits: Vec::new(), clones: settings::clones(args.clones.as_ref()), stop: stop.clone() };
    let open = |source: &String| Ok(open_one(&SourceSpec::parse(source), &options, &progress)?.0);
    args.sources.iter().map(open).collect()
}

/// The documents to compare: the only ones that fit what is asked for.
fn terms<'a>(
    first: &'a Collection,
    second: &'a Collection,
    args: &CompareArgs,
) -> Result<(&'a Document, &'a Document), CliError> {
    let (one, other) = (fitting(first, args)?, fitting(second, args)?);
    let pairs: Vec<(&Document, &Document)> =
        one.iter().flat_map(|a| other.iter().filter(|b| same_terms(a, b)).map(|b| (*a, *b))).collect();
    match pairs.as_slice() {
        [pair] => Ok(*pair),
        [] => Err(CliError::NoSuchTerms {
            collection: second.name.clone(),
            what: "such terms as in the first source".into(),
            known: other.iter().map(|document| document.path.path.clone()).collect(),
        }),
        many => Err(CliError::WhichTerms { known: many.iter().map(|(a, _)| a.path.path.clone()).collect() }),
    }
}

fn same_terms(a: &Document, b: &Document) -> bool {
    let lower = |text: &str| text.to_lowercase();
    lower(&a.path.service) == lower(&b.path.service)
        && lower(&a.path.terms_type) == lower(&b.path.terms_type)
        && a.path.part == b.path.part
}

/// The documents of `collection` that are asked for.
fn fitting<'a>(collection: &'a Collection, args: &CompareArgs) -> Result<Vec<&'a Document>, CliError> {
    let is = |wanted: &Option<String>, name: &str| {
        wanted.as_ref().is_none_or(|one| one.to_lowercase() == name.to_lowercase())
    };
    let of_service: Vec<&Document> =
        collection.documents.iter().filter(|document| is(&args.service, &document.path.service)).collect();
    let found: Vec<&Document> =
        of_service.iter().copied().filter(|document| is(&args.terms_type, &document.path.terms_type)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names = |documents: &[&Document], name: fn(&Document) -> &String| {
        let mut names: Vec<String> = documents.iter().map(|document| name(document).clone()).collect();
        names.sort();
        names.dedup();
        names
    };
    let all: Vec<&Document> = collection.documents.iter().collect();
    let (what, known) = match (&args.service, &args.terms_type) {
        (Some(service), _) if of_service.is_empty() => {
            (format!("service {service:?}"), names(&all, |document| &document.path.service))
        }
        (_, terms_type) => (
            format!("terms type {:?}", terms_type.as_deref().unwrap_or_default()),
            names(&of_service, |document| &document.path.terms_type),
        ),
    };
    Err(CliError::NoSuchTerms { collection: collection.name.clone(), what, known })
}

fn standing<'a>(
    collection: &'a Collection,
    document: &'a Document,
    at: Option<Timestamp>,
) -> Result<Standing<'a>, CliError> {
    Standing::of(collection, document, at).ok_or_else(|| CliError::NotYet {
        collection: collection.name.clone(),
        path: document.path.path.clone(),
        at: at.map_or_else(|| "the end".to_owned(), |at| at.to_string()),
        first: document.revisions.first().map(|revision| revision.commit.date.to_string()).unwrap_or_default(),
    })
}
