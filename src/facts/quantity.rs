//! Quantities: durations, ages, amounts, percentages, dates and counts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::date::date_at;
use super::gazetteer::{Shape, Token, is_cjk, rows, split, tokens};

/// What a quantity measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberKind {
    /// A length of time.
    Duration,
    /// The age of a person.
    Age,
    /// An amount of money.
    Amount,
    /// A share in per cent.
    Percentage,
    /// A calendar date.
    Date,
    /// A number of things.
    Count,
}

impl NumberKind {
    /// The name used in records.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Age => "age",
            Self::Amount => "amount",
            Self::Percentage => "percentage",
            Self::Date => "date",
            Self::Count => "count",
        }
    }
}

/// A quantity that changed (both sides), came (`to` only) or went (`from` only).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberChange {
    /// What it measures.
    pub kind: NumberKind,
    /// The quantity before, as written.
    pub from: Option<String>,
    /// The quantity after, as written.
    pub to: Option<String>,
}

struct Quantity<'a> {
    kind: NumberKind,
    /// Only quantities of the same family are compared.
    family: &'static str,
    value: String,
    written: &'a str,
}

type Table = HashMap<String, &'static str>;

/// The most words and hyphens a number is spelled with: "one thousand two hundred and forty-five" has eight. Without
/// a limit a text of nothing else would be read to its end from each of them.
const SPELLED: usize = 10;
/// Products that have a number in their names, also where a sentence begins with them.
const NUMBERED: &[&str] = &["microsoft", "office", "dynamics"];

fn table(kind: &'static str) -> Table {
    rows(include_str!("data/units.tsv"))
        .filter(|row| row.first() == Some(&kind))
        .flat_map(|row| {
            let value = row.get(1).copied().unwrap_or_default();
            split(row.get(2)).map(move |word| (word.to_lowercase(), value)).collect::<Vec<_>>()
        })
        .collect()
}

fn phrases(kind: &'static str) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = table(kind)
        .into_keys()
        .map(|key| tokens(&key).into_iter().map(|token| token.word.into_owned()).collect())
        .collect();
    out.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    out
}

struct Units {
    duration: Table,
    quality: Table,
    number: Table,
    scale: Table,
    symbol: Table,
    currency: Table,
    percent: Table,
    count: Table,
    adjective: Table,
    reference: Table,
    range: Table,
    age_stop: HashSet<String>,
    age_before: Vec<Vec<String>>,
    age_after: Vec<Vec<String>>,
    age_limit: Vec<Vec<String>>,
}

static UNITS: LazyLock<Units> = LazyLock::new(|| Units {
    duration: table("duration"),
    quality: table("quality"),
    number: table("number"),
    scale: table("scale"),
    symbol: table("symbol"),
    currency: table("currency"),
    percent: table("percent"),
    count: table("count"),
    adjective: table("adjective"),
    reference: table("reference"),
    range: table("range"),
    age_stop: table("age-stop").into_keys().collect(),
    age_before: phrases("age-before"),
    age_after: phrases("age-after"),
    age_limit: phrases("age-limit"),
});

/// What differs between the quantities of two texts.
pub(super) fn changes(before: &str, after: &str) -> Vec<NumberChange> {
    let (mut old, mut new) = (find(before), find(after));
    drop_common(&mut old, &mut new);
    let mut out = Vec::new();
    let mut left: HashMap<(NumberKind, &str), std::collections::VecDeque<&str>> = HashMap::new();
    for quantity in &new {
        left.entry((quantity.kind, quantity.family)).or_default().push_back(quantity.written);
    }
    for quantity in &old {
        let to = left.get_mut(&(quantity.kind, quantity.family)).and_then(std::collections::VecDeque::pop_front);
        out.push(NumberChange {
            kind: quantity.kind,
            from: Some(quantity.written.to_owned()),
            to: to.map(str::to_owned),
        });
    }
    for quantity in &new {
        let rest = left.get_mut(&(quantity.kind, quantity.family));
        if let Some(queue) = rest.filter(|queue| queue.front() == Some(&quantity.written)) {
            queue.pop_front();
            out.push(NumberChange { kind: quantity.kind, from: None, to: Some(quantity.written.to_owned()) });
        }
    }
    out
}

fn drop_common(old: &mut Vec<Quantity<'_>>, new: &mut Vec<Quantity<'_>>) {
    let key = |quantity: &Quantity<'_>| (quantity.kind, quantity.family, quantity.value.clone());
    let mut common: HashMap<_, usize> = HashMap::new();
    for quantity in new.iter() {
        *common.entry(key(quantity)).or_default() += 1;
    }
    let mut gone: HashMap<_, usize> = HashMap::new();
    old.retain(|quantity| match common.get_mut(&key(quantity)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            *gone.entry(key(quantity)).or_default() += 1;
            false
        }
        _ => true,
    });
    new.retain(|quantity| match gone.get_mut(&key(quantity)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
}

fn find(text: &str) -> Vec<Quantity<'_>> {
    let tokens = tokens(text);
    let reader = Reader { text, tokens: &tokens, units: &UNITS };
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((quantity, end)) = reader.date(at).or_else(|| reader.quantity(at)) {
            out.push(quantity);
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    out
}

struct Reader<'a, 'b> {
    text: &'a str,
    tokens: &'b [Token<'a>],
    units: &'static Units,
}

impl<'a> Reader<'a, '_> {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.word.as_ref())
    }

    fn written(&self, from: usize, to: usize) -> &'a str {
        let span = self.tokens.get(from).zip(self.tokens.get(to.saturating_sub(1)));
        span.and_then(|(first, last)| self.text.get(first.start..last.end)).unwrap_or_default()
    }

    fn date(&self, at: usize) -> Option<(Quantity<'a>, usize)> {
        let (date, end) = date_at(self.tokens, at)?;
        Some((self.made(NumberKind::Date, "date", date.to_string(), at, end), end))
    }

    fn made(&self, kind: NumberKind, family: &'static str, value: String, from: usize, to: usize) -> Quantity<'a> {
        Quantity { kind, family, value, written: self.written(from, to) }
    }

    /// The value of the number at a token, the token after it, and whether it begins with digits; "forty-five (45)"
    /// and "30 (thirty)" are one number.
    fn number(&self, at: usize) -> Option<(String, usize, bool)> {
        let token = self.tokens.get(at)?;
        match token.shape {
            Shape::Number => {
                let value = plain_number(&token.word);
                let end = self.in_words(at + 1, &value).unwrap_or(at + 1);
                Some((value, end, true))
            }
            Shape::Word => {
                let value = *self.units.number.get(token.word.as_ref())?;
                let digits = self.in_digits(self.spelled_end(at));
                let (value, end) = digits.unwrap_or_else(|| (value.to_owned(), at + 1));
                Some((value, end, false))
            }
            Shape::Sign => None,
        }
    }

    /// The token after the number words that begin at a token: "forty-five", "one hundred and eighty".
    fn spelled_end(&self, at: usize) -> usize {
        let part = |next: &usize| {
            let word = self.word(*next);
            let scale = |at: usize| self.units.scale.contains_key(self.word(at));
            let inside = || matches!(word, "-" | "\u{2011}") || scale(*next) || word == "and" && scale(*next - 1);
            self.units.number.contains_key(word) || *next > at && inside()
        };
        at + (at..at + SPELLED).take_while(part).count()
    }

    /// The value of digits in the brackets that begin at a token, and the token after those.
    fn in_digits(&self, at: usize) -> Option<(String, usize)> {
        let digits = self.tokens.get(at + 1).filter(|token| token.shape == Shape::Number)?;
        (self.word(at) == "(" && self.word(at + 2) == ")").then(|| (plain_number(&digits.word), at + 3))
    }

    /// The token after the brackets that begin at a token, if they say the number before them again.
    fn in_words(&self, at: usize, value: &str) -> Option<usize> {
        if self.word(at) != "(" {
            return None;
        }
        let inner = self.word(at + 1);
        let same = inner == value || self.units.number.get(inner).is_some_and(|same| *same == value);
        let end = self.spelled_end(at + 1).max(at + 2);
        // What several number words amount to is not worked out: nothing else would stand there.
        let compound = end > at + 2;
        (self.word(end) == ")" && (same || compound)).then_some(end + 1)
    }

    fn quantity(&self, at: usize) -> Option<(Quantity<'a>, usize)> {
        let (mut value, mut end, digits) = self.number(at)?;
        let last = if at > 0 { self.word(at - 1) } else { "" };
        if self.units.reference.contains_key(last)
            || last == "." && at > 1 && self.units.reference.contains_key(self.word(at - 2))
        {
            return None;
        }
        let joined = self.units.range.contains_key(self.word(end)) || matches!(self.word(end), "-" | "–");
        if let Some((other, after, _)) = self.number(end + 1).filter(|_| joined) {
            value = format!("{value}-{other}");
            end = after;
        }
        let found = self.percentage(at, end, &value).or_else(|| self.amount(at, end, &value));
        let found =
            found.or_else(|| if digits || end > at + 1 || value != "1" { self.age(at, end, &value) } else { None });
        let found = found.or_else(|| self.duration(at, end, &value));
        found.or_else(|| if digits || value != "1" { self.count(at, end, &value) } else { None })
    }

    fn percentage(&self, at: usize, end: usize, value: &str) -> Option<(Quantity<'a>, usize)> {
        let word = self.word(end);
        let length = if word == "%" || self.units.percent.contains_key(word) {
            1
        } else if word == "per" && self.word(end + 1) == "cent" {
            2
        } else {
            return None;
        };
        Some((self.made(NumberKind::Percentage, "percent", value.to_owned(), at, end + length), end + length))
    }

    fn amount(&self, at: usize, end: usize, value: &str) -> Option<(Quantity<'a>, usize)> {
        let scale = self.units.scale.get(self.word(end));
        let scaled = end + usize::from(scale.is_some());
        let after = self.money(scaled).map(|code| (scaled + 1, code));
        let (from, to, code) = match (self.money_before(at), after) {
            (Some((from, _)), Some((to, code))) => (from, to, code),
            (Some((from, code)), None) => (from, scaled, code),
            (None, Some((to, code))) => (at, to, code),
            (None, None) => return None,
        };
        let value = format!("{}{}{code}", value.strip_suffix(".00").unwrap_or(value), scale.unwrap_or(&""));
        Some((self.made(NumberKind::Amount, "money", value, from, to), to))
    }

    /// The currency that a token names.
    fn money(&self, at: usize) -> Option<&'static str> {
        let word = self.word(at);
        self.units.symbol.get(word).or_else(|| self.units.currency.get(word)).copied()
    }

    /// The currency named before a token, and where its name begins. In "CA$100" the letters belong to the sign.
    fn money_before(&self, at: usize) -> Option<(usize, &'static str)> {
        let sign = at.checked_sub(1)?;
        let lettered = sign.checked_sub(1).filter(|letters| self.touch(*letters, sign)).and_then(|letters| {
            let joined = format!("{}{}", self.word(letters), self.word(sign));
            Some((letters, *self.units.symbol.get(&joined)?))
        });
        lettered.or_else(|| Some((sign, self.money(sign)?)))
    }

    /// Whether nothing stands between two tokens.
    fn touch(&self, left: usize, right: usize) -> bool {
        let both = self.tokens.get(left).zip(self.tokens.get(right));
        both.is_some_and(|(left, right)| left.end == right.start)
    }

    fn age(&self, at: usize, end: usize, value: &str) -> Option<(Quantity<'a>, usize)> {
        let hyphen = usize::from(self.word(end) == "-");
        let plain = value.split('-').all(|part| part.parse::<u8>().is_ok_and(|age| age < 100));
        if !plain {
            return None;
        }
        let years = end
            + usize::from(matches!(
                self.word(end),
                "years" | "ans" | "jahre" | "jahren" | "años" | "anni" | "anos" | "jaar"
            ));
        let starts =
            |phrase: &&Vec<String>, at: usize| phrase.iter().enumerate().all(|(n, word)| self.word(at + n) == word);
        let after = self.units.age_after.iter().find_map(|phrase| {
            [end, end + hyphen, years].into_iter().find(|from| starts(&phrase, *from)).map(|from| from + phrase.len())
        });
        let ends = |list: &[Vec<String>]| {
            list.iter().any(|phrase| at.checked_sub(phrase.len()).is_some_and(|from| starts(&phrase, from)))
        };
        let stops = self.tokens.get(end).is_none_or(|token| {
            matches!(token.word.as_ref(), "." | "," | ";" | ")" | ":")
                || self.units.age_stop.contains(token.word.as_ref())
        });
        let alone = years == end && stops && value.parse::<u8>().is_ok_and(|age| (10..=25).contains(&age));
        let to = match after {
            Some(to) => to,
            None if ends(&self.units.age_before) || alone && ends(&self.units.age_limit) => years,
            None => return None,
        };
        Some((self.made(NumberKind::Age, "age", value.to_owned(), at, to), to))
    }

    fn duration(&self, at: usize, end: usize, value: &str) -> Option<(Quantity<'a>, usize)> {
        let mut unit = end + usize::from(self.word(end) == "-");
        let mut business = false;
        while let Some(quality) = self.units.quality.get(self.word(unit)) {
            business |= *quality == "b";
            unit += 1;
        }
        let base = self.units.duration.get(self.word(unit))?;
        // "235 Second Street" is an address.
        if matches!(self.word(unit + 1), "ago" | "street" | "avenue" | "floor") {
            return None;
        }
        let length = length(value, base);
        let value = if business { format!("business {length}") } else { length };
        Some((self.made(NumberKind::Duration, "time", value, at, unit + 1), unit + 1))
    }

    fn count(&self, at: usize, end: usize, value: &str) -> Option<(Quantity<'a>, usize)> {
        let scale = self.units.scale.get(self.word(end));
        let mut noun = end + usize::from(scale.is_some());
        let most = noun + 4;
        while noun < most && self.units.adjective.contains_key(self.word(noun)) {
            noun += 1;
        }
        let family = *self.units.count.get(self.word(noun))?;
        // "3.7 Complaints" is a numbered heading.
        let heading = at == 0 && value.contains('.') && self.written(noun, noun + 1).starts_with(char::is_uppercase);
        if heading || self.is_part_of_name(at, noun) {
            return None;
        }
        let value = format!("{value}{}", scale.unwrap_or(&""));
        Some((self.made(NumberKind::Count, family, value, at, noun + 1), noun + 1))
    }

    /// Whether the number at a token, before the noun at another, belongs to the name of a product: "Microsoft 365
    /// apps", "M365 apps". In "Add 5 users" the capital is that of the sentence, in "Up To 3 Devices" of a heading.
    fn is_part_of_name(&self, at: usize, noun: usize) -> bool {
        let Some(last) = at.checked_sub(1) else { return false };
        let is_word = |at: usize| self.tokens.get(at).is_some_and(|token| token.shape == Shape::Word);
        if !is_word(last) {
            return false;
        }
        let name = self.written(last, at);
        let digits = self.tokens.get(at).is_some_and(|token| token.shape == Shape::Number);
        let glued = self.touch(last, at) && !name.ends_with(is_cjk);
        let inside = name.ends_with(char::is_lowercase) && last.checked_sub(1).is_some_and(is_word);
        let heading = self.written(noun, noun + 1).starts_with(char::is_uppercase);
        let named = NUMBERED.contains(&self.word(last)) || inside && !heading;
        digits && (glued || named && name.starts_with(char::is_uppercase))
    }
}

/// A number without the marks between its thousands and with a point for the decimal mark: "1,5" is not "15".
fn plain_number(written: &str) -> String {
    let decimal = |part: &str| part.len() != 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    match written.split_once(',') {
        Some((whole, part)) if decimal(part) => format!("{}.{part}", whole.replace('.', "")),
        _ => written.replace(',', ""),
    }
}

/// A duration in its base unit where it is a whole number: a day is 86,400 seconds.
fn length(value: &str, base: &str) -> String {
    let unit = base.get(..1).unwrap_or_default();
    let factor: Option<u64> = base.get(1..).and_then(|factor| factor.parse().ok());
    let (unit, factor) = if unit == "d" { ("s", factor.and_then(|n| n.checked_mul(86_400))) } else { (unit, factor) };
    let whole = value.parse::<u64>().ok().zip(factor).and_then(|(value, factor)| value.checked_mul(factor));
    whole.map_or_else(|| format!("{value} {base}"), |whole| format!("{whole} {unit}"))
}
