//! Every limit of the readers, with its reason (R2).

/// Longest line of a table or plain list. Shadowserver rows are under 1 KiB.
pub const TABLE_LINE_BYTES_MAX: usize = 1 << 20;

/// Longest line of a JSON export. Shodan and zgrab2 put whole pages into one line.
pub const JSON_LINE_BYTES_MAX: usize = 16 << 20;

/// Largest input that must be held whole (XML, CLIXML, a JSON document over several lines, a
/// recorded answer). HealthChecker results of large servers have about 20 MB.
pub const DOCUMENT_BYTES_MAX: usize = 256 << 20;

/// Most columns of a table. Shadowserver's widest report has about 100.
pub const COLUMNS_MAX: usize = 256;

/// Deepest nesting of XML. CLIXML of PowerShell depth 2 stays under 40.
pub const XML_DEPTH_MAX: usize = 128;

/// Most lines of a recorded answer that are looked at.
pub const ANSWER_LINES_MAX: usize = 4096;

/// Most different versions that are taken from the paths of one page. A page of Exchange names its
/// own; every one more is a build that the server may be.
pub const PAGE_VERSIONS_MAX: usize = 16;

/// Most characters of a value that evidence keeps.
pub const VALUE_CHARS_MAX: usize = 300;

/// First bytes of an input that format detection looks at.
pub const DETECT_BYTES: usize = 64 << 10;

/// Most pieces of evidence that one row of an export gives. Shodan lists up to some 200 CVEs.
pub const FEED_ROW_EVIDENCE_MAX: usize = 512;

/// Most elements of one host in nmap's XML. A host with all ports and scripts has under 100,000.
pub const NMAP_HOST_ELEMENTS_MAX: usize = 1_000_000;
/// Largest CVE record. Those about Exchange have under 20 KB; kernel records list many thousand
/// versions.
pub const CVE_RECORD_BYTES_MAX: usize = 8 << 20;
/// Most values of one CLIXML document. A HealthChecker result has about ten thousand values a
/// megabyte and 20 MB; a document of nothing but `<Nil/>` would fill memory at 256 MB.
pub const CLIXML_VALUES_MAX: usize = 4_000_000;

/// Most objects inside each other in CLIXML, references followed. `<Ref>` makes chains that are
/// deeper than the XML itself, and dropping a chain takes one stack frame a link.
pub const CLIXML_OBJECT_DEPTH_MAX: usize = 128;

/// Most that a walk over one CLIXML document may meet, references followed: bytes of text, and
/// [`CLIXML_VALUE_WEIGHT`] for each value. No document without references comes near it; a megabyte
/// of references to one long list would be billions of objects to whoever judges them.
pub const CLIXML_UNFOLDED_MAX: usize = 512 << 20;

/// What a value without text counts for in [`CLIXML_UNFOLDED_MAX`].
pub const CLIXML_VALUE_WEIGHT: usize = 64;

/// Most notes on elements left out of one CLIXML document.
pub const CLIXML_NOTES_MAX: usize = 100;

/// Largest policy. One that names 300,000 servers one by one has about 6 MB.
pub const POLICY_BYTES_MAX: usize = 16 << 20;

/// Largest inventory. 40,000 servers with all facts and 160,000 database copies have about 50 MB.
pub const INVENTORY_BYTES_MAX: usize = 256 << 20;

/// Largest inventory in TOML, which is held as a tree: people write it by hand.
pub const INVENTORY_TOML_BYTES_MAX: usize = 16 << 20;

/// Largest blueprint. One of 40,000 servers has about 40 MB.
pub const BLUEPRINT_BYTES_MAX: usize = 256 << 20;

/// Most problems of one file that are told; a person mends the first hundred and reads again.
pub const PROBLEMS_MAX: usize = 1_000;

/// Most characters of a name of something in an estate. Windows allows 15 and a DNS name 255.
pub const NAME_CHARS_MAX: usize = 256;

/// Most characters of a reason or another text for people.
pub const TEXT_CHARS_MAX: usize = 1_000;

/// Most characters of a file that a message quotes.
pub const QUOTED_CHARS_MAX: usize = 60;

/// Most rings of a policy: each is planned one after the other.
pub const RINGS_MAX: usize = 1_000;

/// Most windows or blackouts of a policy. Years of weekly changes are some hundred.
pub const WINDOWS_MAX: usize = 1_000;

/// Most tags of a server. A policy selects by a handful.
pub const TAGS_MAX: usize = 64;

/// Most members of a DAG. Exchange allows 16; more are a mistake that quorum must not be computed from.
pub const DAG_MEMBERS_MAX: usize = 16;

/// Most copies of all databases of a DAG: 16 members with the 100 databases that Exchange allows each.
pub const DAG_COPIES_MAX: usize = 1_600;

/// Most bytes of one entry of a setup log, following lines included. The longest failing script of
/// setup has about 8 KB, and the error stands behind it.
pub const SETUP_ENTRY_BYTES_MAX: usize = 64 << 10;

/// Most findings that one run of a setup log keeps. Setup has about 160 prerequisite rules.
pub const SETUP_FINDINGS_MAX: usize = 256;

/// Longest kept evidence about one server. A row of a feed with all its CVEs has 100 KB, sixteen front ends
/// with every answer and certificate some more.
pub const KEPT_BYTES_MAX: usize = 8 << 20;
