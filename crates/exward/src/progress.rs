//! Progress of long work: a bar on a terminal, silence in a pipe.

use std::io::{self, IsTerminal, Read};

use indicatif::{ProgressBar, ProgressBarIter, ProgressStyle};

/// Inputs smaller than this are read before anybody could look at a bar.
const SHOWN_FROM_BYTES: u64 = 8 << 20;

/// Counts what is read from `input`. `size` is `None` where it is not known (standard input).
pub(crate) fn counted<R: Read>(input: R, size: Option<u64>, name: &str) -> ProgressBarIter<R> {
    let long = size.is_none_or(|size| size >= SHOWN_FROM_BYTES);
    let bar = if long && io::stderr().is_terminal() {
        size.map_or_else(ProgressBar::new_spinner, ProgressBar::new)
    } else {
        ProgressBar::hidden()
    };
    #[expect(
        clippy::literal_string_with_formatting_args,
        reason = "indicatif's templates have their own braces"
    )]
    let template = match size {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
        None => "{msg} {spinner} {bytes} {bytes_per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(crate::plain::line(name).into_owned());
    bar.wrap_read(input)
}

/// A line for whoever watches; nothing in a pipe.
pub(crate) fn note(text: &str) {
    if io::stderr().is_terminal() {
        crate::output::warn(&crate::plain::line(text));
    }
}

/// Progress of a run over hosts.
pub(crate) struct Hosts(ProgressBar);

impl Hosts {
    pub(crate) fn new(hosts: u64) -> Self {
        let bar = if io::stderr().is_terminal() {
            ProgressBar::new(hosts)
        } else {
            ProgressBar::hidden()
        };
        #[expect(
            clippy::literal_string_with_formatting_args,
            reason = "indicatif's templates have their own braces"
        )]
        let template = "asking {bar:30} {pos}/{len} hosts, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn show(&self, done: u64, hosts: u64) {
        self.0.set_length(hosts);
        self.0.set_position(done);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Progress of reading many files.
pub(crate) struct Bytes(ProgressBar);

impl Bytes {
    pub(crate) fn new(total: u64) -> Self {
        let is_long = total >= SHOWN_FROM_BYTES;
        let bar = if is_long && io::stderr().is_terminal() {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        #[expect(
            clippy::literal_string_with_formatting_args,
            reason = "indicatif's templates have their own braces"
        )]
        let template = "hunting {bar:30} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
