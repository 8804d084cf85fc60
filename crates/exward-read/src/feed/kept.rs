//! Answers that an export kept: raw HTTP heads, mail conversations, maps of headers.

use crate::answer::HttpAnswer;
use crate::limits::ANSWER_LINES_MAX;

use super::json::Fields;

/// Headers that only Exchange sends.
const EXCHANGE_HEADERS: [&str; 5] =
    ["x-owa-version", "x-feserver", "x-failurecontext", "x-calculatedbetarget", "x-beserver"];

/// A raw HTTP answer, `HTTP/1.1 302 Found` first; `None` if it is none.
pub(super) fn answer(raw: &str) -> Option<HttpAnswer<'_>> {
    let raw = raw.trim_start();
    if !raw.starts_with("HTTP/") {
        return None;
    }
    let ends = ["\r\n\r\n", "\n\n"].map(|gap| raw.find(gap).map(|at| (at, gap.len())));
    let (head, body) = match ends.into_iter().flatten().min() {
        Some((at, gap)) => (raw.get(..at)?, raw.get(at.saturating_add(gap)..)?),
        None => (raw, ""),
    };
    let status = head.split_ascii_whitespace().nth(1).and_then(|code| code.parse().ok());
    let after_status = head.split_once('\n').map_or("", |(_, lines)| lines);
    Some(HttpAnswer { endpoint: None, status, headers: header_lines(after_status), body })
}

/// `Name: value` lines; anything else between them is ignored.
pub(super) fn header_lines(text: &str) -> Vec<(String, String)> {
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let is_name = !name.is_empty() && !name.contains([' ', '(', '<']);
        is_name.then(|| (name.to_owned(), value.trim().to_owned()))
    };
    text.lines().take(ANSWER_LINES_MAX).filter_map(header).collect()
}

/// A map of headers with `_` for `-` in the names; values are texts or lists of texts.
///
/// zgrab2 keeps headers that it does not know under `unknown`, as a list of `key` and `value`. A
/// name is copied for each of its values, so both are bounded here.
pub(super) fn snake_headers(fields: Fields<'_>) -> Result<Vec<(String, String)>, String> {
    let mut headers = Vec::new();
    let mut push = |name: &str, values: Vec<&str>| {
        let name = crate::record::kept(name).replace('_', "-");
        let room = ANSWER_LINES_MAX.saturating_sub(headers.len());
        let values = values.iter().take(room);
        headers.extend(values.map(|value| (name.clone(), value.trim().to_owned())));
    };
    for (name, value) in fields.iter() {
        if name != "unknown" {
            push(name, fields.texts(name)?);
            continue;
        }
        for it in value.as_array().into_iter().flatten().filter_map(Fields::of) {
            if let Some(key) = it.text("key")? {
                push(key, it.texts("value")?);
            }
        }
    }
    Ok(headers)
}

/// True if the answer has a header with this name.
pub(super) fn has_header(answer: &HttpAnswer<'_>, name: &str) -> bool {
    answer.headers.iter().any(|(it, _)| it.eq_ignore_ascii_case(name))
}

/// Adds a header that the export took out of the answer, unless the headers are there as well.
pub(super) fn add_header(answer: &mut HttpAnswer<'_>, name: &str, value: Option<&str>) {
    if let Some(value) = value
        && !has_header(answer, name)
    {
        answer.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// True if the answer has a header that only Exchange sends.
pub(super) fn is_exchange(answer: &HttpAnswer<'_>) -> bool {
    EXCHANGE_HEADERS.iter().any(|name| has_header(answer, name))
}

/// The first line that is not empty.
pub(super) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// The verbs of an EHLO answer anywhere in a conversation; its first line is the server's name.
pub(super) fn ehlo_verbs(text: &str) -> Vec<&str> {
    let verb = |line| str::strip_prefix(line, "250-").or_else(|| str::strip_prefix(line, "250 "));
    text.lines().take(ANSWER_LINES_MAX).filter_map(verb).map(str::trim).skip(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, want: Option<(Option<u16>, &str, &str)>) {
        let got = answer(raw);
        let got = got.as_ref().map(|it| {
            let headers: Vec<_> = it.headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
            (it.status, headers.join(" "), it.body)
        });
        let want = want.map(|(status, headers, body)| (status, headers.to_owned(), body));
        assert_eq!(got, want, "{raw:?}");
    }

    #[test]
    fn raw_answers_are_taken_apart() {
        check(
            "HTTP/1.1 302 Found\r\nA: b\r\nC: d: e\r\n\r\nx",
            Some((Some(302), "A=b C=d: e", "x")),
        );
        check("HTTP/2 200\nA:b\n\n<x>\r\n\r\n", Some((Some(200), "A=b", "<x>\r\n\r\n")));
        check("HTTP/1.1 401 Unauthorized\r\nA: b", Some((Some(401), "A=b", "")));
        check("HTTP/1.1", Some((None, "", "")));
        check("HTTP/1.1 OK\r\nnonsense\r\n: x\r\nA:\r\n\r\n", Some((None, "A=", "")));
        check("220 mail.example.org ESMTP", None);
        check("", None);
    }

    #[test]
    fn snake_case_names_become_header_names() {
        let json = serde_json::json!({
            "x_owa_version": ["15.2.1544.14"], "server": "IIS",
            "unknown": [{"key": "x_feserver", "value": ["EX01", "EX02"]}],
        });
        let headers = snake_headers(Fields::of(&json).unwrap()).unwrap();
        let want = [
            ("x-owa-version", "15.2.1544.14"),
            ("server", "IIS"),
            ("x-feserver", "EX01"),
            ("x-feserver", "EX02"),
        ];
        assert_eq!(headers, want.map(|(n, v)| (n.to_owned(), v.to_owned())));
        let wrong = serde_json::json!({"server": 7});
        let error = snake_headers(Fields::of(&wrong).unwrap()).unwrap_err();
        assert_eq!(error, "`server` is not a list");
    }

    #[test]
    fn a_long_name_with_many_values_stays_small() {
        let json = serde_json::json!({"x".repeat(100_000): vec![""; 100_000]});
        let headers = snake_headers(Fields::of(&json).unwrap()).unwrap();
        assert_eq!(headers.len(), ANSWER_LINES_MAX);
        assert!(headers.iter().all(|(name, _)| name.chars().count() <= 300));
    }

    #[test]
    fn verbs_of_ehlo_leave_out_the_name() {
        let conversation = "220 mail.example.org Microsoft ESMTP\r\n250-mail.example.org Hello\r\n\
                            250-SIZE 37748736\r\n250-XRDST\r\n250 CHUNKING\r\n";
        assert_eq!(ehlo_verbs(conversation), ["SIZE 37748736", "XRDST", "CHUNKING"]);
        assert_eq!(ehlo_verbs("220 mail.example.org"), [""; 0]);
        assert_eq!(first_line("\r\n 220 x\r\n"), "220 x");
    }
}
