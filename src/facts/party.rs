//! The companies and organisations a text names.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::gazetteer::{Hit, Kind, Scan, bounded, longest, rows, split};

/// A name in a text.
#[derive(Debug, Clone)]
pub(super) struct Party<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    written: &'a str,
    /// The name without its legal form, in lower case.
    core: String,
    /// The class of its legal form, where it has one that tells companies apart.
    class: Option<&'static str>,
}

/// A legal form.
#[derive(Debug)]
struct Form {
    rule: &'static str,
    /// What all forms have in common that say the same: "ltd" for "Limited".
    class: String,
}

impl Form {
    fn new(form: &str, rule: &'static str) -> Self {
        let plain: String = form.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let class = SAME_FORMS.iter().find(|(other, _)| *other == plain).map(|(_, class)| (*class).to_owned());
        Self { rule, class: class.unwrap_or(plain) }
    }

    /// The class, but for "Co.": with that a company of any form is cut short.
    fn telling_class(&self) -> Option<&str> {
        Some(self.class.as_str()).filter(|class| *class != "co")
    }
}

/// Forms, in small letters alone, with the class that they share.
const SAME_FORMS: &[(&str, &str)] = &[
    ("limited", "ltd"),
    ("privatelimited", "ltd"),
    ("proprietarylimited", "ltd"),
    ("pte", "ltd"),
    ("pty", "ltd"),
    ("incorporated", "inc"),
    ("corporation", "corp"),
    ("aktiengesellschaft", "ag"),
    ("kabushikikaisha", "kk"),
    ("sàrl", "sarl"),
    ("unlimitedcompany", "ulc"),
    ("limitedpartnership", "lp"),
    ("designatedactivitycompany", "dac"),
    ("publicbenefitcorporation", "pbc"),
];

/// The legal forms, each by its words.
static FORMS: LazyLock<HashMap<String, Form>> = LazyLock::new(|| {
    rows(include_str!("data/company_forms.tsv"))
        .filter(|row| row.first() != Some(&"prefix"))
        .flat_map(|row| {
            let rule = row.first().copied().unwrap_or_default();
            split(row.get(1)).map(move |form| (form.to_owned(), Form::new(form, rule))).collect::<Vec<_>>()
        })
        .collect()
});

/// The first words of the forms.
static FIRST_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    FORMS.keys().filter_map(|form| form.split([' ', '.']).find(|part| !part.is_empty())).map(str::to_owned).collect()
});

static PREFIXES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    rows(include_str!("data/company_forms.tsv"))
        .filter(|row| row.first() == Some(&"prefix"))
        .flat_map(|row| split(row.get(1)).collect::<Vec<_>>())
        .collect()
});

/// Capitalised words that begin sentences, not names.
const NOT_FIRST: &[&str] = &[
    "The",
    "This",
    "These",
    "That",
    "Our",
    "Your",
    "You",
    "We",
    "It",
    "Its",
    "If",
    "When",
    "In",
    "By",
    "For",
    "To",
    "From",
    "With",
    "And",
    "Or",
    "Of",
    "At",
    "On",
    "As",
    "A",
    "An",
    "Contact",
    "All",
    "Any",
    "Each",
    "Both",
    "Other",
    "Such",
    "Copyright",
    "Inc",
    "Ltd",
    "LLC",
    "Company",
    "Where",
    "While",
    "Please",
    "Either",
    "Neither",
    "THE",
    "AND",
    "OR",
    "BY",
    "TO",
    "OF",
    "FOR",
    "IN",
    "Le",
    "La",
    "Les",
    "Die",
    "Der",
    "Das",
    "El",
    "However",
    "Additionally",
    "See",
    "About",
    "Address",
    "Name",
    "Attn",
    "Attention",
    "Provider",
    "Operator",
];
/// Words in capitals that stand before a name in a text set in capitals, or in an address.
const NOT_FIRST_SHOUTED: &[&str] = &[
    "ARE",
    "IS",
    "THEN",
    "BUT",
    "NOT",
    "ONLY",
    "ITS",
    "OUR",
    "YOUR",
    "PARENT",
    "COMPANY",
    "APPLICABLE",
    "AFFILIATE",
    "AFFILIATES",
    "WITH",
    "FROM",
    "THAT",
    "Notice",
    "Agent",
    "Department",
    "UK",
];
/// Short forms that are also the code of a state or a word: no comma stands before them.
const NO_COMMA_BEFORE: &[&str] = &["NV", "SE", "SA", "AS", "AB", "CO", "AG", "UG", "PT", "SL"];
/// Forms that are written with a stop. After any other, the stop is that of the sentence.
const STOPPED: &[&str] = &["Inc", "INC", "Ltd", "LTD", "Corp", "CORP", "Co", "CO", "Pte", "Pty", "Ltda", "Bhd", "Tbk"];
/// Words that are not a name on their own.
const GENERIC: &[&str] = &[
    "company",
    "parent",
    "holding",
    "holdings",
    "group",
    "corporation",
    "foundation",
    "limited",
    "partner",
    "affiliate",
    "supplier",
    "customer",
    "client",
    "section",
    "terms",
    "services",
    "service",
    "private",
    "general",
    "public",
    "s",
    "a",
    "no",
];
/// Words that "limited" and its like may qualify.
const QUALIFIED: &[&str] = &[
    "license",
    "licence",
    "warranty",
    "liability",
    "use",
    "time",
    "access",
    "to",
    "number",
    "edition",
    "release",
    "tax",
    "rights",
    "circumstances",
    "information",
    "purposes",
    "basis",
    "right",
    "period",
    "law",
];
const MOST_WORDS: usize = 6;
/// The most prefixes between a name and its form. "Co" is both prefix and form, so that a long row of them would be
/// walked once for each.
const MOST_PREFIXES: usize = 6;
/// The most forms that follow a form, for the same reason.
const MOST_FORMS: usize = 4;
/// The most characters after a name in which its form is looked for. A text may be a single word and have the name at
/// every other place of it.
const AHEAD: usize = 160;

#[derive(Clone, Copy)]
struct Word<'a> {
    start: usize,
    end: usize,
    /// Without the punctuation around it.
    bare: &'a str,
    /// The punctuation after it.
    tail: &'a str,
    /// Whether punctuation stands before it.
    opened: bool,
}

/// The parties, in order; organisations inside companies are not repeated.
pub(super) fn find<'a>(text: &'a str, scan: &Scan) -> Vec<Party<'a>> {
    let mut found = if scan.forms { companies(text) } else { Vec::new() };
    found.sort_by_key(|party| party.start);
    let known = longest(&scan.hits, Kind::Organisation);
    let mut organisations = Vec::new();
    let mut companies = found.iter().peekable();
    // How far the names reach that begin before the organisation ends. Both lists are sorted.
    let mut reach = 0;
    for hit in &known {
        while let Some(company) = companies.next_if(|company| company.start < hit.end) {
            reach = reach.max(company.end);
        }
        if hit.entry.rule == "product" || hit.start < reach || !stands_alone(text, hit, &known) {
            continue;
        }
        reach = hit.end;
        let written = text.get(hit.start..hit.end).unwrap_or_default();
        organisations.push(Party { start: hit.start, end: hit.end, written, core: core(hit.entry.id), class: None });
    }
    found.append(&mut organisations);
    found.sort_by_key(|party| party.start);
    found
}

/// The parties of one list whose name the other lacks, or has with other legal forms only: then it is another company.
pub(super) fn missing(of: &[Party<'_>], from: &[Party<'_>]) -> Vec<String> {
    let mut there: HashMap<&str, HashSet<&'static str>> = HashMap::new();
    for party in from {
        there.entry(party.core.as_str()).or_default().extend(party.class);
    }
    let mut told: HashSet<(&str, Option<&str>)> = HashSet::new();
    let mut missing = Vec::new();
    for party in of {
        let core = party.core.as_str();
        let is_missing = match there.get(core) {
            // A name that is new is told once, whatever its forms.
            None => told.insert((core, None)),
            Some(classes) => {
                let other = party.class.is_some_and(|class| !classes.is_empty() && !classes.contains(class));
                other && told.insert((core, party.class))
            }
        };
        if is_missing {
            missing.push(party.written.to_owned());
        }
    }
    missing
}

/// No domain, address or handle; and if the name is a common word, inside a sentence. `known` is sorted.
fn stands_alone(text: &str, hit: &Hit, known: &[Hit]) -> bool {
    let head = text.get(..hit.start).unwrap_or_default();
    let tail = text.get(hit.end..).unwrap_or_default();
    let dotted = tail.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    if head.ends_with(['@', '.', '/', '-', '#']) || dotted || tail.starts_with(['@', '/', '-']) {
        return false;
    }
    if hit.entry.rule != "mid" {
        return true;
    }
    let before = head.trim_end();
    // "Grand Canal Square": the end of a longer name.
    let part_of_name = before.ends_with(char::is_lowercase)
        && before
            .rsplit(char::is_whitespace)
            .next()
            .is_some_and(|word| word.starts_with(char::is_uppercase) && word.len() < before.len());
    let inside = before.ends_with(|c: char| c.is_lowercase() || c == ',') && before.len() < head.len() && !part_of_name;
    let next_to_name = |at: usize| known.binary_search_by_key(&at, |other| other.start).is_ok();
    let next = tail.trim_start();
    let capital = next.starts_with(char::is_uppercase) && !next_to_name(text.len() - next.len());
    inside && !capital && !tail.starts_with(['”', '"', ')'])
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let written = piece.trim_end();
        let head = written.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '&');
        let bare = head.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '&');
        let start = at + written.len() - head.len();
        if !bare.is_empty() {
            out.push(Word {
                start,
                end: start + bare.len(),
                bare,
                tail: head.get(bare.len()..).unwrap_or_default(),
                opened: head.len() < written.len(),
            });
        }
        at += piece.len();
    }
    out
}

fn companies(text: &str) -> Vec<Party<'_>> {
    let words = words(text);
    let shouted = !text.chars().any(char::is_lowercase);
    let mut out: Vec<Party<'_>> = Vec::new();
    let mut next = 0;
    for (at, word) in words.iter().enumerate() {
        if at < next
            || !word.bare.starts_with(|c: char| c.is_uppercase() || matches!(c, 'e' | 's' | 'd' | 'm' | 'g' | 'p'))
        {
            continue;
        }
        let Some((form, length)) = form_at(&words, at) else { continue };
        let Some(first) = name_before(&words, at) else { continue };
        let (last_form, after) = joined_forms(&words, form, at + length);
        if !allowed(form.rule, word, words.get(after - 1), words.get(after), shouted) {
            continue;
        }
        let party = words
            .get(first)
            .zip(words.get(after - 1))
            .and_then(|(first, last)| company(text, *first, *last, word.start));
        if let Some(party) = party {
            out.push(Party { class: last_form.telling_class(), ..party });
            next = after;
        }
    }
    out
}

/// The last of the forms that follow one another from `first`, which ends at `after`, and its end: "Pte. Ltd.",
/// "Co., Ltd.".
fn joined_forms(words: &[Word<'_>], first: &'static Form, mut after: usize) -> (&'static Form, usize) {
    let mut last = first;
    for _ in 0..MOST_FORMS {
        if !words.get(after - 1).is_some_and(|last| matches!(last.tail, "" | "." | "," | ".,")) {
            break;
        }
        let Some((form, length)) = form_at(words, after).filter(|(form, _)| form.rule != "strict") else { break };
        last = form;
        after += length;
    }
    (last, after)
}

/// The longest legal form that begins at a word, and how many words it has.
fn form_at(words: &[Word<'_>], at: usize) -> Option<(&'static Form, usize)> {
    // Nearly no word begins a form; those that do are looked up before anything is built.
    let first = words.get(at)?.bare;
    if !FIRST_WORDS.contains(first.split('.').find(|part| !part.is_empty()).unwrap_or_default()) {
        return None;
    }
    (1..=5).rev().find_map(|length| {
        let part = words.get(at..at + length)?;
        if part.iter().rev().skip(1).any(|word| !matches!(word.tail, "" | ".")) {
            return None;
        }
        let key = part.iter().map(|word| word.bare.replace('.', " ")).collect::<Vec<_>>().join(" ");
        FORMS.get(key.trim()).map(|form| (form, length))
    })
}

fn allowed(rule: &str, word: &Word<'_>, last: Option<&Word<'_>>, next: Option<&Word<'_>>, shouted: bool) -> bool {
    let ends = last.is_none_or(|last| !last.tail.is_empty());
    // "Limited (“Acme”)": what stands in brackets or quotes is no part of a name.
    let capital = !ends && next.is_some_and(|next| !next.opened && next.bare.starts_with(char::is_uppercase));
    let dotted = last.is_some_and(|last| last.tail.starts_with('.'));
    match rule {
        "strong" => true,
        "strict" if matches!(word.bare, "PC" | "CO" | "PT" | "AS" | "Co") => dotted && !shouted,
        "strict" => !shouted && !capital,
        _ => !shouted && !capital && (ends || next.is_none_or(|next| !QUALIFIED.contains(&next.bare))),
    }
}

/// The index of the first word of the name that ends before the form.
fn name_before(words: &[Word<'_>], form: usize) -> Option<usize> {
    let mut first = form;
    let mut named = 0;
    let comma = form.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|word| word.tail == ",");
    if comma && words.get(form).is_some_and(|form| NO_COMMA_BEFORE.contains(&form.bare)) {
        return None;
    }
    let farthest = form.saturating_sub(MOST_WORDS + MOST_PREFIXES);
    while named < MOST_WORDS && first > farthest && !words.get(first)?.opened {
        let word = words.get(first - 1)?;
        let prefix = PREFIXES.contains(word.bare) && named == 0;
        let joined =
            word.tail.is_empty() || named == 0 && (word.tail == "," || prefix && matches!(word.tail, "." | ".,"));
        let part = word.bare.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() && named > 0)
            || named > 0 && word.bare == "&"
            || is_camel(word.bare);
        if !(joined || is_initials(word)) || !part || is_year(word.bare) {
            break;
        }
        first -= 1;
        named += usize::from(!prefix);
    }
    first = after_last_small_word(words, first, form);
    while first < form {
        let bare = words.get(first)?.bare;
        let before_name = NOT_FIRST.contains(&bare) || NOT_FIRST_SHOUTED.contains(&bare) && first + 1 < form;
        if !before_name && bare != "&" && !bare.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        first += 1;
    }
    (first < form && named > 0).then_some(first)
}

/// Where a name in capitals begins: after the last word of the sentence around it, which is in capitals as well.
/// "IF YOU ARE CONTRACTING WITH ACME INC." names ACME INC.
fn after_last_small_word(words: &[Word<'_>], first: usize, form: usize) -> usize {
    let Some(name) = words.get(first..form) else { return first };
    if name.iter().any(|word| word.bare.contains(char::is_lowercase)) {
        return first;
    }
    let is_small = |word: &Word<'_>| {
        NOT_FIRST_SHOUTED.contains(&word.bare) || NOT_FIRST.iter().any(|small| small.eq_ignore_ascii_case(word.bare))
    };
    // The word before the form is all that may be left of the name.
    let before_last = name.split_last().map_or(name, |(_, before)| before);
    before_last.iter().rposition(is_small).map_or(first, |at| first + at + 1)
}

/// "F.T." of "F.T. Specialist Inc.".
fn is_initials(word: &Word<'_>) -> bool {
    word.tail == "." && word.bare.contains('.') && word.bare.split('.').all(|part| part.chars().count() == 1)
}

/// "1999" or "1999-2014" of a copyright notice.
fn is_year(word: &str) -> bool {
    word.len() >= 4 && word.split(['-', '–']).all(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// "iRobot", "eBay": a small letter and then a capital.
fn is_camel(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_lowercase) && chars.next().is_some_and(char::is_uppercase)
}

fn company<'a>(text: &'a str, first: Word<'a>, last: Word<'a>, form: usize) -> Option<Party<'a>> {
    let stopped = last.bare.contains('.') || STOPPED.contains(&last.bare);
    let end = last.end + usize::from(last.tail.starts_with('.') && stopped);
    let name = text.get(first.start..form)?;
    let core = core(name);
    if core.is_empty() || core.split(' ').all(|word| GENERIC.contains(&word)) {
        return None;
    }
    Some(Party { start: first.start, end, written: text.get(first.start..end)?, core, class: None })
}

/// The name of a party, to be looked for in texts that may write it with another legal form or with none.
#[derive(Debug, Clone)]
pub struct PartyName<'a> {
    /// The name without the forms at its end, as written.
    bare: Finder<'a>,
    /// The class of its form, where it has one that tells companies apart.
    class: Option<&'static str>,
}

/// How texts name a party; what comes later outweighs what comes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Naming {
    /// Not at all.
    Absent,
    /// Without a legal form.
    Bare,
    /// With another legal form, so that it is another company which is called so for short.
    Other,
    /// With its legal form, or at all where it has none.
    Full,
}

impl<'a> PartyName<'a> {
    /// Of `party` as it is written: "GitHub, Inc.".
    #[must_use]
    pub fn of(party: &'a str) -> Self {
        let (bare, class) = without_form(party);
        Self { bare: Finder::new(bare), class }
    }

    /// Whether `text` names the party, in whole words: "Metadata" does not name "Meta".
    #[must_use]
    pub fn stands_in(&self, text: &str) -> bool {
        self.stands_in_any([text])
    }

    /// Whether one of `texts`, the clauses of one document, names the party: with its legal form, or without one
    /// where none of them has the name with another. Where "Acme LLC" is called "Acme", "Acme, Inc." is not named.
    #[must_use]
    pub fn stands_in_any<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let mut most = Naming::Absent;
        for text in texts {
            most = most.max(self.naming(text));
            if most == Naming::Full {
                break;
            }
        }
        matches!(most, Naming::Bare | Naming::Full)
    }

    fn naming(&self, text: &str) -> Naming {
        let length = self.bare.needle().len();
        let shouted = LazyCell::new(|| !text.chars().any(char::is_lowercase));
        let mut most = Naming::Absent;
        for at in self.bare.find_iter(text.as_bytes()).filter(|&at| bounded(text, at, at + length)) {
            let Some(class) = self.class else { return Naming::Full };
            let tail = text.get(at + length..).unwrap_or_default();
            let naming = match company_form(tail, || *shouted) {
                None => Naming::Bare,
                Some((other, _)) if other == class => Naming::Full,
                Some((_, true)) => Naming::Absent,
                Some((_, false)) => Naming::Other,
            };
            most = most.max(naming);
            if most == Naming::Full {
                break;
            }
        }
        most
    }
}

/// The class of the form of a company whose name begins before `tail`, and whether that name goes on in it:
/// " Ireland Limited". Nothing where the form is none that tells companies apart.
fn company_form(tail: &str, shouted: impl Fn() -> bool) -> Option<(&'static str, bool)> {
    let end = tail.char_indices().nth(AHEAD).map_or(tail.len(), |(at, _)| at);
    let near = tail.get(..end)?;
    let words = words(near);
    let mut last_tail = near.get(..words.first()?.start)?.trim();
    let mut longer = false;
    for (at, word) in words.iter().enumerate().take(MOST_WORDS) {
        if !matches!(last_tail, "" | ",") || at > 0 && word.opened {
            return None;
        }
        if let Some((form, length)) = form_at(&words, at) {
            let (last, after) = joined_forms(&words, form, at + length);
            if allowed(form.rule, word, words.get(after - 1), words.get(after), shouted()) {
                return last.telling_class().map(|class| (class, longer));
            }
        }
        let prefix = PREFIXES.contains(word.bare);
        // After a comma only the form belongs to the name.
        if !prefix && (last_tail == "," || !word.bare.starts_with(char::is_uppercase)) {
            return None;
        }
        longer |= !prefix;
        last_tail = word.tail;
    }
    None
}

/// A name without the legal forms at its end, and the class of the last of these.
fn without_form(party: &str) -> (&str, Option<&'static str>) {
    let words = words(party);
    let ending = |at: usize| {
        let (first, length) = form_at(&words, at)?;
        let (last, after) = joined_forms(&words, first, at + length);
        (after == words.len()).then_some((at, last))
    };
    let Some((mut form, last)) = (1..words.len()).find_map(ending) else { return (party, None) };
    while form > 1 && words.get(form - 1).is_some_and(|word| PREFIXES.contains(word.bare)) {
        form -= 1;
    }
    let bare = words.get(form - 1).and_then(|last| party.get(..last.end)).unwrap_or(party);
    (bare, last.telling_class())
}

fn core(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '.').map(|word| word.trim_matches('.'));
    let kept: Vec<&str> = words.filter(|word| !word.is_empty() && !PREFIXES.contains(word)).collect();
    let core = kept.join(" ").to_lowercase();
    if core == "meta platforms" { "meta".to_owned() } else { core }
}
