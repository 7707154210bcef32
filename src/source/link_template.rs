//! Links of hosting sites that this program does not know, from a template.

use std::fmt::Write as _;

use super::DocumentPath;

/// What a template may ask for, in braces.
const PLACEHOLDERS: [&str; 5] = ["commit", "path", "line", "service", "terms_type"];
/// In a link that is filled but for its line. What is filled in has no braces.
const LINE: &str = "{line}";

/// A link with placeholders: `https://git.example.org/o/r/src/commit/{commit}/{path}#L{line}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LinkTemplate(String);

impl LinkTemplate {
    /// Reads `text`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if !["https://", "http://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(format!("{text:?} does not start with https:// or http://"));
        }
        if let Some(odd) = text.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>')) {
            return Err(format!("{text:?} has {odd:?}, which no link can have; write it as %{:02X}", u32::from(odd)));
        }
        let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let named = rest.get(at..).and_then(|rest| rest.strip_prefix('{')).and_then(|rest| rest.split_once('}'));
            let Some((name, after)) = named else { return Err(format!("a brace of {text:?} has no other")) };
            if !PLACEHOLDERS.contains(&name) {
                return Err(format!("unknown placeholder {{{name}}} in {text:?}; known: {known}"));
            }
            rest = after;
        }
        if !text.contains("{commit}") {
            return Err(format!("{text:?} has no {{commit}}, so all its links would be the same; known: {known}"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The link to the document as `commit` recorded it: what is after `#` is for a line, and a line before it is the
    /// first.
    pub(super) fn document(&self, commit: &str, path: &DocumentPath) -> String {
        let (document, _) = self.0.split_once('#').unwrap_or((&self.0, ""));
        fill(document, commit, path).replace(LINE, "1")
    }

    /// The link to a line of the document as `commit` recorded it, but for the number of the line.
    pub(super) fn lines(&self, commit: &str, path: &DocumentPath) -> String {
        fill(&self.0, commit, path)
    }
}

/// `link`, filled but for its line, with that.
pub(super) fn at_line(link: &str, line: u32) -> String {
    link.replace(LINE, &line.to_string())
}

fn fill(template: &str, commit: &str, path: &DocumentPath) -> String {
    template
        .replace("{commit}", &encoded(commit, ""))
        .replace("{path}", &encoded(&path.path, "/"))
        .replace("{service}", &encoded(&path.service, ""))
        .replace("{terms_type}", &encoded(&path.terms_type, ""))
}

/// `text` as part of a link: all bytes but letters, digits, `-._~` and those of `plain` as `%XX`.
pub(super) fn encoded(text: &str, plain: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || plain.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> LinkTemplate {
        LinkTemplate::parse(text).unwrap()
    }

    #[test]
    fn all_placeholders_are_filled_and_encoded() {
        let path = DocumentPath::parse("A {line}/B & C/Terms #x.md").unwrap();
        let whole = template("https://x.example/{commit}/{path}?s={service}&t={terms_type}#L{line}");
        let link = "https://x.example/c0ffee/A%20%7Bline%7D/B%20%26%20C/Terms%20%23x.md?s=A%20%7Bline%7D%2FB%20%26%20C&t=Terms";
        assert_eq!(at_line(&whole.lines("c0ffee", &path), 12), format!("{link}#L12"));
        assert_eq!(whole.document("c0ffee", &path), link);
        let query = template("https://x.example/{commit}?line={line}");
        assert_eq!(query.document("c0ffee", &path), "https://x.example/c0ffee?line=1");
        assert_eq!(at_line(&query.lines("c0ffee", &path), 7), "https://x.example/c0ffee?line=7");
    }

    #[test]
    fn what_is_no_template_says_why() {
        for (text, why) in [
            ("javascript:{commit}", "does not start with"),
            ("https://x.example/{path}", "has no {commit}"),
            ("https://x.example/{commit}/{file}", "unknown placeholder {file}"),
            ("https://x.example/{commit", "a brace"),
            ("https://x.example/commit}/{commit}", "a brace"),
            ("https://x.example/a b/{commit}", "has ' '"),
            ("https://x.example/\"{commit}", "has '\"'"),
        ] {
            let said = LinkTemplate::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
