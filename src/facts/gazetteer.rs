//! The word lists, loaded once: one automaton for all names, tables for single words, and tokens.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// The kinds of list that the automaton searches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Jurisdiction,
    Law,
    Organisation,
    Modal,
    Negation,
    /// A number as a word: quantities are looked for where one stands.
    Number,
    /// How a legal form begins: companies are looked for where one stands.
    Form,
}

/// Which spellings of an alias count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Any,
    Name,
    Exact,
}

/// One alias of one line of a list.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// The id of a place or law, the name of an organisation, the force of a modal, the word of a
    /// negation.
    pub(super) id: &'static str,
    /// The rule, or the language of a modal.
    pub(super) rule: &'static str,
    /// The spelling as the list has it.
    pub(super) alias: Cow<'static, str>,
    upper: String,
    case: Case,
}

/// A place in a text where an entry stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) entry: &'static Entry,
}

struct Lexicon {
    automaton: Option<AhoCorasick>,
    entries: Vec<Entry>,
}

/// The lines of a list, split into columns.
pub(super) fn rows(list: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// The aliases in a column.
pub(super) fn split(column: Option<&&'static str>) -> impl Iterator<Item = &'static str> + use<> {
    column.copied().unwrap_or_default().split('|').filter(|alias| !alias.is_empty() && *alias != "-")
}

const JURISDICTIONS: &str = include_str!("data/jurisdictions.tsv");
const LAWS: &str = include_str!("data/laws.tsv");
const ORGANISATIONS: &str = include_str!("data/organisations.tsv");
const MODALS: &str = include_str!("data/modals.tsv");
const NEGATIONS: &str = include_str!("data/negations.tsv");
const UNITS: &str = include_str!("data/units.tsv");
const FORMS: &str = include_str!("data/company_forms.tsv");

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let entries = load();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(entries.iter().map(|entry| entry.alias.as_bytes()))
        .ok();
    Lexicon { automaton, entries }
});

/// The name of the jurisdiction with the id `id`: its first in the list.
#[must_use]
pub fn jurisdiction_name(id: &str) -> Option<&'static str> {
    name(Kind::Jurisdiction, id)
}

/// The name of the law with the id `id`: its first in the list.
#[must_use]
pub fn law_name(id: &str) -> Option<&'static str> {
    name(Kind::Law, id)
}

/// An adjective is no name, and neither is the number of a law.
fn name(kind: Kind, id: &str) -> Option<&'static str> {
    let named = |entry: &&Entry| {
        entry.kind == kind && entry.id == id && entry.rule != "adj" && entry.alias.starts_with(char::is_alphabetic)
    };
    LEXICON.entries.iter().find(named).map(|entry| entry.alias.as_ref())
}

fn load() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut push = |kind, id, rule: &'static str, case, alias: Cow<'static, str>| {
        let upper = alias.to_uppercase();
        entries.push(Entry { kind, id, rule, alias, upper, case });
    };
    for row in rows(JURISDICTIONS) {
        let [id, rule, ..] = row[..] else { continue };
        if id != "-" {
            split(row.get(2)).for_each(|alias| push(Kind::Jurisdiction, id, rule, case_of(rule), alias.into()));
        }
    }
    for row in rows(LAWS) {
        let [id, _, rule, ..] = row[..] else { continue };
        split(row.get(3)).for_each(|alias| push(Kind::Law, id, rule, case_of(rule), alias.into()));
    }
    for row in rows(ORGANISATIONS) {
        let [id, rule, ..] = row[..] else { continue };
        std::iter::once(id)
            .chain(split(row.get(2)))
            .for_each(|alias| push(Kind::Organisation, id, rule, case_of(rule), alias.into()));
    }
    for row in rows(MODALS) {
        let [id, language, ..] = row[..] else { continue };
        if !matches!(id, "negation" | "skip" | "before") {
            split(row.get(2)).flat_map(apostrophes).for_each(|alias| push(Kind::Modal, id, language, Case::Any, alias));
        }
    }
    for row in rows(NEGATIONS) {
        let [id, ..] = row[..] else { continue };
        for form in split(row.get(2)) {
            let rule = if form.ends_with('*') { "number" } else { "" };
            apostrophes(form.trim_end_matches('*')).for_each(|form| push(Kind::Negation, id, rule, Case::Any, form));
        }
    }
    for row in rows(UNITS).filter(|row| row.first() == Some(&"number")) {
        split(row.get(2)).for_each(|word| push(Kind::Number, "", "", Case::Any, word.into()));
        // The automaton knows both cases of ASCII letters only.
        split(row.get(2))
            .filter(|word| !word.is_ascii())
            .for_each(|word| push(Kind::Number, "", "", Case::Any, word.to_uppercase().into()));
    }
    for row in rows(FORMS).filter(|row| row.first() != Some(&"prefix")) {
        for form in split(row.get(1)) {
            beginnings(form).into_iter().for_each(|start| push(Kind::Form, "", "", Case::Exact, start));
        }
    }
    entries
}

/// "can't" with either apostrophe.
fn apostrophes(alias: &'static str) -> impl Iterator<Item = Cow<'static, str>> {
    let curly = alias.contains('\'').then(|| alias.replace('\'', "’").into());
    std::iter::once(alias.into()).chain(curly)
}

/// How the first words of a legal form may be written; a single letter says too little alone.
fn beginnings(form: &'static str) -> Vec<Cow<'static, str>> {
    match form.split_once(' ') {
        Some((first, rest)) if first.len() < 2 => {
            let next = rest.split(' ').next().unwrap_or_default();
            [".", " ", ". "].iter().map(|between| format!("{first}{between}{next}").into()).collect()
        }
        Some((first, _)) => vec![first.into()],
        None => vec![form.split('.').next().unwrap_or_default().into()],
    }
}

fn case_of(rule: &str) -> Case {
    match rule {
        "any" => Case::Any,
        "exact" | "mid" | "product" => Case::Exact,
        rule if rule.starts_with("with:") => Case::Exact,
        _ => Case::Name,
    }
}

/// What one pass over a text finds.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Every entry that stands in the text at word boundaries, the longer before the shorter.
    pub(super) hits: Vec<Hit>,
    /// Whether a number stands in it, as digits or as a word.
    pub(super) numbers: bool,
    /// Whether a legal form may stand in it.
    pub(super) forms: bool,
}

/// Looks for all entries in one pass.
pub(super) fn scan(text: &str) -> Scan {
    let lexicon: &'static Lexicon = &LEXICON;
    let mut found = Scan { numbers: text.bytes().any(|byte| byte.is_ascii_digit()), ..Scan::default() };
    let Some(automaton) = &lexicon.automaton else { return found };
    for place in automaton.find_overlapping_iter(text) {
        let Some(entry) = lexicon.entries.get(place.pattern().as_usize()) else { continue };
        let (start, end) = (place.start(), place.end());
        let written = text.get(start..end).unwrap_or_default();
        let spelled = match entry.case {
            Case::Any => true,
            Case::Exact => written == entry.alias,
            Case::Name => written == entry.alias || written == entry.upper,
        };
        match entry.kind {
            _ if !spelled => {}
            Kind::Number => found.numbers |= apart(text, start, end),
            Kind::Form => found.forms |= starts_apart(text, start),
            _ if bounded(text, start, end) => found.hits.push(Hit { start, end, entry }),
            _ => {}
        }
    }
    found.hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    found
}

/// Whether no letter touches the span.
fn apart(text: &str, start: usize, end: usize) -> bool {
    starts_apart(text, start) && !text.get(end..).unwrap_or_default().starts_with(char::is_alphabetic)
}

/// Whether no letter stands right before `start`.
fn starts_apart(text: &str, start: usize) -> bool {
    !text.get(..start).unwrap_or_default().ends_with(char::is_alphabetic)
}

/// The hits of one kind, without those inside a longer one of that kind.
pub(super) fn longest(hits: &[Hit], kind: Kind) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits.iter().filter(|hit| hit.entry.kind == kind) {
        let inside =
            kept.last().is_some_and(|last| hit.start < last.end && (hit.start, hit.end) != (last.start, last.end));
        if !inside {
            kept.push(*hit);
        }
    }
    kept
}

/// Whether the span neither begins nor ends inside a word.
pub(super) fn bounded(text: &str, start: usize, end: usize) -> bool {
    let joined = |left: Option<char>, right: Option<char>| match (left, right) {
        (Some(left), Some(right)) => inner(left) && inner(right),
        _ => false,
    };
    let (before, rest) = text.split_at_checked(start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let first = rest.chars().next();
    let last = text.get(..end).and_then(|head| head.chars().next_back());
    !joined(before.chars().next_back(), first) && !joined(last, after.chars().next())
}

/// Whether a character belongs to words that spaces divide.
fn inner(character: char) -> bool {
    (character.is_alphanumeric() || character == '_') && !is_cjk(character)
}

/// Whether a character belongs to a script without spaces.
pub(super) fn is_cjk(character: char) -> bool {
    ('\u{2e80}'..='\u{9fff}').contains(&character) || ('\u{f900}'..='\u{faff}').contains(&character)
}

/// The most bytes of a word that is looked up in a list; those of the lists are shorter in every spelling.
const LONGEST_WORD: usize = 64;

/// A word beside a hit, without the punctuation around it. It may be as long as the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbour<'a> {
    pub(super) start: usize,
    pub(super) word: &'a str,
    /// Whether a small letter stands in it.
    small: bool,
}

impl<'a> Neighbour<'a> {
    /// The word as it may stand in a list: nothing if it is too long for all, for it is not to be hashed at every hit.
    pub(super) fn listed(&self) -> &'a str {
        if self.word.len() > LONGEST_WORD { "" } else { self.word }
    }

    /// Whether it has no small letter, but more than one character.
    pub(super) fn shouted(&self) -> bool {
        !self.small && self.word.chars().nth(1).is_some()
    }
}

/// Finds the words beside the hits in a text.
///
/// A text from outside may be megabytes without a space and have a hit at every other word. So what is asked about
/// a stretch between two spaces is found once and kept for the next hit, which mostly stands in it too.
pub(super) struct Neighbours<'a> {
    text: &'a str,
    last: Option<Stretch>,
}

/// What stands between two spaces, by places in the text.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: usize,
    end: usize,
    /// Where its first letter or digit stands, or else its end.
    first: usize,
    /// Where its last letter, digit or apostrophe ends, or else its start.
    last: usize,
    first_small: Option<usize>,
    last_small: Option<usize>,
}

impl<'a> Neighbours<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, last: None }
    }

    /// The word before a place.
    pub(super) fn before(&mut self, at: usize) -> Neighbour<'a> {
        let end = self.text.get(..at).unwrap_or_default().trim_end().len();
        let stretch = self.stretch(end);
        let start = stretch.first.min(end);
        let small = stretch.first_small.is_some_and(|small| small < end);
        Neighbour { start, word: self.text.get(start..end).unwrap_or_default(), small }
    }

    /// The word after a place.
    pub(super) fn after(&mut self, at: usize) -> Neighbour<'a> {
        let start = self.text.len() - self.text.get(at..).unwrap_or_default().trim_start().len();
        let stretch = self.stretch(start);
        let end = stretch.last.max(start);
        let small = stretch.last_small.is_some_and(|small| small >= start);
        Neighbour { start, word: self.text.get(start..end).unwrap_or_default(), small }
    }

    /// The stretch that `at` stands in, or at whose end.
    fn stretch(&mut self, at: usize) -> Stretch {
        let kept = self.last.filter(|kept| (kept.start..=kept.end).contains(&at));
        let stretch = kept.unwrap_or_else(|| Stretch::around(self.text, at));
        self.last = Some(stretch);
        stretch
    }
}

impl Stretch {
    fn around(text: &str, at: usize) -> Self {
        let start = text.get(..at).unwrap_or_default().trim_end_matches(|c: char| !c.is_whitespace()).len();
        let space = text.get(at..).and_then(|tail| tail.find(char::is_whitespace));
        let end = space.map_or(text.len(), |space| at + space);
        let own = text.get(start..end).unwrap_or_default();
        Self {
            start,
            end,
            first: own.find(char::is_alphanumeric).map_or(end, |first| start + first),
            last: start + own.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '\'').len(),
            first_small: own.find(char::is_lowercase).map(|small| start + small),
            last_small: own.rfind(char::is_lowercase).map(|small| start + small),
        }
    }
}

/// The words of a list whose first column is `-` and whose second is `rule`.
pub(super) fn jurisdiction_words(rule: &str) -> HashSet<&'static str> {
    rows(JURISDICTIONS)
        .filter(|row| row.first() == Some(&"-") && row.get(1) == Some(&rule))
        .flat_map(|row| split(row.get(2)).collect::<Vec<_>>())
        .collect()
}

/// The words of the modal list under a force, with their language.
pub(super) fn modal_words(force: &str) -> HashMap<&'static str, &'static str> {
    rows(MODALS)
        .filter(|row| row.first() == Some(&force))
        .flat_map(|row| {
            let language = row.get(1).copied().unwrap_or_default();
            split(row.get(2)).map(move |word| (word, language)).collect::<Vec<_>>()
        })
        .collect()
}

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Word,
    Number,
    Sign,
}

/// A word, a number, or a single sign.
#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) shape: Shape,
    /// In lower case.
    pub(super) word: Cow<'a, str>,
}

/// The months whose names a page may write without a space before them.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The tokens of a text. Digits and letters never share a token; "1,000.50" is one number. What pages glue together
/// around a date is divided: `UpdatedNovember 14`, `14日生效日期`.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(text.len() / 4);
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if first.is_whitespace() {
            continue;
        }
        let shape = shape_of(first);
        let mut end = start + first.len_utf8();
        while let Some(&(at, next)) = rest.peek() {
            let following = || text.get(at + next.len_utf8()..).and_then(|tail| tail.chars().next());
            let joins = match shape {
                Shape::Sign => false,
                Shape::Word => {
                    next.is_alphabetic() && is_cjk(next) == is_cjk(first)
                        || matches!(next, '\'' | '’') && following().is_some_and(char::is_alphabetic)
                }
                Shape::Number => {
                    next.is_ascii_digit()
                        || matches!(next, '.' | ',') && following().is_some_and(|c| c.is_ascii_digit())
                }
            };
            if !joins {
                break;
            }
            end = at + next.len_utf8();
            rest.next();
        }
        let seam = if shape == Shape::Word { seam(text, start, end) } else { end };
        out.push(token(text, start, seam, shape));
        if seam < end {
            out.push(token(text, seam, end, shape));
        }
    }
    out
}

fn token(text: &str, start: usize, end: usize, shape: Shape) -> Token<'_> {
    let written = text.get(start..end).unwrap_or_default();
    let plain = !written.bytes().any(|byte| byte.is_ascii_uppercase() || byte > 127);
    let word = if plain { Cow::Borrowed(written) } else { Cow::Owned(written.to_lowercase()) };
    Token { start, end, shape, word }
}

/// Where a label begins or ends in the word from `start` to `end`, to which a date is glued; else the end of the word.
fn seam(text: &str, start: usize, end: usize) -> usize {
    let written = text.get(start..end).unwrap_or_default();
    if let Some(label) = written.strip_prefix('日') {
        let dated = text.get(..start).unwrap_or_default().ends_with(|c: char| c.is_ascii_digit());
        return if dated && !label.is_empty() { end - label.len() } else { end };
    }
    // Nearly no word has a capital inside it.
    if !written.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) {
        return end;
    }
    let mut labels = MONTHS.iter().filter_map(|month| written.strip_suffix(*month));
    labels.find(|label| label.ends_with(char::is_lowercase)).map_or(end, |label| start + label.len())
}

fn shape_of(first: char) -> Shape {
    if first.is_ascii_digit() {
        Shape::Number
    } else if first.is_alphabetic() {
        Shape::Word
    } else {
        Shape::Sign
    }
}
