//! Which parts of a page the server runs: `<% … %>` and `<script runat="server">`, whatever stands around.
//!
//! Source: "ASP.NET page syntax" and "ASP: `<SCRIPT>`" (Microsoft Learn).

use memchr::{memchr, memmem};

/// A tag is looked through this far for its end.
const TAG_BYTES_MAX: usize = 1024;

/// Splits a page into code and markup.
pub(super) struct Parts<'a> {
    rest: &'a [u8],
    all_code: bool,
    in_script: bool,
}

impl<'a> Iterator for Parts<'a> {
    /// True for code.
    type Item = (bool, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if self.all_code {
            return Some((true, std::mem::take(&mut self.rest)));
        }
        if self.in_script {
            self.in_script = false;
            return Some((true, self.take(find_tag(self.rest, b"</script"))));
        }
        if self.rest.starts_with(b"<%") {
            let mut signs = memchr::memchr_iter(b'%', self.rest);
            let end = signs.find(|at| self.rest.get(at.saturating_add(1)) == Some(&b'>'));
            return Some((true, self.take(end.map(|at| at.saturating_add(2)))));
        }
        let end = self.markup_end();
        Some((false, self.take(end)))
    }
}

impl<'a> Parts<'a> {
    /// `all_code` says that there is no markup.
    pub(super) fn of(page: &'a [u8], all_code: bool) -> Self {
        Self { rest: page, all_code, in_script: false }
    }

    fn take(&mut self, at: Option<usize>) -> &'a [u8] {
        let at = at.unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(at).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    /// Where the markup that begins here ends: before `<%` or behind a script tag for the server.
    fn markup_end(&mut self) -> Option<usize> {
        let mut at = 0_usize;
        loop {
            at = at.saturating_add(memchr(b'<', self.rest.get(at..)?)?);
            let here = self.rest.get(at..)?;
            if here.starts_with(b"<%") {
                return Some(at);
            }
            if let Some(length) = server_script_tag(here) {
                self.in_script = true;
                return Some(at.saturating_add(length));
            }
            at = at.saturating_add(1);
        }
    }
}

fn starts_with_ignore_case(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

/// Where a tag (in any case) begins.
fn find_tag(text: &[u8], tag: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'<', text)
        .find(|at| text.get(*at..).is_some_and(|here| starts_with_ignore_case(here, tag)))
}

/// The length of a `<script … runat="server" …>` tag that begins here.
fn server_script_tag(text: &[u8]) -> Option<usize> {
    if !starts_with_ignore_case(text, b"<script") {
        return None;
    }
    let head = text.get(..TAG_BYTES_MAX.min(text.len()))?;
    let length = memchr(b'>', head)?.saturating_add(1);
    let tag = head.get(..length)?.to_ascii_lowercase();
    let runat = memmem::find(&tag, b"runat")?;
    memmem::find(tag.get(runat..)?, b"server").map(|_| length)
}
