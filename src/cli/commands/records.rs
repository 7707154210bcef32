//! The one place where stored or freshly scanned records come from.
//!
//! Commands ask for all records that pass a filter ([`each`]), or for the ones that a user names
//! ([`named`]). A further place where records are kept becomes another arm here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use termsift::id::stable_id;
use termsift::outcome::Stop;
use termsift::pipeline::{self, Filter, Order, Related, ScanError, ScanOptions, ScanSummary, Sink};
use termsift::record::{DocumentChangeRecord, SCHEMA, ScoredId};
use termsift::source::{Collection, OpenOptions, SourceError, SourceSpec};
use termsift::store::{Reader, Selection, Store, Stored};

use super::scan::{self, open_all, open_one};
use super::store::opened;
use crate::cli::args::RecordsArgs;
use crate::cli::error::CliError;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, settings};

/// Characters that a name of a change must have at least.
const SHORTEST: usize = 4;
/// The date in the record of a pair or of a clause change that came as a line: nobody says when it was recorded.
const UNDATED: &str = "1970-01-01T00:00:00Z";

/// Hands the records that pass the filter to `sink`, in order.
pub(crate) fn each(
    args: &RecordsArgs,
    options: &ScanOptions,
    progress: &TerminalProgress,
    sink: &mut dyn Sink,
) -> Result<ScanSummary, CliError> {
    match place(args)? {
        Place::Files(files) => {
            let mut files = files.iter().map(|path| RecordFile::open(path)).collect::<Result<Vec<_>, _>>()?;
            from_files(&mut files, options, sink)
        }
        Place::Store(path) => from_store(path, options, sink),
        Place::Sources(specs) => {
            interrupt::listen(&options.stop);
            let open_options = OpenOptions {
                commits: options.filter.commits.clone(),
                clones: settings::clones(args.clones.as_ref()),
                stop: options.stop.clone(),
            };
            let collections = open_all(&specs, None, &open_options, progress)?;
            settings::check_names(&options.filter, &collections)?;
            Ok(pipeline::scan_with(&collections, options, super::model::judge(&args.judge)?.as_ref(), progress, sink)?)
        }
    }
}

/// The files that records are read from: no output may take their place.
pub(super) fn inputs(args: &RecordsArgs) -> Vec<PathBuf> {
    let store = args.store.iter().flat_map(|store| Store::files(store));
    let sources = scan::source_files(&args.source);
    args.from.iter().cloned().chain(store).chain(sources).chain(args.judge.cache.clone()).collect()
}

/// The options by which `termsift show` finds the same records; nothing where it could not.
pub(crate) fn found_by(args: &RecordsArgs) -> Option<String> {
    match place(args).ok()? {
        Place::Files(files) if files.iter().any(|file| file == Path::new("-")) => None,
        Place::Files(files) => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            scan::places_by(&files, "--from")
        }
        Place::Store(path) => scan::places_by(&[path.display().to_string()], "--store"),
        Place::Sources(specs) => scan::found_by(&specs),
    }
}

/// The records that `names` name, in that order.
pub(crate) fn named(
    args: &RecordsArgs,
    names: &[String],
    progress: &TerminalProgress,
) -> Result<Vec<DocumentChangeRecord>, CliError> {
    let wanted = names.iter().map(|name| ChangeName::parse(name)).collect::<Result<Vec<_>, _>>()?;
    match place(args)? {
        Place::Files(files) => {
            let mut files = files.iter().map(|path| RecordFile::open(path)).collect::<Result<Vec<_>, _>>()?;
            named_in_files(&mut files, &wanted)
        }
        Place::Store(path) => named_in_store(path, &wanted),
        Place::Sources(specs) => named_in_sources(args, &specs, &wanted, progress),
    }
}

/// Where records come from.
enum Place<'a> {
    Files(&'a [PathBuf]),
    Store(&'a Path),
    Sources(Vec<SourceSpec>),
}

fn place(args: &RecordsArgs) -> Result<Place<'_>, CliError> {
    if let Some(store) = &args.store {
        return Ok(Place::Store(store));
    }
    match (args.from.as_slice(), args.source.as_slice()) {
        ([], []) => Err(CliError::NoRecords),
        ([], sources) => Ok(Place::Sources(sources.iter().map(|typed| SourceSpec::parse(typed)).collect())),
        (files, _) => Ok(Place::Files(files)),
    }
}

/// How a user names a change: `ID`, `COMMIT` or `COMMIT:PATH`, the hashes and the path cut short at will.
struct ChangeName {
    typed: String,
    key: String,
    path: Option<String>,
}

impl ChangeName {
    fn parse(typed: &str) -> Result<Self, CliError> {
        let (key, path) = match typed.split_once(':') {
            Some((key, path)) => (key, Some(path.to_lowercase())),
            None => (typed, None),
        };
        if key.chars().count() < SHORTEST {
            return Err(CliError::ShortName { given: typed.to_owned() });
        }
        Ok(Self { typed: typed.to_owned(), key: key.to_lowercase(), path })
    }

    fn fits(&self, candidate: &Candidate) -> bool {
        match &self.path {
            None => candidate.id.starts_with(&self.key) || candidate.commit.to_lowercase().starts_with(&self.key),
            Some(path) => {
                candidate.commit.to_lowercase().starts_with(&self.key) && candidate.path.to_lowercase().contains(path)
            }
        }
    }

    /// The one among `candidates` that this names.
    fn pick<'a, T>(&self, candidates: &'a [(Candidate, T)]) -> Result<&'a (Candidate, T), CliError> {
        let fitting: Vec<&(Candidate, T)> = candidates.iter().filter(|(candidate, _)| self.fits(candidate)).collect();
        // The same record may stand in several files.
        let ids: BTreeSet<&str> = fitting.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
        match (fitting.first(), ids.len()) {
            (Some(first), 1) => Ok(first),
            (None, _) => Err(CliError::NoSuchChange { given: self.typed.clone(), read: candidates.len() }),
            _ => Err(CliError::Ambiguous {
                given: self.typed.clone(),
                candidates: fitting.iter().map(|(candidate, _)| candidate.said()).collect(),
            }),
        }
    }
}

/// What a change can be named by.
#[derive(Debug)]
struct Candidate {
    id: String,
    collection: String,
    commit: String,
    path: String,
    date: String,
}

impl Candidate {
    fn said(&self) -> String {
        let day = self.date.get(..10).unwrap_or(&self.date);
        format!(
            "{}  {day}  {}  {}:{}",
            self.id,
            self.collection,
            self.commit.get(..12).unwrap_or(&self.commit),
            self.path
        )
    }
}

/// What of a record is looked at before it is wanted.
#[derive(Debug, Deserialize)]
struct Light {
    schema: u32,
    id: String,
    collection: String,
    service: String,
    terms_type: String,
    path: String,
    commit: String,
    date: String,
    status: String,
    priority: f64,
    categories: Vec<ScoredId>,
    materiality: Option<String>,
    effect: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    unsure: bool,
    #[serde(default)]
    story: Option<Story>,
}

impl Light {
    /// What it is put in the order of the history by, as far as a record tells. Those without a date keep the order of
    /// their file.
    fn recorded(&self) -> (&str, &str, Option<(&str, &str)>) {
        let told = (self.date != UNDATED).then_some((self.path.as_str(), self.commit.as_str()));
        (self.collection.as_str(), self.date.as_str(), told)
    }
}

/// What of a story is looked at.
#[derive(Debug, Deserialize)]
struct Story {
    id: String,
}

/// A file of records, read twice: once to choose, once for what was chosen. Memory does not grow
/// with the texts in it.
struct RecordFile {
    path: PathBuf,
    reader: BufReader<File>,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy)]
struct Line {
    offset: u64,
    bytes: usize,
    number: usize,
}

impl RecordFile {
    fn open(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::Records { path: path.into(), source };
        let file = if path == Path::new("-") {
            // Standard input cannot be read twice.
            let mut kept = tempfile::tempfile().map_err(failed)?;
            io::copy(&mut io::stdin().lock(), &mut kept).map_err(failed)?;
            kept
        } else {
            File::open(path).map_err(failed)?
        };
        let mut reader = BufReader::new(file);
        reader.rewind().map_err(failed)?;
        Ok(Self { path: path.into(), reader })
    }

    /// What there is to choose from, in the order of the file.
    fn index(&mut self) -> Result<Vec<(Light, Line)>, CliError> {
        let mut found = Vec::new();
        let mut line = Vec::new();
        let mut offset = 0;
        for number in 1.. {
            line.clear();
            let failed = |source| CliError::Records { path: self.path.clone(), source };
            let bytes = self.reader.read_until(b'\n', &mut line).map_err(failed)?;
            if bytes == 0 {
                break;
            }
            if !line.trim_ascii().is_empty() {
                let light: Light = self.parsed(&line, number)?;
                if light.schema > SCHEMA {
                    return Err(CliError::NewerRecord { path: self.path.clone(), line: number, schema: light.schema });
                }
                found.push((light, Line { offset, bytes, number }));
            }
            offset += bytes as u64;
        }
        Ok(found)
    }

    fn parsed<'a, T: Deserialize<'a>>(&self, line: &'a [u8], number: usize) -> Result<T, CliError> {
        serde_json::from_slice(line).map_err(|source| CliError::BadRecord {
            path: self.path.clone(),
            line: number,
            source: source.into(),
        })
    }

    fn read(&mut self, line: Line) -> Result<DocumentChangeRecord, CliError> {
        let mut bytes = vec![0; line.bytes];
        self.reader
            .seek(SeekFrom::Start(line.offset))
            .and_then(|_| self.reader.read_exact(&mut bytes))
            .map_err(|source| CliError::Records { path: self.path.clone(), source })?;
        self.parsed(&bytes, line.number)
    }
}

fn from_files(files: &mut [RecordFile], options: &ScanOptions, sink: &mut dyn Sink) -> Result<ScanSummary, CliError> {
    let filter = &options.filter;
    let mut summary = ScanSummary { order: options.order, ..ScanSummary::default() };
    let mut chosen: Vec<(usize, Light, Line)> = Vec::new();
    let (mut services, mut types) = (BTreeSet::new(), BTreeSet::new());
    let mut unknown = filter.commits.clone();
    for (place, file) in files.iter_mut().enumerate() {
        for (light, line) in file.index()? {
            services.insert(light.service.clone());
            types.insert(light.terms_type.clone());
            summary.recorded += 1;
            unknown.retain(|commit| !begins(&light.commit, commit));
            if !passes(filter, &light) {
                continue;
            }
            summary.count(&light.status, light.date.parse().ok());
            summary.without_model += usize::from(light.model.is_none());
            if judged(filter, &light) {
                chosen.push((place, light, line));
            }
        }
    }
    settings::check_among("service", &filter.services, services.iter())?;
    settings::check_among("terms type", &filter.terms_types, types.iter())?;
    none_unknown(&unknown, files.first().map_or(Path::new("-"), |file| &file.path))?;
    match options.order {
        // As a scan ranks them.
        Order::Priority => chosen.sort_by(|(a_place, a, _), (b_place, b, _)| {
            b.priority.total_cmp(&a.priority).then_with(|| b.date.cmp(&a.date)).then_with(|| {
                (a_place, &a.collection, &a.path, &a.commit).cmp(&(b_place, &b.collection, &b.path, &b.commit))
            })
        }),
        // The file may have been written in another order, and records do not tell their place in the history.
        Order::History => chosen.sort_by(|(_, a, _), (_, b, _)| a.recorded().cmp(&b.recorded())),
    }
    if filter.one_a_story {
        let mut told = BTreeSet::new();
        chosen.retain(|(_, light, _)| light.story.as_ref().is_none_or(|story| told.insert(story.id.clone())));
    }
    chosen.iter().for_each(|(_, light, _)| summary.pass(&light.status));
    chosen.truncate(filter.top.unwrap_or(usize::MAX));
    for (place, _, line) in chosen {
        let Some(file) = files.get_mut(place) else { continue };
        let record = file.read(line)?;
        sink.record(record).map_err(|error| CliError::Scan(ScanError::Sink(error)))?;
        summary.reported += 1;
    }
    Ok(summary)
}

/// Whether `wanted` is the commit, or a beginning of it.
fn begins(commit: &str, wanted: &str) -> bool {
    commit.to_lowercase().starts_with(&wanted.to_lowercase())
}

/// A commit that no record names is told as one that a repository does not hold.
fn none_unknown(unknown: &[String], path: &Path) -> Result<(), CliError> {
    match unknown.first() {
        None => Ok(()),
        Some(commit) => Err(SourceError::NoSuchCommit { path: path.into(), commit: commit.clone() }.into()),
    }
}

fn from_store(path: &Path, options: &ScanOptions, sink: &mut dyn Sink) -> Result<ScanSummary, CliError> {
    let store = opened(path)?;
    let unrelated = Related::default();
    let all = Reader::new(&store, &Selection::default(), &unrelated)?;
    let names = |name: fn(Stored<'_>) -> &str| all.stored().map(name).map(str::to_owned).collect::<BTreeSet<_>>();
    settings::check_among("service", &options.filter.services, names(|one| one.service).iter())?;
    settings::check_among("terms type", &options.filter.terms_types, names(|one| one.terms_type).iter())?;
    let mut unknown = options.filter.commits.clone();
    all.stored().for_each(|one| unknown.retain(|commit| !begins(one.commit, commit)));
    none_unknown(&unknown, path)?;
    let selection = Selection { filter: options.filter.clone(), order: options.order, ..Selection::default() };
    let related = store.related()?;
    let reader = Reader::new(&store, &selection, &related)?;
    for record in reader.records() {
        sink.record(record?).map_err(|error| CliError::Scan(ScanError::Sink(error)))?;
    }
    Ok(ScanSummary { recorded: all.len(), ..reader.summary().clone() })
}

fn named_in_store(path: &Path, wanted: &[ChangeName]) -> Result<Vec<DocumentChangeRecord>, CliError> {
    let store = opened(path)?;
    let related = store.related()?;
    let reader = Reader::new(&store, &Selection { with_gone: true, ..Selection::default() }, &related)?;
    let candidate = |one: Stored<'_>| Candidate {
        id: one.id.to_owned(),
        collection: one.collection.to_owned(),
        commit: one.commit.to_owned(),
        path: one.path.to_owned(),
        date: one.date.to_owned(),
    };
    let candidates: Vec<(Candidate, ())> = reader.stored().map(|one| (candidate(one), ())).collect();
    let picked = wanted.iter().map(|name| name.pick(&candidates)).collect::<Result<Vec<_>, _>>()?;
    let mut records = Vec::with_capacity(picked.len());
    for (candidate, ()) in picked {
        if let Some(mut record) = store.find(&candidate.id)? {
            related.mark(&mut record);
            records.push(record);
        }
    }
    Ok(records)
}

/// Whether `light` is among what is asked for, whatever was found of it.
fn passes(filter: &Filter, light: &Light) -> bool {
    let among = |wanted: &[String], is: &str| {
        wanted.is_empty() || wanted.iter().any(|one| one.to_lowercase() == is.to_lowercase())
    };
    let starts = |wanted: &String| begins(&light.commit, wanted);
    let date: Option<Timestamp> = light.date.parse().ok();
    let after = filter.since.is_none_or(|since| date.is_some_and(|date| date >= since));
    let before = filter.until.is_none_or(|until| date.is_some_and(|date| date <= until));
    after
        && before
        && among(&filter.services, &light.service)
        && among(&filter.terms_types, &light.terms_type)
        && (filter.commits.is_empty() || filter.commits.iter().any(starts))
}

/// Whether what was found of `light` is asked for.
fn judged(filter: &Filter, light: &Light) -> bool {
    let status = filter.statuses.is_empty() || filter.statuses.contains(&light.status);
    let has = |category: &String| light.categories.iter().any(|scored| scored.id == *category);
    let is =
        |wanted: &[String], id: &Option<String>| wanted.is_empty() || id.as_ref().is_some_and(|id| wanted.contains(id));
    status
        && (filter.categories.is_empty() || filter.categories.iter().any(has))
        && is(&filter.materialities, &light.materiality)
        && is(&filter.effects, &light.effect)
        && (!filter.unsure || light.unsure)
}

fn named_in_files(files: &mut [RecordFile], wanted: &[ChangeName]) -> Result<Vec<DocumentChangeRecord>, CliError> {
    let mut candidates = Vec::new();
    for (place, file) in files.iter_mut().enumerate() {
        candidates.extend(file.index()?.into_iter().map(|(light, line)| {
            let Light { id, collection, commit, path, date, .. } = light;
            (Candidate { id, collection, commit, path, date }, (place, line))
        }));
    }
    let picked = wanted.iter().map(|name| name.pick(&candidates)).collect::<Result<Vec<_>, _>>()?;
    let mut records = Vec::with_capacity(picked.len());
    for (_, (place, line)) in picked {
        if let Some(file) = files.get_mut(*place) {
            records.push(file.read(*line)?);
        }
    }
    Ok(records)
}

fn named_in_sources(
    args: &RecordsArgs,
    specs: &[SourceSpec],
    wanted: &[ChangeName],
    progress: &TerminalProgress,
) -> Result<Vec<DocumentChangeRecord>, CliError> {
    // What looks like a commit may be one that no branch leads to, which must be asked for by name.
    let hashes = wanted.iter().map(|name| name.key.clone()).filter(|key| key.chars().all(|c| c.is_ascii_hexdigit()));
    let stop = Stop::default();
    interrupt::listen(&stop);
    let open_options =
        OpenOptions { commits: hashes.collect(), clones: settings::clones(args.clones.as_ref()), stop: stop.clone() };
    let mut collections = Vec::with_capacity(specs.len());
    for spec in specs {
        collections.push(open_one(spec, &open_options, progress)?.0);
    }
    let candidates: Vec<(Candidate, (String, String))> = collections.iter().flat_map(changes_of).collect();
    let picked = wanted.iter().map(|name| name.pick(&candidates)).collect::<Result<Vec<_>, _>>()?;
    let options = ScanOptions {
        filter: Filter {
            commits: picked.iter().map(|(candidate, _)| candidate.commit.clone()).collect(),
            services: picked.iter().map(|(_, (service, _))| service.clone()).collect(),
            terms_types: picked.iter().map(|(_, (_, terms_type))| terms_type.clone()).collect(),
            ..Filter::default()
        },
        threads: args.threads,
        stop,
        ..ScanOptions::default()
    };
    let ids: Vec<&str> = picked.iter().map(|(candidate, _)| candidate.id.as_str()).collect();
    let mut kept = Kept { ids: &ids, records: BTreeMap::new() };
    pipeline::scan_with(&collections, &options, super::model::judge(&args.judge)?.as_ref(), progress, &mut kept)?;
    Ok(ids.iter().filter_map(|id| kept.records.get(*id).cloned()).collect())
}

/// All document changes of `collection`, with their service and terms type.
fn changes_of(collection: &Collection) -> Vec<(Candidate, (String, String))> {
    let candidate = |commit: &str, path: &str, date: String| Candidate {
        id: stable_id(&[&collection.name, commit, path]),
        collection: collection.name.clone(),
        commit: commit.to_owned(),
        path: path.to_owned(),
        date,
    };
    let revisions = collection.documents.iter().flat_map(|document| {
        document.revisions.iter().map(move |revision| {
            let place = &document.path;
            (
                candidate(&revision.commit.id, &place.path, revision.commit.date.to_string()),
                (place.service.clone(), place.terms_type.clone()),
            )
        })
    });
    revisions.collect()
}

/// Keeps the records with some ids.
struct Kept<'a> {
    ids: &'a [&'a str],
    records: BTreeMap<String, DocumentChangeRecord>,
}

impl Sink for Kept<'_> {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        if self.ids.contains(&record.id.as_str()) {
            self.records.insert(record.id.clone(), record);
        }
        Ok(())
    }
}
