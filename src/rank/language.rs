//! Which language a version is written in, and whether it changed.
//!
//! Idea: trigram statistics (`whatlang`) on up to [`SLICES`] slices of [`SLICE_BYTES`] bytes,
//! spread over the text. Each slice votes; a language has to win over three quarters of the weight,
//! so a document with a foreign menu, or in two languages, has none rather than a wrong one.
//!
//! Cost: bounded, whatever the length of the text.

use std::fmt;
use whatlang::Lang;

/// How many slices of the text are looked at, and how long each is at most.
const SLICES: usize = 4;
const SLICE_BYTES: usize = 2048;
/// A text shorter than this is not judged.
const LEAST_BYTES: usize = 300;
/// Sides that differ in bytes by more than this factor are not the same document.
const MOST_GROWTH: usize = 5;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(Lang);

impl Language {
    /// Its ISO 639-3 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl fmt::Display for Language {
    /// Its English name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.eng_name())
    }
}

/// The language of `text`, if it is long enough and clear.
#[must_use]
pub fn language(text: &str) -> Option<Language> {
    if text.len() < LEAST_BYTES {
        return None;
    }
    let votes: Vec<(Lang, f64)> = slices(text)
        .filter_map(whatlang::detect)
        .map(|info| (info.lang(), if info.is_reliable() { 1.0 } else { 0.5 * info.confidence() }))
        .collect();
    let total: f64 = votes.iter().map(|(_, weight)| weight).sum();
    let weight_of =
        |lang: Lang| votes.iter().filter(|(other, _)| *other == lang).map(|(_, weight)| weight).sum::<f64>();
    votes
        .iter()
        .map(|(lang, _)| *lang)
        .find(|&lang| weight_of(lang) > total * 0.75 && weight_of(lang) >= 1.0)
        .map(Language)
}

/// The two languages, if `current` is `previous` in another one.
///
/// Only when both sides are long enough and clear, and of comparable length.
#[must_use]
pub fn swapped(previous: &str, current: &str) -> Option<(Language, Language)> {
    let (short, long) = if previous.len() < current.len() { (previous, current) } else { (current, previous) };
    if long.len() / MOST_GROWTH > short.len() {
        return None;
    }
    let from = language(previous)?;
    let to = language(current)?;
    (from != to).then_some((from, to))
}

/// Up to [`SLICES`] slices of `text`, spread evenly from its beginning to its end.
fn slices(text: &str) -> impl Iterator<Item = &str> {
    let count = text.len().div_ceil(SLICE_BYTES).clamp(1, SLICES);
    let room = text.len().saturating_sub(SLICE_BYTES);
    (0..count).filter_map(move |index| {
        let start = boundary(text, room * index / count.saturating_sub(1).max(1));
        let end = boundary(text, start + SLICE_BYTES);
        text.get(start..end)
    })
}

/// The first character boundary at or after `at`.
fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [(&str, &str); 6] = [
        (
            "eng",
            "When you pick apples with us, we write down how many baskets you carried home and who came along. We will not tell anybody. ",
        ),
        (
            "fra",
            "Lorsque vous cueillez des pommes avec nous, nous notons combien de paniers vous avez emportés et qui vous accompagnait. Nous ne le dirons à personne. ",
        ),
        (
            "deu",
            "Wenn Sie bei uns Äpfel pflücken, schreiben wir auf, wie viele Körbe Sie nach Hause getragen haben und wer dabei war. Wir sagen es niemandem. ",
        ),
        (
            "spa",
            "Cuando usted recoge manzanas con nosotros, anotamos cuántas cestas se llevó a casa y quién le acompañaba. No se lo diremos a nadie. ",
        ),
        ("jpn", "りんごを収穫するとき、私たちは持ち帰ったかごの数と同行者の名前を記録します。誰にも話しません。"),
        ("ara", "عندما تقطف التفاح معنا، نكتب عدد السلال التي حملتها إلى المنزل ومن جاء معك. لن نخبر أحداً بذلك. "),
    ];

    #[test]
    fn languages() {
        for (code, text) in TEXTS {
            for times in [5, 60] {
                let found = language(&text.repeat(times)).map(Language::code);
                assert_eq!(found, Some(code), "{times} times");
            }
        }
    }

    #[test]
    fn swaps() {
        for (from, old) in TEXTS {
            for (to, new) in TEXTS {
                let found = swapped(&old.repeat(20), &new.repeat(20)).map(|(a, b)| (a.code(), b.code()));
                assert_eq!(found, (from != to).then_some((from, to)));
            }
        }
    }

    #[test]
    fn unclear_or_short_texts_have_no_language() {
        let [(_, english), (_, french), ..] = TEXTS;
        let half = english.repeat(30) + &french.repeat(30);
        for text in ["", "Bonjour", "12 34 56 ".repeat(200).as_str(), half.as_str()] {
            assert_eq!(language(text), None, "{}", text.get(..20).unwrap_or(text));
        }
        assert_eq!(swapped(&english.repeat(100), &french.repeat(4)), None);
    }
}
