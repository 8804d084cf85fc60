//! Results go into the store: what `check` and `hunt` found, kept as history for `exward serve`.
//!
//! Servers are written in batches, each in one transaction: what was told as kept is kept, and a command
//! that dies leaves whole batches. A second run with the same evidence only makes intervals longer.

mod rows;
mod told;

use clap::Args;
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;
use exward_hunt::verdict::is_same;
use exward_store::store::{
    RunId, RunKind, SERVERS_MAX, Seen, ServerFilter, ServerRow, SkippedLine, TenantId,
};
use exward_store::{Store, StoreError, StoreUrl};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::runtime::{Builder, Handle, Runtime};

pub(crate) use rows::{front_end_target, row, seen};
pub(crate) use told::Told;

use crate::error::CommandError;
use crate::plain;
use crate::probing::host;
use rows::hunted;

/// The tenant of whoever has no others.
pub(crate) const TENANT_DEFAULT: &str = "default";

/// Servers of one transaction.
const BATCH: usize = 1_000;

/// Skipped lines that are kept of a run; the store says how many more there were.
const SKIPPED_MAX: usize = 2_000;

/// Keep the result as history
#[derive(Args, Debug)]
#[command(next_help_heading = "Keeping")]
pub(crate) struct KeepArgs {
    /// Also keep the result in this store, where `exward serve` shows it over time: a file, or postgres://…
    #[arg(long, value_name = "STORE")]
    store: Option<StoreUrl>,
    /// Whose servers they are
    #[arg(long, value_name = "NAME", default_value = TENANT_DEFAULT, requires = "store")]
    tenant: String,
}

impl KeepArgs {
    /// Opens the store and begins a run in it; `None` where nothing is to be kept.
    ///
    /// # Errors
    /// The store cannot be used, or has no such tenant.
    pub(crate) fn open(
        &self,
        kind: RunKind,
        source: &str,
        now: Timestamp,
    ) -> Result<Option<Keeper>, CommandError> {
        let Some(url) = &self.store else { return Ok(None) };
        // With a thread of its own: a handle alone does not drive the connections of a runtime.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime
            .map_err(|source| CommandError::Write { what: "to the store".to_owned(), source })?;
        let place = url.to_string();
        let failed = |source| CommandError::Memory { place: place.clone(), source };
        let store = runtime.block_on(Store::open(url)).map_err(failed)?;
        let tenant = runtime.block_on(tenant(&store, &self.tenant, now)).map_err(failed)?;
        let handle = runtime.handle().clone();
        let mut keeper = Keeper::begin(store, handle, tenant, kind, source, "command line", now)?;
        keeper.own = Some(runtime);
        Ok(Some(keeper))
    }
}

/// The tenant of this name. The default one is made where it is missing; another name may be a slip.
async fn tenant(store: &Store, name: &str, now: Timestamp) -> Result<TenantId, StoreError> {
    match store.tenant(name).await? {
        Some(tenant) => Ok(tenant.id),
        None if name == TENANT_DEFAULT => store.make_tenant(name, now).await,
        None => {
            let what =
                format!("there is no tenant `{name}`: make it with `exward store tenant add`");
            Err(StoreError::Conflict { what })
        }
    }
}

/// Takes results one by one and writes them to a store. Waits inside: never used in async code, only on a
/// thread of its own.
pub(crate) struct Keeper {
    store: Store,
    handle: Handle,
    tenant: TenantId,
    run: RunId,
    now: Timestamp,
    batch: Vec<Seen>,
    skipped: Vec<SkippedLine>,
    told: Told,
    /// The runtime that the handle is of, where nobody else has one. Dropped last.
    own: Option<Runtime>,
}

impl Keeper {
    /// Begins a run of a tenant.
    ///
    /// # Errors
    /// The store cannot be used.
    pub(crate) fn begin(
        store: Store,
        handle: Handle,
        tenant: TenantId,
        kind: RunKind,
        source: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Self, CommandError> {
        let run = handle.block_on(store.begin_run(tenant, kind, source, by, now));
        let run = run.map_err(|it| failed(&store, it))?;
        let (batch, skipped) = (Vec::with_capacity(BATCH), Vec::new());
        let told = Told::default();
        Ok(Self { store, handle, tenant, run, now, batch, skipped, told, own: None })
    }

    /// Keeps one server.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) fn server(&mut self, report: &ServerReport<'_>) -> Result<(), CommandError> {
        self.named(report.target.clone(), report)
    }

    /// Keeps the front ends behind a target: a server each, since each is judged by itself.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) fn front_ends(
        &mut self,
        fronts: &[(String, ServerReport<'_>)],
    ) -> Result<(), CommandError> {
        fronts.iter().try_for_each(|(name, report)| {
            self.named(front_end_target(&report.target, name, fronts.len()), report)
        })
    }

    fn named(&mut self, target: String, report: &ServerReport<'_>) -> Result<(), CommandError> {
        match seen(target, report, self.now) {
            Ok(seen) => self.batch.push(seen),
            Err(SkippedLine { place, why }) => {
                self.told.too_long = self.told.too_long.saturating_add(1);
                self.skipped(&place, None, &why);
            }
        }
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Keeps a hunt, beside the server that it is of: the one whose target or own name the evidence names,
    /// or else a new one of that name.
    ///
    /// # Errors
    /// The evidence names no server, or the store cannot be written.
    pub(crate) fn hunt(
        &mut self,
        summary: &HuntSummary,
        target: Option<&str>,
        today: Date,
    ) -> Result<(), CommandError> {
        self.flush()?;
        let name = target.or(summary.server.as_deref()).ok_or_else(|| CommandError::Usage {
            what: "nothing names the server that this hunt is of, so that it cannot be kept"
                .to_owned(),
            help: "name it with `--server NAME`".to_owned(),
        })?;
        let target = match target {
            Some(target) => target.to_owned(),
            None => self.target_of(name)?,
        };
        let hunted = hunted(target, summary, today, self.now)?;
        let kept = self.handle.block_on(self.store.keep_hunt(self.tenant, self.run, &hunted));
        kept.map(|_| ()).map_err(|it| failed(&self.store, it))
    }

    /// The target of the server that goes by this name.
    fn target_of(&self, name: &str) -> Result<String, CommandError> {
        let filter = ServerFilter { text: Some(name.to_owned()), ..ServerFilter::default() };
        let found = self.store.servers(self.tenant, &filter, None, SERVERS_MAX);
        let found = self.handle.block_on(found).map_err(|it| failed(&self.store, it))?;
        let is_it = |it: &&ServerRow| {
            is_same(name, host(&it.target))
                || it.name.as_deref().is_some_and(|it| is_same(name, it))
        };
        let server = found.rows.iter().find(is_it);
        Ok(server.map_or_else(|| name.to_owned(), |it| it.target.clone()))
    }

    /// Keeps that something could not be read.
    pub(crate) fn skipped(&mut self, file: &str, line: Option<u64>, why: &str) {
        if self.skipped.len() < SKIPPED_MAX {
            let place = line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
            self.skipped.push(SkippedLine { place, why: why.to_owned() });
        }
    }

    fn flush(&mut self) -> Result<(), CommandError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let observed = self.handle.block_on(self.store.observe(self.tenant, self.run, &self.batch));
        self.told.add(observed.map_err(|it| failed(&self.store, it))?);
        self.batch.clear();
        Ok(())
    }

    /// Writes what is left and ends the run; gives what it came to.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) fn finish(mut self) -> Result<Told, CommandError> {
        self.flush()?;
        let ended = self.store.end_run(self.tenant, self.run, self.now, &self.skipped);
        self.handle.block_on(ended).map_err(|it| failed(&self.store, it))?;
        if self.own.is_some() {
            self.handle.block_on(self.store.close());
        }
        self.told.place = plain::line(self.store.place()).into_owned();
        Ok(self.told)
    }
}

fn failed(store: &Store, source: StoreError) -> CommandError {
    CommandError::Memory { place: store.place().to_owned(), source }
}
