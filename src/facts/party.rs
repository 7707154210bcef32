//! The companies and organisations a text names.

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
}

/// The words of legal forms: each form as its words, with its rule.
static FORMS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    rows(include_str!("data/company_forms.tsv"))
        .flat_map(|row| {
            let rule = row.first().copied().unwrap_or_default();
            split(row.get(1)).map(move |form| (form.to_owned(), rule)).collect::<Vec<_>>()
        })
        .filter(|(_, rule)| *rule != "prefix")
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
        organisations.push(Party { start: hit.start, end: hit.end, written, core: core(hit.entry.id) });
    }
    found.append(&mut organisations);
    found.sort_by_key(|party| party.start);
    found
}

/// The parties of one list whose name the other lacks.
pub(super) fn missing(of: &[Party<'_>], from: &[Party<'_>]) -> Vec<String> {
    let mut seen: HashSet<&str> = from.iter().map(|party| party.core.as_str()).collect();
    of.iter().filter(|party| seen.insert(&party.core)).map(|party| party.written.to_owned()).collect()
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
        let Some((rule, length)) = form_at(&words, at) else { continue };
        let Some(first) = name_before(&words, at) else { continue };
        let after = joined_forms(&words, at + length);
        if !allowed(rule, word, words.get(after - 1), words.get(after), shouted) {
            continue;
        }
        let party = words
            .get(first)
            .zip(words.get(after - 1))
            .and_then(|(first, last)| company(text, *first, *last, word.start));
        if let Some(party) = party {
            out.push(party);
            next = after;
        }
    }
    out
}

/// The end of the forms that follow one another from a first that ends at `after`: "Pte. Ltd.", "Co., Ltd.".
fn joined_forms(words: &[Word<'_>], mut after: usize) -> usize {
    for _ in 0..MOST_FORMS {
        if !words.get(after - 1).is_some_and(|last| matches!(last.tail, "" | "." | "," | ".,")) {
            break;
        }
        match form_at(words, after) {
            Some(("strong" | "clipped", length)) => after += length,
            _ => break,
        }
    }
    after
}

/// The longest legal form that begins at a word, and how many words it has.
fn form_at(words: &[Word<'_>], at: usize) -> Option<(&'static str, usize)> {
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
        FORMS.get(key.trim()).map(|rule| (*rule, length))
    })
}

fn allowed(rule: &str, word: &Word<'_>, last: Option<&Word<'_>>, next: Option<&Word<'_>>, shouted: bool) -> bool {
    let ends = last.is_none_or(|last| !last.tail.is_empty());
    let capital = !ends && next.is_some_and(|next| next.bare.starts_with(char::is_uppercase));
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
    Some(Party { start: first.start, end, written: text.get(first.start..end)?, core })
}

/// The name of a party, to be looked for in texts that may write it with another legal form or with none.
#[derive(Debug, Clone)]
pub struct PartyName<'a> {
    /// The name without the forms at its end, as written.
    bare: Finder<'a>,
}

impl<'a> PartyName<'a> {
    /// Of `party` as it is written: "GitHub, Inc.".
    #[must_use]
    pub fn of(party: &'a str) -> Self {
        Self { bare: Finder::new(without_form(party)) }
    }

    /// Whether `text` has the name in whole words: "Metadata" does not name "Meta".
    #[must_use]
    pub fn stands_in(&self, text: &str) -> bool {
        let length = self.bare.needle().len();
        self.bare.find_iter(text.as_bytes()).any(|at| bounded(text, at, at + length))
    }
}

/// A name without the legal forms at its end.
fn without_form(party: &str) -> &str {
    let words = words(party);
    let ends =
        |at: usize| form_at(&words, at).is_some_and(|(_, length)| joined_forms(&words, at + length) == words.len());
    let Some(mut form) = (1..words.len()).find(|&at| ends(at)) else { return party };
    while form > 1 && words.get(form - 1).is_some_and(|word| PREFIXES.contains(word.bare)) {
        form -= 1;
    }
    words.get(form - 1).and_then(|last| party.get(..last.end)).unwrap_or(party)
}

fn core(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '.').map(|word| word.trim_matches('.'));
    let kept: Vec<&str> = words.filter(|word| !word.is_empty() && !PREFIXES.contains(word)).collect();
    let core = kept.join(" ").to_lowercase();
    if core == "meta platforms" { "meta".to_owned() } else { core }
}
