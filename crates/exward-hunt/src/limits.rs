//! Every limit of the hunt (A12).

/// Characters of an excerpt that are kept.
pub const EXCERPT_CHARS_MAX: usize = 600;

/// Longest line of a log; a longer one is named and passed over.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Sightings of one rule in one file that are kept; the rest is counted.
pub const SIGHTINGS_PER_RULE_AND_FILE_MAX: usize = 1000;

/// Reasons for skipping that are kept of one file; the rest is counted.
pub const SKIPPED_PER_FILE_MAX: usize = 100;

/// Web files, configuration files and XML are held whole up to this size.
pub const DOCUMENT_BYTES_MAX: usize = 32 << 20;

/// What the members of one archive may unpack to in all; a bomb is named and passed over.
pub const ARCHIVE_BYTES_MAX: u64 = 64 << 30;

/// How many times its packed size a member may be. Logs come to 50 times; deflate cannot do more than 1032.
pub const ARCHIVE_RATIO_MAX: u64 = 250;

/// Archives within archives.
pub const ARCHIVE_DEPTH_MAX: usize = 3;

/// Members of one archive.
pub const ARCHIVE_MEMBERS_MAX: usize = 1_000_000;

/// Sightings of a hunt that are kept, the most telling; the rest is counted.
pub const SIGHTINGS_MAX: usize = 200_000;

/// Files and lines that could not be read and are named; the rest is counted.
pub const SKIPPED_MAX: usize = 10_000;

/// Addresses kept of one thing that is noted.
pub const NOTED_ACTORS_MAX: usize = 50;

/// Characters of a server's name: the longest that DNS has.
pub const SERVER_CHARS_MAX: usize = 255;

/// Server names kept.
pub const SERVERS_MAX: usize = 200;

/// Spans of time kept of one source.
pub const SPANS_MAX: usize = 1000;

/// Elements within elements of a configuration file. IIS has about ten.
pub const CONFIG_DEPTH_MAX: usize = 100;

/// Attributes of an element of a configuration file that are looked at.
pub const CONFIG_ATTRIBUTES_MAX: usize = 64;

/// A file of Sigma rules.
pub const RULE_FILE_BYTES_MAX: usize = 1 << 20;

/// Values of the rules of one file, with all the forms that modifiers make of them.
pub const RULE_VALUES_MAX: usize = 50_000;

/// Characters of all these values.
pub const RULE_TEXT_CHARS_MAX: usize = 1 << 20;

/// Nodes of a YAML file of rules, and those that aliases repeat.
pub const RULE_NODES_MAX: usize = 100_000;

/// Characters of one value of a rule.
pub const RULE_VALUE_CHARS_MAX: usize = 8192;

/// Dashes of one value that `windash` takes in all their forms; each makes five times as many texts.
pub const RULE_DASHES_MAX: usize = 3;

/// Regular expressions in one file of rules.
pub const RULE_REGEXES_MAX: usize = 200;

/// What one compiled regular expression may take.
pub const RULE_REGEX_BYTES_MAX: usize = 2 << 20;

/// Characters of a rule's condition.
pub const RULE_CONDITION_CHARS_MAX: usize = 4096;

/// Parentheses, and lists, within each other in a rule.
pub const RULE_DEPTH_MAX: usize = 64;

/// Shorter texts are no needles: they stand in nearly every record.
pub const NEEDLE_BYTES_MIN: usize = 3;

/// Event logs and archives within an archive are held whole up to this size.
pub const PACKED_BYTES_MAX: usize = 512 << 20;
