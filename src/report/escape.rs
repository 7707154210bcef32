//! Keeps untrusted text inert: in a terminal, in a spreadsheet, in a link.

use std::borrow::Cow;

/// `text` on one line, without what a terminal would obey: control characters and those that
/// change the direction of writing or are not seen at all. White space of any kind becomes a space.
#[must_use]
pub fn safe_text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_space(c) || is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let safe = text.chars().filter_map(|c| if is_space(c) { Some(' ') } else { (!is_unsafe(c)).then_some(c) });
    Cow::Owned(safe.collect())
}

/// `text` as a cell that no spreadsheet takes for a formula: as [`safe_text`], and with an
/// apostrophe before a leading `=`, `+`, `-`, `@` (also the full-width ones), tab or carriage return.
#[must_use]
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    let safe = safe_text(text);
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    if text.starts_with(['\t', '\r']) || safe.trim_start().starts_with(formula) {
        return Cow::Owned(format!("'{safe}"));
    }
    safe
}

/// `text` as Markdown that shows exactly it: as [`safe_text`], and whatever would mark up, link or
/// be taken for HTML behind a backslash. For text in the middle of a line; at the start of one a heading or a list may
/// begin.
#[must_use]
pub fn safe_markdown(text: &str) -> String {
    let safe = safe_text(text);
    let mut escaped = String::with_capacity(safe.len());
    let mut before = ' ';
    let mut chars = safe.chars().peekable();
    while let Some(c) = chars.next() {
        // An underscore inside a word marks nothing up.
        let inside = |c: char| c.is_alphanumeric();
        let marks = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$' => true,
            '_' => !(inside(before) && chars.peek().copied().is_some_and(inside)),
            _ => false,
        };
        if marks {
            escaped.push('\\');
        }
        escaped.push(c);
        before = c;
    }
    escaped
}

/// Markdown that is safe in the middle of a line, such as that of [`safe_markdown`], for the start of a line or of an
/// item: what would begin a heading, a list or a rule stands behind a backslash.
pub(super) fn at_line_start(markdown: &str) -> Cow<'_, str> {
    let text = markdown.trim_start();
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.strip_suffix(rest).unwrap_or_default();
    let begins = if number.is_empty() {
        rest.starts_with(['#', '-', '+'])
    } else {
        // "3.5" numbers no item.
        rest.strip_prefix(['.', ')']).is_some_and(|item| item.is_empty() || item.starts_with(char::is_whitespace))
    };
    if begins { Cow::Owned(format!("{number}\\{rest}")) } else { Cow::Borrowed(text) }
}

/// `url` if it is an `http`, `https` or `mailto` link without white space or unsafe characters.
#[must_use]
pub fn safe_link(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    let known = ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let plain = !rest.is_empty() && !url.chars().any(|c| c.is_whitespace() || is_unsafe(c));
    (known && plain).then_some(url)
}

/// White space other than the plain space and the no-break spaces.
fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_control_codes() {
        let cases = [
            ("plain, “quoted” – 日本語", "plain, “quoted” – 日本語"),
            ("\u{1b}[31mred\u{1b}[0m", "[31mred[0m"),
            ("a\u{9b}31mb\u{7f}\u{0}", "a31mb"),
            ("two\nlines\tand\u{2028}more", "two lines and more"),
            ("\u{202e}txt.exe\u{202c}", "txt.exe"),
            ("\u{1b}]8;;https://evil.example\u{7}x", "]8;;https://evil.examplex"),
        ];
        for (text, safe) in cases {
            assert_eq!(safe_text(text), safe, "{text:?}");
        }
    }

    #[test]
    fn cells_are_no_formulas() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+31", "'+31"),
            ("-x", "'-x"),
            ("@sum", "'@sum"),
            ("\tx", "' x"),
            ("\rx", "' x"),
            (" =1", "' =1"),
            ("\u{200b}=1", "'=1"),
            ("＝1", "'＝1"),
            ("a=b", "a=b"),
            ("", ""),
        ];
        for (text, safe) in cases {
            assert_eq!(safe_cell(text), safe, "{text:?}");
        }
    }

    #[test]
    fn markdown_shows_the_text() {
        let cases = [
            ("plain (text), 1. and #2", "plain (text), 1. and #2"),
            ("*bold* _it_ snake_case `x`", "\\*bold\\* \\_it\\_ snake_case \\`x\\`"),
            ("[x](javascript:y) <b>&amp;", "\\[x\\](javascript:y) \\<b\\>\\&amp;"),
            ("a\nb | c", "a b \\| c"),
        ];
        for (text, escaped) in cases {
            assert_eq!(safe_markdown(text), escaped, "{text:?}");
        }
    }

    #[test]
    fn no_heading_and_no_list_begins_with_a_line() {
        let cases = [
            ("4. Fees", "4\\. Fees"),
            ("12) Fees", "12\\) Fees"),
            ("4.", "4\\."),
            ("# Scope", "\\# Scope"),
            ("- one", "\\- one"),
            ("  + one", "\\+ one"),
            ("---", "\\---"),
            ("4.5 % of it", "4.5 % of it"),
            ("30 days", "30 days"),
            ("**new** words", "**new** words"),
            ("", ""),
        ];
        for (text, escaped) in cases {
            assert_eq!(at_line_start(text), escaped, "{text:?}");
        }
    }

    #[test]
    fn links_of_known_schemes_only() {
        for good in ["https://a.example/x#diff-1R2", "HTTP://a.example", "mailto:dpo@a.example"] {
            assert_eq!(safe_link(good), Some(good));
        }
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "https://a b", "https://a\u{1b}[0m", "x", "http:"] {
            assert_eq!(safe_link(bad), None, "{bad:?}");
        }
    }
}
